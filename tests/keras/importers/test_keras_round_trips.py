"""Built-in networks as Keras models, imported again: equal graphs, equal outputs."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

import inceptionspec
from inceptionspec.backends.keras import assign, build
from inceptionspec.importers.recovery.signature import signature

#: Each has something that models spell out: windows with their own padding, response normalization
#: and several heads, gates and functions, norms without moving statistics. `tools/check_import.py
#: --specs` has all built-in specs.
SPECS = {
    "resnet50": {"input": 64, "width": 0.25},
    "inception_v1_paper": {"input": 224, "width": 0.1},
    "mobilenet_v3_large": {"input": 64, "width": 0.5},
    "convnext_tiny": {"input": 64, "width": 0.25},
    "squeezenet": {"input": 96, "width": 0.5},
}


def drawn(model):
    """A model whose weights and statistics tell each other apart."""
    draw = np.random.default_rng(1)
    for variable in model.weights:
        if "float" in variable.dtype:
            variable.assign(draw.uniform(0.5, 1.5, variable.shape) * 0.2)
    return model


def outputs_of(model, images):
    return [np.asarray(value).reshape(-1) for value in model(images, training=False).values()]


@pytest.mark.parametrize("name", SPECS)
def test_the_graph_is_the_same(name, tmp_path):
    network = inceptionspec.load(name, **SPECS[name])
    model = build(network.graph)
    (tmp_path / "model.json").write_text(model.to_json())
    found = inceptionspec.import_model(tmp_path / "model.json")
    assert signature(found.network.graph).whole == signature(network.graph).whole
    assert found.network.params == network.params == model.count_params()


@pytest.mark.parametrize("suffix", [".keras", ".h5", ""])
def test_weights_come_along_from_every_file_and_from_memory(suffix, tmp_path):
    network = inceptionspec.load("resnet50", input=64, width=0.125, classes=7)
    model = drawn(build(network.graph))
    if suffix:
        file = tmp_path / f"model{suffix}"
        model.save(file)
        found = inceptionspec.import_model(file)
    else:
        found = inceptionspec.from_keras(model)
    again = build(found.network.graph)
    assign(again, found.network.graph, found.arrays())
    images = np.random.default_rng(2).normal(size=(1, 64, 64, 3)).astype("float32")
    (expected,), (ours,) = outputs_of(model, images), outputs_of(again, images)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def functions(x):
    """What a model can be written with instead of layers."""
    ops = keras.ops
    y = keras.layers.Conv2D(4, 3, padding="same", activation="leaky_relu")(x)
    y = ops.relu(y) * 0.5 + 1.0
    y = 1.0 - y / np.array([1.0, 2.0, 3.0, 4.0], "float32")
    gate = ops.sigmoid(ops.mean(y, axis=[1, 2], keepdims=True))
    z = ops.concatenate([y * gate, keras.layers.LayerNormalization()(y)], axis=-1)
    z = keras.layers.Conv2DTranspose(4, 4, strides=2, padding="same")(z)
    z = keras.layers.UpSampling2D(2, interpolation="bilinear")(z) - 0.25
    z = keras.layers.PReLU(shared_axes=[1, 2], alpha_initializer="ones")(z)
    return keras.layers.Dense(3)(ops.max(ops.gelu(z), axis=[1, 2]))


def test_functions_compute_what_keras_computes():
    x = keras.Input((8, 8, 3), name="pictures")
    model = drawn(keras.Model(x, functions(x), name="spelled_out"))
    found = inceptionspec.from_keras(model)
    again = build(found.network.graph)
    assign(again, found.network.graph, found.arrays())
    images = np.random.default_rng(2).normal(size=(2, 8, 8, 3)).astype("float32")
    expected = np.asarray(model(images, training=False)).reshape(-1)
    (ours,) = outputs_of(again, images)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


class Own(keras.layers.Layer):
    """A layer that nobody knows."""

    def call(self, x):
        """Hand on."""
        return x


class Subclassed(keras.Model):
    """A model that does not say what it is made of."""


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda x: keras.Model(x, Own(name="mine")(x)), "E0721", "`Own` has no operator: `mine`"),
        (
            lambda x: keras.Model(x, keras.layers.Lambda(lambda y: y, name="run")(x)),
            "E0721",
            "never run: `run`",
        ),
        (lambda x: Subclassed(), "E0723", "`Subclassed` lists no layers"),
        (lambda x: json, "E0723", "does not say what it is made of"),
    ],
)
def test_what_a_spec_cannot_say_is_refused(make, code, words):
    model = make(keras.Input((8, 8, 3)))
    with pytest.raises(inceptionspec.SpecError) as raised:
        inceptionspec.from_keras(model)
    (finding,) = raised.value.findings
    assert finding.code == code
    assert words in finding.message


def test_an_application_is_built_and_imported(monkeypatch):
    made = []

    def small(weights):
        made.append(weights)
        x = keras.Input((8, 8, 3))
        return keras.Model(x, keras.layers.Conv2D(2, 3)(x), name="small")

    monkeypatch.setattr(keras.applications, "ResNet50", small)
    found = inceptionspec.import_model("keras:ResNet50")
    assert made == [None]
    assert found.network.name == "small"
    assert "keras:ResNet50" in found.text
    monkeypatch.delattr(keras.applications, "ResNet50")
    with pytest.raises(inceptionspec.SpecError) as raised:
        inceptionspec.import_model("keras:ResNet50")
    assert raised.value.findings[0].code == "E0806"


def test_mobilenet_v3_of_keras_is_the_built_in_one_at_any_size():
    found = inceptionspec.import_model("keras:MobileNetV3Large")
    assert (found.builtin, found.varies) == ("mobilenet_v3_large", True)
    assert "extends: mobilenet_v3_large\n" in found.text
    assert found.text.count("padding:") == 4
