"""What a step reads: images, labels and weights, the same in every process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inceptionspec.ir.graph import Graph

SEED = 20_151_202
USUAL_RANGE = (0.0, 1.0)
"""The range of the input where a spec states none."""

#: Arrays by the layer's path and the weight's name, in TensorFlow's layout.
WeightArrays = Mapping[tuple[str, str], Any]


def images(graph: Graph, batch: int) -> Any:
    """Uniform noise in the network's input range.

    Returns:
        a NumPy array, batch x height x width x channels, float32.
    """
    import numpy as np

    shape = (batch, *(side or 1 for side in graph.nodes[0].shape))
    low, high = graph.value_range or USUAL_RANGE
    noise = np.random.default_rng(SEED).random(shape, dtype=np.float32)
    noise *= np.float32(high - low)
    noise += np.float32(low)
    return noise


def labels(graph: Graph, path: str, batch: int) -> Any:
    """Random classes for the logits of a path.

    Returns:
        a NumPy array, batch first, then height and width where the logits are a map; int32.
    """
    import numpy as np

    *positions, classes = graph.nodes[graph.names[path]].shape
    shape = (batch, *(side or 1 for side in positions))
    return np.random.default_rng(SEED).integers(0, classes or 1, shape, dtype=np.int32)


def random_weights(graph: Graph) -> WeightArrays:
    """Random values for all weights of a network, under which activations stay moderate.

    Kernels are normal with a variance of 2 / fan-in, or of 1 / fan-in where another product
    follows without an activation between; those that read the images are divided by the
    largest value of a pixel. Gammas and variances lie between 0.5 and 1.5; biases,
    betas and means are normal with a deviation of 0.1. Gammas of the terms of a sum
    are a third of that, so that residual networks do not grow.
    """
    import numpy as np

    generator = np.random.default_rng(SEED)
    arrays = {}
    image_readers = _image_readers(graph)
    largest_pixel = max(map(abs, graph.value_range or USUAL_RANGE)) or 1.0
    terms = {index for node in graph.nodes if node.op == "add" for index in node.inputs}
    for node in graph.nodes:
        for weight in node.weights:
            if weight.name == "gamma" or weight.name.endswith("variance"):
                value = generator.uniform(0.5, 1.5, weight.shape)
            elif weight.name.endswith("kernel"):
                axes = 2 if weight.name == "depthwise_kernel" else -1
                fan_in = int(np.prod(weight.shape[:axes]))
                gain = 1 if (node.op, weight.name) == ("separable_conv", "depthwise_kernel") else 2
                value = generator.standard_normal(weight.shape) * np.sqrt(gain / fan_in)
                if node.index in image_readers and weight.name != "pointwise_kernel":
                    value /= largest_pixel
            else:
                value = 0.1 * generator.standard_normal(weight.shape)
            if weight.name == "gamma" and node.index in terms:
                value /= 3
            arrays[node.path, weight.name] = value.astype(np.float32)
    return arrays


def _image_readers(graph: Graph) -> set[int]:
    """The layers with weights that read the images, directly or through layers without."""
    readers: set[int] = set()
    without_weights = {0}
    for node in graph.nodes[1:]:
        if not without_weights.isdisjoint(node.inputs):
            (readers if node.weights else without_weights).add(node.index)
    return readers
