"""Where a number that is not finite comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from inceptionspec.backends.keras import weight_values
from inceptionspec.backends.keras.shared import layer_name
from inceptionspec.training.training import Training


def first_fault(training: Training, images: Any) -> str:
    """The first layer, in the network's order, that is not finite on any worker, in words.

    The step that failed has not changed the weights, so that the same images show where it was.

    Args:
        training: after the step that failed.
        images: of that step, those that this process computes.

    Raises:
        SpecError: another worker is gone (E0920).
    """
    found = list(_in_order(training, images))
    own = next((number for number, (_, finite) in enumerate(found) if not finite), len(found))
    first = training.team.least(own)
    if first == len(found):
        return "a gradient is not finite, though every layer's output is"
    return found[first][0]


def _in_order(training: Training, images: Any) -> Iterator[tuple[str, bool]]:
    """What may not be finite, in words that are the same on all workers; whether it is finite."""
    graph = training.fitted.graph
    yield "the images hold numbers that are not finite", _finite(images)
    for (path, name), array in weight_values(training.model, graph).items():
        yield f"`{path}/{name}` holds numbers that are not finite", _finite(array)
    layers = {layer.name: layer for layer in training.model.layers}
    nodes = [node for node in graph.nodes if node.inputs and layer_name(node) in layers]
    outputs = [layers[layer_name(node)].output for node in nodes]
    values = keras.Model(training.model.input, outputs)(images, training=True)
    for node, value in zip(nodes, values, strict=True):
        yield f"`{node.path}` yields numbers that are not finite", _finite(value)


def _finite(values: Any) -> bool:
    return bool(np.isfinite(values).all())
