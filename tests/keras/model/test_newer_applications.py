"""Networks of after 2019 that keras.applications also has: counts, outputs, weights from files.

Their files hold layers that Keras' own networks define, so that weights come by names or by what
reads what; the random numbers of every layer show which is which.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import inceptionspec
from inceptionspec.backends.keras import assign, build
from inceptionspec.weights import load_weights

#: Spec, the function of keras.applications, the side of the images, the file with the model.
CASES = [
    ("efficientnet_b0", "EfficientNetB0", 75, "m.h5"),
    ("mobilenet_v3_large", "MobileNetV3Large", 75, "m.keras"),
    ("convnext_tiny", "ConvNeXtTiny", 64, "m.keras"),
]
CLASSES = 20
TOLERANCE = 1e-4
"""Of the largest magnitude. One unit in the last place of the images grows to 4e-5 in MobileNetV3
with these weights."""


@pytest.fixture(autouse=True)
def memory() -> Any:
    yield
    keras.backend.clear_session()


def scatter(model: keras.Model, generator: np.random.Generator) -> None:
    """Random values in every layer, of a size that keeps the outputs so."""
    for layer in all_layers(model):
        for variable in layer.weights:
            shape = tuple(variable.shape)
            value = generator.normal(size=shape)
            if "variance" in variable.name or variable.name == "gamma":
                value = generator.uniform(0.5, 1.5, shape)
            elif type(layer).__name__ == "LayerScale":
                value = generator.uniform(0.1, 0.5, shape)
            elif "kernel" in variable.name:
                depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
                value *= np.sqrt(2 / np.prod(shape[:2] if depthwise else shape[:-1]))
            elif variable.name == "count":
                value = np.array(7)
            else:
                value *= 0.1
            variable.assign(value)
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def all_layers(model: keras.Model) -> list[Any]:
    """Layers, those of models inside included."""
    found = []
    for layer in model.layers:
        found += all_layers(layer) if isinstance(layer, keras.Model) else [layer]
    return found


@pytest.mark.parametrize(("name", "function", "side", "file"), CASES)
def test_the_same_weights_give_the_same_numbers(
    tmp_path: Any, name: str, function: str, side: int, file: str
) -> None:
    theirs = getattr(keras.applications, function)(
        weights=None, input_shape=(side, side, 3), classes=CLASSES, classifier_activation=None
    )
    generator = np.random.default_rng(5)
    scatter(theirs, generator)
    theirs.save(tmp_path / file)
    theirs.save_weights(tmp_path / "m.weights.h5")
    network = inceptionspec.load(name, input=side, classes=CLASSES)
    found = load_weights(network.loaded, str(tmp_path / file))
    again = load_weights(network.loaded, str(tmp_path / "m.weights.h5"))
    for key, array in found.arrays.items():
        np.testing.assert_array_equal(again.arrays[key], array, err_msg=str(key))
    assert sum(np.size(one) for one in found.arrays.values()) == theirs.count_params()
    trained = sum(int(np.prod(one.shape)) for one in theirs.trainable_weights)
    graph = network.graph
    assert trained == sum(
        int(np.prod(weight.shape)) for node in graph.nodes for weight in node.weights
        if weight.trainable
    )  # fmt: skip
    ours = build(graph, "Logits")
    assign(ours, graph, found.arrays)
    images = generator.uniform(0, 255, (2, side, side, 3)).astype("float32")
    expected, got = (np.asarray(one(images, training=False)) for one in (theirs, ours))
    # The numbers say something: they neither vanish nor explode, and they depend on the image.
    assert 0.01 < np.abs(expected).max() < 1e4
    assert np.abs(expected[0] - expected[1]).max() > 1e-3 * np.abs(expected).max()
    assert np.abs(got - expected).max() <= TOLERANCE * np.abs(expected).max()
