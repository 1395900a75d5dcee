"""Our readers of Keras' files against what Keras itself writes."""

from __future__ import annotations

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from keras.src.legacy.saving import legacy_h5_format

from inceptionspec.diagnostics.source import external
from inceptionspec.weights.files import open_weights, stored_layers
from inceptionspec.weights.files.keras_vars import WEIGHTS, snake_case

PLACE = external("--weights")


def network():
    """Convolutions of all kinds, norms with and without gamma, nested models, trained once."""
    x = inner_input = layers.Input((8, 8, 4))
    x = layers.Conv2D(5, 3, padding="same", name="inner_conv")(x)
    x = layers.BatchNormalization(scale=False)(x)
    inner = keras.Model(inner_input, x, name="inner")
    x = outer_input = layers.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = inner(keras.ops.relu(x))
    sides = [
        layers.DepthwiseConv2D(3, padding="same")(x),
        layers.SeparableConv2D(5, 3, padding="same")(x),
    ]
    x = layers.Dropout(0.5)(layers.Concatenate()(sides))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 1)(x))
    head = keras.Sequential([layers.Dense(7), layers.PReLU(), layers.Dense(3)], name="head")
    return keras.Model(outer_input, head(x))


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    model = network()
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.zeros((2, 8, 8, 3)), np.zeros((2, 3)), verbose=0)
    for weight in model.weights:
        weight.assign(keras.random.normal(weight.shape))
    return model


def legacy_weights(model, path):
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


FORMATS = {
    "model.keras": (lambda model, path: model.save(path), "Keras model (.keras)"),
    "model.h5": (
        lambda model, path: legacy_h5_format.save_model_to_hdf5(model, path),
        "Keras model (.h5)",
    ),
    "legacy.h5": (legacy_weights, "Keras weights (.h5)"),
    "model.weights.h5": (
        lambda model, path: model.save_weights(path),
        "Keras weights (.weights.h5)",
    ),
    "objects": (
        lambda model, path: tf.train.Checkpoint(model=model).write(path),
        "TensorFlow checkpoint of objects",
    ),
    "saved": (lambda model, path: tf.saved_model.save(model, path), "SavedModel"),
    "exported": (lambda model, path: model.export(path, verbose=False), "SavedModel"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_arrays_of_the_model_under_its_names(model, tmp_path, name):
    write, format_ = FORMATS[name]
    write(model, str(tmp_path / name))
    file = open_weights(str(tmp_path / name), PLACE)
    assert file.format == format_
    # Keras puts the name of a Sequential model before its layers', and that of others not.
    strip = format_.startswith("Keras")
    arrays = {
        weight.path.removeprefix("head/") if strip else weight.path: weight.numpy()
        for weight in model.weights
    }
    values = file.read(file.tensors)
    assert sorted(values) == sorted(arrays)
    for name, array in arrays.items():
        assert file.tensors[name].shape == array.shape
        np.testing.assert_array_equal(values[name], array)


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_layers_are_those_of_the_model_in_its_order(model, tmp_path, name):
    FORMATS[name][0](model, str(tmp_path / name))
    stored = stored_layers(open_weights(str(tmp_path / name), PLACE))
    names = [layer.name for layer in stored if not layer.model and layer.kind != "Relu"]
    assert [name for name in names if "relu" not in name] == [
        layer.name for layer in model.layers if "relu" not in layer.name
    ]
    inner = next(layer for layer in model.layers if layer.name == "inner")
    assert [layer.name for layer in stored if layer.model == "inner"] == [
        layer.name for layer in inner.layers
    ]


SIDES = {"1": (6, 2), "2": (6, 6, 2), "3": (6, 6, 6, 2)}
ARGUMENTS = {
    "Dense": {"units": 3},
    "EinsumDense": {"equation": "...a,ab->...b", "output_shape": (3,), "bias_axes": "b"},
    "Embedding": {"input_dim": 5, "output_dim": 2},
    "GroupNormalization": {"groups": 1},
}
#: Arguments that take weights away.
LESS = {
    "EinsumDense": [{"bias_axes": None}],
    "BatchNormalization": [{"scale": False}, {"center": False}, {"scale": False, "center": False}],
    "LayerNormalization": [{"scale": False}, {"center": False}],
    "GroupNormalization": [{"scale": False}, {"center": False}],
}


@pytest.mark.parametrize("kind", [kind for kind in WEIGHTS if hasattr(layers, kind)])
def test_names_of_weights_are_those_that_keras_gives(tmp_path, kind):
    less = LESS.get(kind, [{"use_bias": False}] if ("use_bias" in str(WEIGHTS[kind])) else [])
    for change in ({}, *less):
        arguments = dict(ARGUMENTS.get(kind, {}))
        if "Conv" in kind:
            arguments = {"kernel_size": 3}
            if "Depthwise" not in kind:
                arguments["filters"] = 4
        shape = SIDES[next((sign for sign in kind if sign.isdigit()), "2")]
        layer = getattr(layers, kind)(**{**arguments, **change}, name="layer")
        model = keras.Sequential([layers.Input(shape), layer])
        model.save(tmp_path / "model.keras")
        file = open_weights(str(tmp_path / "model.keras"), PLACE)
        assert list(file.tensors) == [f"layer/{weight.name}" for weight in layer.weights], change
        if change.keys() <= {"use_bias", "bias_axes"} or change == {"scale": False}:
            model.save_weights(tmp_path / "model.weights.h5")
            bare = open_weights(str(tmp_path / "model.weights.h5"), PLACE)
            if (
                kind not in ("EinsumDense", "LayerNormalization", "GroupNormalization")
                or not change
            ):
                assert list(bare.tensors) == list(file.tensors)


def test_classes_have_the_groups_that_keras_names_for_them():
    from keras.src.utils.naming import to_snake_case

    for kind in (*WEIGHTS, "GlobalAveragePooling2D", "My_Layer", "ABCLayer"):
        assert snake_case(kind) == to_snake_case(kind)


def test_an_application_in_every_format_of_keras(tmp_path):
    """Layers with names and without, in the order of the graph, of another order than creation."""
    model = keras.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, classes=3)
    arrays = {weight.path: weight.numpy() for weight in model.weights}
    for name in ("model.keras", "model.weights.h5", "legacy.h5"):
        FORMATS[name][0](model, str(tmp_path / name))
        file = open_weights(str(tmp_path / name), PLACE)
        values = file.read(file.tensors)
        assert sorted(values) == sorted(arrays)
        assert all((values[name] == array).all() for name, array in arrays.items())


def test_half_precision_and_bfloat16(tmp_path):
    for policy in ("float16", "bfloat16"):
        model = keras.Sequential([layers.Input((2,)), layers.Dense(3, dtype=policy, name="a")])
        model.save_weights(tmp_path / "model.weights.h5")
        file = open_weights(str(tmp_path / "model.weights.h5"), PLACE)
        assert file.tensors["a/kernel"].type == policy
        theirs = np.array(model.layers[0].kernel).astype("float32")
        np.testing.assert_array_equal(file.read(["a/kernel"])["a/kernel"], theirs)


def test_slots_of_an_optimizer_are_left_out(tmp_path):
    """As optimizers before Keras 3 keep them: slots that belong to a variable."""
    kernel = tf.Variable([1.0, 2.0], name="dense/kernel")
    optimizer = tf.compat.v1.train.AdamOptimizer()
    optimizer.apply_gradients([(tf.constant([1.0, 1.0]), kernel)])
    module = tf.Module()
    module.kernel = kernel
    path = tf.train.Checkpoint(model=module, optimizer=optimizer).save(str(tmp_path / "model"))
    assert len(tf.train.load_checkpoint(path).get_variable_to_shape_map()) > 4
    file = open_weights(path, PLACE)
    assert list(file.tensors) == ["dense/kernel"]
    np.testing.assert_array_equal(file.read(["dense/kernel"])["dense/kernel"], kernel.numpy())
