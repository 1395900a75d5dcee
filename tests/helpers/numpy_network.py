"""A network computed with NumPy alone, in float64: plain loops, no engine, no rewriting.

It is written from the operators' definitions, and compared with Keras by
`tests/keras/rewrites/test_random_networks.py`, so that it can stand for Keras where thousands of
networks are computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy_maps
from numpy_maps import ceil_pool

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ir.traversal import ancestors
from inceptionspec.ops.functions import Function, function_name, function_number
from inceptionspec.ops.window import padding_pixels

Array = Any
Weights = Mapping[tuple[str, str], Array]

_ERF = np.vectorize(math.erf, otypes=[float])
#: Constants that TensorFlow keeps in float32, whatever it computes in.
_ROOT_OF_HALF, _CUBED = (float(np.float32(value)) for value in (math.sqrt(0.5), 0.044715))
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


FUNCTIONS: Mapping[str, Callable[[Array], Array]] = {
    "gelu": lambda x: x * (1 + _ERF(x * _ROOT_OF_HALF)) / 2,
    "gelu_tanh": lambda x: x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + _CUBED * x**3))) / 2,
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "mish": lambda x: x * np.tanh(np.logaddexp(x, 0)),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "softmax": _softmax,
    "softplus": lambda x: np.logaddexp(x, 0),
    "tanh": np.tanh,
}
#: Functions with a number, which TensorFlow keeps in float32.
NUMBERED: Mapping[str, Callable[[Array, float], Array]] = {
    "elu": lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    "leaky_relu": lambda x, slope: np.where(x > 0, x, float(np.float32(slope)) * x),
}


def applied(function: Function, x: Array) -> Array:
    """A function of every element."""
    name = function_name(function)
    if name in NUMBERED:
        return NUMBERED[name](x, function_number(function))
    return FUNCTIONS[name](x)


def outputs_of(
    graph: Graph, ends: Mapping[str, int], weights: Weights, images: Array
) -> dict[str, Array]:
    """What a graph yields for a batch of images, by output name.

    Args:
        graph: the network.
        ends: the nodes of the outputs by name.
        weights: by path and name.
        images: batch x height x width x channels.
    """
    tensors: dict[int, Array] = {0: images.astype("float64")}
    for index in ancestors(graph.nodes, ends.values()):
        node = graph.nodes[index]
        if index:
            inputs = [tensors[source] for source in node.inputs]
            tensors[index] = RULES[node.op](node, inputs, weights)
            assert tensors[index].shape[1:] == node.shape, node
    return {name: tensors[index] for name, index in ends.items()}


def _windows(node: Node, x: Array, fill: float) -> tuple[Array, Array]:
    """The pixels of each window, and which are of the map.

    Returns:
        batch x height x width x kernel's pixels x channels, and the same for one image and one
        channel.
    """
    attributes = node.attributes
    pads = padding_pixels(attributes, x.shape[1:])
    assert pads is not None
    top, bottom, left, right = pads
    around = ((0, 0), (top, bottom), (left, right), (0, 0))
    padded = np.pad(x, around, constant_values=fill)
    inside = np.pad(np.ones((1, *x.shape[1:3], 1)), around)
    height, width = node.shape[0], node.shape[1]
    assert height is not None
    assert width is not None
    (rows, columns), (down, across) = attributes["kernel"], attributes["stride"]
    tall, wide = attributes.get("dilation", (1, 1))
    parts, kept = [], []
    for row in range(rows):
        for column in range(columns):
            place = (
                slice(None),
                slice(row * tall, row * tall + (height - 1) * down + 1, down),
                slice(column * wide, column * wide + (width - 1) * across + 1, across),
            )
            parts.append(padded[place])
            kept.append(inside[place])
    return np.stack(parts, 3), np.stack(kept, 3)


def _norm(attributes: Mapping[str, Any], x: Array, weight: Callable[[str], Array]) -> Array:
    factor = 1 / np.sqrt(weight("moving_variance") + attributes["epsilon"])
    result = (x - weight("moving_mean")) * factor
    result = result * weight("gamma") if attributes["scale"] else result
    return result + weight("beta") if attributes["center"] else result


def _epilogue(node: Node, x: Array, weights: Weights) -> Array:
    def weight(name: str) -> Array:
        return weights[node.path, name]

    attributes = node.attributes
    x = x + weight("bias") if attributes["bias"] else x
    x = _norm(attributes["norm"], x, weight) if attributes["norm"] is not None else x
    return applied(attributes["activation"], x) if attributes["activation"] else x


def _conv(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    kernel, groups = weights[node.path, "kernel"], node.attributes["groups"]
    windows, _ = _windows(node, inputs[0], 0)
    kernel = kernel.reshape(-1, *kernel.shape[2:])
    parts = [
        np.einsum("bhwki,kio->bhwo", part, own)
        for part, own in zip(
            np.split(windows, groups, -1), np.split(kernel, groups, -1), strict=True
        )
    ]
    return _epilogue(node, np.concatenate(parts, -1), weights)


def _depthwise_product(node: Node, x: Array, weights: Weights) -> Array:
    kernel = weights[node.path, "depthwise_kernel"]
    windows, _ = _windows(node, x, 0)
    kernel = kernel.reshape(-1, *kernel.shape[2:])
    product = np.einsum("bhwki,kim->bhwim", windows, kernel)
    return product.reshape(*product.shape[:3], -1)


def _depthwise_conv(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    return _epilogue(node, _depthwise_product(node, inputs[0], weights), weights)


def _separable_conv(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    between = _depthwise_product(node, inputs[0], weights)
    product = between @ weights[node.path, "pointwise_kernel"][0, 0]
    return _epilogue(node, product, weights)


def _dense(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    return _epilogue(node, inputs[0] @ weights[node.path, "kernel"], weights)


def _conv_transpose(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    return _epilogue(node, numpy_maps.RULES["conv_transpose"](node, inputs, weights), weights)


def _max_pool(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    if node.attributes["ceil"] and node.attributes["padding"] != "same":
        return ceil_pool(node, inputs[0], lambda window: window.max((1, 2)), mean=False)
    return _windows(node, inputs[0], -math.inf)[0].max(3)


def _avg_pool(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    if node.attributes["ceil"] and node.attributes["padding"] != "same":
        return ceil_pool(node, inputs[0], lambda window: window.mean((1, 2)), mean=True)
    windows, inside = _windows(node, inputs[0], 0)
    count = inside.shape[3] if node.attributes["count_padding"] else np.maximum(inside.sum(3), 1)
    return windows.sum(3) / count


def _whole_map(reduce: Callable[..., Array]) -> Callable[..., Array]:
    def rule(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
        return reduce(inputs[0], (1, 2), keepdims=node.attributes["keep_dims"])

    return rule


def _batch_norm(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    return _norm(node.attributes, inputs[0], lambda name: weights[node.path, name])


def _learned(node: Node, x: Array, weights: Weights) -> Array:
    x = x * weights[node.path, "gamma"] if node.attributes["scale"] else x
    return x + weights[node.path, "beta"] if node.attributes["center"] else x


def _standardized(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)


def _layer_norm(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    return _learned(node, _standardized(inputs[0], (-1,), node.attributes["epsilon"]), weights)


def _group_norm(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    x, groups = inputs[0], node.attributes["groups"]
    parts = x.reshape(len(x), -1, groups, x.shape[-1] // groups)
    normed = _standardized(parts, (1, 3), node.attributes["epsilon"])
    return _learned(node, normed.reshape(x.shape), weights)


def _normalize(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    deviation = np.maximum(np.sqrt(weights[node.path, "variance"]), 1e-7)
    return (inputs[0] - weights[node.path, "mean"]) / deviation


def _rescale(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    return inputs[0] * node.attributes["scale"] + node.attributes["offset"]


def _prelu(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    return np.where(inputs[0] > 0, inputs[0], weights[node.path, "alpha"] * inputs[0])


def _lrn(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    attributes, x = node.attributes, inputs[0]
    radius, channels = attributes["radius"], x.shape[-1]
    squares = np.pad(x**2, ((0, 0), (0, 0), (0, 0), (radius, radius)))
    total = sum(squares[..., at : at + channels] for at in range(2 * radius + 1))
    return x / (attributes["bias"] + attributes["alpha"] * total) ** attributes["beta"]


def _activated(node: Node, x: Array) -> Array:
    function = node.attributes["activation"]
    return applied(function, x) if function else x


def _add(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    first, *others = inputs
    return _activated(node, first + node.attributes["scale"] * sum(others, np.zeros_like(first)))


def _multiply(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    product: Array = 1.0
    for x in inputs:
        spread = len(node.shape) == 3 and x.ndim == 2
        product = product * (x[:, None, None] if spread else x)
    return _activated(node, product)


#: The operators, each from its node, what it reads and all weights to what it yields.
RULES: Mapping[str, Callable[[Node, Sequence[Array], Weights], Array]] = {
    **numpy_maps.RULES,
    "conv_transpose": _conv_transpose,
    "conv": _conv,
    "depthwise_conv": _depthwise_conv,
    "separable_conv": _separable_conv,
    "dense": _dense,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "global_avg_pool": _whole_map(np.mean),
    "global_max_pool": _whole_map(np.max),
    "batch_norm": _batch_norm,
    "lrn": _lrn,
    "activation": lambda node, inputs, _: applied(node.attributes["function"], inputs[0]),
    "softmax": lambda node, inputs, _: _softmax(inputs[0]),
    "dropout": lambda node, inputs, _: inputs[0],
    "drop_path": lambda node, inputs, _: inputs[0],
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "normalize": _normalize,
    "rescale": _rescale,
    "layer_scale": lambda node, inputs, weights: inputs[0] * weights[node.path, "gamma"],
    "prelu": _prelu,
    "flatten": lambda node, inputs, _: inputs[0].reshape(len(inputs[0]), -1),
    "squeeze": lambda node, inputs, _: inputs[0][:, 0, 0],
    "slice": lambda node, inputs, _: inputs[0][
        ..., node.attributes["start"] : node.attributes["stop"]
    ],
    "concat": lambda node, inputs, _: np.concatenate(inputs, -1),
    "add": _add,
    "multiply": _multiply,
}
