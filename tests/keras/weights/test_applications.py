"""What Keras saves of its applications, read into our specs: the same logits.

`tools/check_applications.py` does it for all networks at full size.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
from support import script

import inceptionspec
from inceptionspec.backends.keras import assign, build
from inceptionspec.weights import WeightOptions, load_weights

tool = script("check_applications")
heads = script("check_application_heads")


def test_every_file_of_an_application_gives_its_logits(tmp_path):
    shape = (96, 96, 3)
    model = keras.applications.MobileNetV2(
        weights=None, input_shape=shape, classes=10, classifier_activation=None
    )
    tool.draw_weights(model)
    images = np.random.default_rng(1).uniform(-1, 1, (1, *shape)).astype("float32")
    expected = np.asarray(model(images))
    network = inceptionspec.load("mobilenet_v2", classes=10, input=96)
    ours = build(network.graph, "Logits")
    schemes = []
    for file in tool.saved(model, tmp_path):
        found = load_weights(network.loaded, str(file))
        assert (found.warnings, found.report.fresh) == ((), ())
        assign(ours, network.graph, found.arrays)
        deviation = np.abs(np.asarray(ours(images)) - expected).max()
        assert deviation <= 1e-5 * np.abs(expected).max()
        schemes.append(found.report.scheme)
    names = "keras_mobilenet_v2"
    assert schemes == [names, "keras_class_order", names, names]


def test_a_trained_trunk_with_a_head_of_its_own(tmp_path):
    """Nested or not, in a session that numbers its layers from elsewhere."""
    keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(96, 96, 3))
    keras.layers.Conv2D(3, 3)(keras.Input((8, 8, 3)))
    network = inceptionspec.load("inception_v3_keras", classes=7, input=75)
    trunk = keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(75, 75, 3))
    tool.draw_weights(trunk)
    pooled = keras.layers.GlobalAveragePooling2D()(trunk.output)
    flat = keras.Model(trunk.input, keras.layers.Dense(7)(keras.layers.Dense(20)(pooled)))
    nested = keras.Sequential([trunk, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(7)])
    images = np.random.default_rng(1).uniform(-1, 1, (1, 75, 75, 3)).astype("float32")
    expected = np.asarray(trunk(images)).mean((1, 2))
    ours = build(network.graph, "Logits/AvgPool_1a_8x8")
    nested.save(tmp_path / "nested.h5")
    flat.save_weights(tmp_path / "flat.weights.h5")
    tool.drop_names(tmp_path / "flat.weights.h5")
    whole = load_weights(network.loaded, str(tmp_path / "nested.h5"))
    assert (whole.warnings, whole.report.fresh) == ((), ())
    np.testing.assert_array_equal(
        whole.arrays["Logits/Dense_1c", "kernel"], nested.layers[-1].kernel.numpy()
    )
    trunk_alone = load_weights(
        network.loaded, str(tmp_path / "flat.weights.h5"), WeightOptions(fresh=("Logits",))
    )
    assert {fresh.path for fresh in trunk_alone.report.fresh} == {"Logits/Dense_1c"}
    for found in (whole, trunk_alone):
        assign(ours, network.graph, found.arrays)
        np.testing.assert_allclose(
            np.asarray(ours(images)).reshape(1, -1), expected, rtol=1e-4, atol=1e-4
        )


def test_a_trunk_behind_a_rescaling_with_a_hidden_layer_in_its_head(tmp_path):
    """`tools/check_application_heads.py` does it for all trunks and files."""
    models = heads.models("MobileNetV2", 32)
    model = next(model for what, model, _ in models if what == "nested, rescaling")
    model.save(tmp_path / "model.h5")
    network = heads.spec_of("mobilenet_v2", 32, hidden=True)
    found = load_weights(network.loaded, str(tmp_path / "model.h5"))
    assert (found.warnings, found.report.fresh) == ((), ())
    assert found.report.scheme == "keras_mobilenet_v2 and topology"
    images = np.random.default_rng(1).uniform(-1, 1, (2, 32, 32, 3)).astype("float32")
    ours = build(network.graph, "Logits")
    assign(ours, network.graph, found.arrays)
    expected = np.asarray(model(images))
    deviation = np.abs(np.asarray(ours(images)).reshape(expected.shape) - expected).max()
    assert deviation <= 1e-5 * np.abs(expected).max()


def test_a_model_that_was_built_here_is_read_again(tmp_path):
    network = inceptionspec.load("inception_v3", width=0.125, min_filters=8, classes=5)
    model = build(network.graph)
    tool.draw_weights(model)
    for file in tool.saved(model, tmp_path):
        if file.name in ("named.weights.h5", "model.h5"):
            continue  # which hold the names that `model.keras` holds
        again = network.to_keras(weights=file)
        for one, other in zip(model.weights, again.weights, strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_python_takes_the_options_too(tmp_path):
    network = inceptionspec.load("mobilenet_v2", classes=4, input=32)
    model = inceptionspec.load("mobilenet_v2", classes=5, input=32).to_keras()
    file = tmp_path / "m.keras"
    model.save(file)
    with pytest.raises(inceptionspec.SpecError, match="for 5 classes; the network has 4"):
        network.to_keras(weights=file)
    fresh = network.to_keras(weights=file, fresh="Logits")
    dropped = network.to_keras(weights=file, drop_background=True)
    kernel = model.get_layer("Logits.predictions").kernel.numpy()
    assert fresh.output_shape == dropped.output_shape == (None, 4)
    np.testing.assert_array_equal(
        dropped.get_layer("Logits.predictions").kernel.numpy(), kernel[:, 1:]
    )
    answer = network.to_inference(file, without="Logits")
    assert answer.outputs == ("Logits",)
