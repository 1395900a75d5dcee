"""Where a number that is not finite comes from."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from inceptionspec.backends.keras import weight_values
from inceptionspec.backends.keras.shared import layer_name
from inceptionspec.training.training import Training


def first_fault(training: Training, images: Any) -> str:
    """The first layer, in the network's order, that is not finite, in words.

    The step that failed has not changed the weights, so that the same images show where it was.

    Args:
        training: after the step that failed.
        images: of that step.
    """
    graph = training.fitted.graph
    if not np.isfinite(images).all():
        return "the images hold numbers that are not finite"
    for (path, name), array in weight_values(training.model, graph).items():
        if not np.isfinite(array).all():
            return f"`{path}/{name}` holds numbers that are not finite"
    layers = {layer.name: layer for layer in training.model.layers}
    nodes = [node for node in graph.nodes if node.inputs and layer_name(node) in layers]
    outputs = [layers[layer_name(node)].output for node in nodes]
    found = keras.Model(training.model.input, outputs)(images, training=True)
    for node, values in zip(nodes, found, strict=True):
        if not np.isfinite(values).all():
            return f"`{node.path}` yields numbers that are not finite"
    return "a gradient is not finite, though every layer's output is"
