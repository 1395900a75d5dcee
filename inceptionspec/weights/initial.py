"""The values that a layer's weights start with, as Keras draws them, without Keras."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Weight

#: How many standard deviations a truncated normal distribution reaches, and what share of the
#: standard deviation is left then (SciPy: ``truncnorm.std(a=-2, b=2, loc=0, scale=1)``).
_REACH, _STDDEV_LEFT = 2, 0.87962566103423978

_Draw = Callable[[np.random.Generator, tuple[int, ...], Mapping[str, Any]], Any]


def initial_value(node: Node, weight: Weight, seed: int = 0) -> Any:
    """What a weight of a node starts with: float32, of the weight's shape.

    Distributions are those of Keras' initializers, the numbers are our own. They depend on the
    seed, the layer's path and the weight's name alone, in whatever order weights are asked for.

    Args:
        node: a layer.
        weight: one of its weights.
        seed: gives other numbers.
    """
    name, arguments = _initializer(node, weight)
    text = f"{seed}\0{node.path}\0{weight.name}"
    entropy = int.from_bytes(hashlib.sha256(text.encode()).digest(), "little")
    generator = np.random.Generator(np.random.PCG64(entropy))
    return _DRAWS[name](generator, weight.shape, dict(arguments))


#: The attribute that says how a weight starts, by the weight's name.
_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "kernel": "init",
        "pointwise_kernel": "init",
        "depthwise_kernel": "depthwise_init",
        "bias": "bias_init",
    }
)
#: How weights of norms start, which no attribute changes.
_NORM: Mapping[str, str] = MappingProxyType(
    {
        "beta": "zeros",
        "gamma": "ones",
        "moving_mean": "zeros",
        "moving_variance": "ones",
        "mean": "zeros",
        "variance": "ones",
        "count": "zeros",
    }
)


def _initializer(node: Node, weight: Weight) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """The initializer of a weight, and its arguments."""
    if weight.name in _NORM and node.op != "layer_scale":
        return _NORM[weight.name], ()
    attribute = _ATTRIBUTES.get(weight.name, "init")
    if attribute not in node.attributes:  # a depthwise convolution has one kernel, and one `init`
        attribute = "init"
    name, arguments = node.attributes[attribute]
    return str(name), tuple(arguments)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """The inputs and outputs of a unit, by Keras' rule.

    Both count the pixels of a kernel; a depthwise kernel has all its channels as inputs, though
    a unit reads one of them.
    """
    if len(shape) < 2:
        count = shape[0] if shape else 1
        return count, count
    pixels = math.prod(shape[:-2])
    return pixels * shape[-2], pixels * shape[-1]


def _constant(value: float) -> _Draw:
    return lambda generator, shape, _: np.full(shape, value, np.float32)


def _uniform(generator: np.random.Generator, shape: tuple[int, ...], limit: float) -> Any:
    drawn = generator.random(shape, np.float32)
    return (drawn * 2 - 1) * np.float32(limit)


def _normal(generator: np.random.Generator, shape: tuple[int, ...], stddev: float) -> Any:
    with np.errstate(over="ignore"):  # `normal: 3e38` is infinite in Keras, too
        return generator.standard_normal(shape, np.float32) * np.float32(stddev)


def _truncated(generator: np.random.Generator, shape: tuple[int, ...], stddev: float) -> Any:
    """Normal numbers; those beyond two standard deviations are drawn again."""
    drawn = generator.standard_normal(math.prod(shape), np.float32)
    outside = np.flatnonzero(np.abs(drawn) > _REACH)
    while outside.size:
        drawn[outside] = generator.standard_normal(outside.size, np.float32)
        outside = outside[np.abs(drawn[outside]) > _REACH]
    with np.errstate(over="ignore"):
        return drawn.reshape(shape) * np.float32(stddev)


def _scaled(scale: float, mode: str, distribution: str) -> _Draw:
    """Variance scaling: the variance is the scale over the number of inputs, outputs, or both."""

    def draw(generator: np.random.Generator, shape: tuple[int, ...], _: Mapping[str, Any]) -> Any:
        inputs, outputs = fans(shape)
        counts = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}
        variance = scale / max(1.0, counts[mode])
        if distribution == "uniform":
            return _uniform(generator, shape, math.sqrt(3 * variance))
        return _truncated(generator, shape, math.sqrt(variance) / _STDDEV_LEFT)

    return draw


#: The initializers of the language, from a generator, a shape and arguments to an array.
_DRAWS: Mapping[str, _Draw] = MappingProxyType(
    {
        "constant": lambda generator, shape, given: np.full(shape, given["value"], np.float32),
        "glorot_normal": _scaled(1, "fan_avg", "truncated_normal"),
        "glorot_uniform": _scaled(1, "fan_avg", "uniform"),
        "he_normal": _scaled(2, "fan_in", "truncated_normal"),
        "he_uniform": _scaled(2, "fan_in", "uniform"),
        "lecun_normal": _scaled(1, "fan_in", "truncated_normal"),
        "lecun_uniform": _scaled(1, "fan_in", "uniform"),
        "normal": lambda generator, shape, given: _normal(generator, shape, given["stddev"]),
        "ones": _constant(1),
        "truncated_normal": lambda generator, shape, given: _truncated(
            generator, shape, given["stddev"]
        ),
        "uniform": lambda generator, shape, given: _uniform(generator, shape, given["limit"]),
        "variance_scaling": lambda generator, shape, given: _scaled(**given)(generator, shape, {}),
        "zeros": _constant(0),
    }
)
