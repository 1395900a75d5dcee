"""MobileNetV2 at other widths has the weights of keras.applications, array by array."""

from __future__ import annotations

import math

import keras
import pytest

from inceptionspec import load


@pytest.mark.parametrize("alpha", [0.35, 0.5, 0.75, 1.4])
def test_the_weights_of_every_width(alpha: float) -> None:
    theirs = keras.applications.MobileNetV2(input_shape=(64, 64, 3), alpha=alpha, weights=None)
    graph = load("mobilenet_v2", width=alpha, input=64).graph
    ours = [weight for node in graph.nodes for weight in node.weights]
    assert sum(math.prod(weight.shape) for weight in ours) == theirs.count_params()
    kernels = [weight.shape for weight in ours if weight.name.endswith("kernel")]
    assert kernels == [
        tuple(layer.kernel.shape) for layer in theirs.layers if hasattr(layer, "kernel")
    ]
