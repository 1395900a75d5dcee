"""Functions that a model calls without a layer: `x * 2`, `keras.ops.relu`, Keras 2's `tf.nn.relu`.

Only plain arithmetic with numbers, merges, activations and means of whole maps are read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inceptionspec.importers.keras import cutting
from inceptionspec.importers.keras.building import Layer, Unfinished, Value
from inceptionspec.importers.keras.elementwise import activated, merged
from inceptionspec.importers.keras.norms import per_channel
from inceptionspec.importers.keras.pools import flat, reshaped
from inceptionspec.importers.keras.topology import Array
from inceptionspec.importers.problems import RefusedError

Converter = Callable[[Layer], Value | Unfinished]


def add(layer: Layer) -> Value | Unfinished:
    """A sum; of pixels of one map, which a mean of a window is made of, it waits for the mean."""
    window = cutting.combined(layer, "sum")
    if window is not None:
        return window
    first, second = _two(layer)
    if isinstance(first, Value) and isinstance(second, Value):
        return merged(layer, "add", (first, second))
    if isinstance(first, Value):
        return _rescaled(layer, first, offset=second)
    return _rescaled(layer, second, offset=first)


def subtract(layer: Layer) -> Value:
    """A difference."""
    first, second = _two(layer)
    if isinstance(first, Value) and isinstance(second, Value):
        return merged(layer, "add", (first, second), scale=-1)
    if isinstance(first, Value):
        return _rescaled(layer, first, offset=_each(layer, second, lambda number: -number))
    return _rescaled(layer, second, scale=-1, offset=first)


def multiply(layer: Layer) -> Value | Unfinished:
    """A product."""
    window = cutting.scaled(layer, layer.number(1))
    if window is not None:
        return window
    first, second = _two(layer)
    if isinstance(first, Value) and isinstance(second, Value):
        return merged(layer, "multiply", (first, second))
    if isinstance(first, Value):
        return _rescaled(layer, first, scale=second)
    return _rescaled(layer, second, scale=first)


def divide(layer: Layer) -> Value | Unfinished:
    """A division by numbers, or of a window by the number of its pixels."""
    number = layer.number(1)
    window = cutting.scaled(layer, 1 / number if number else None) or cutting.quotient(layer)
    if window is not None:
        return window
    first, second = _two(layer)
    if not isinstance(first, Value) or isinstance(second, Value):
        raise RefusedError("E0722", "a division by what a layer puts out has no operator")
    return _rescaled(layer, first, scale=_each(layer, second, lambda number: 1 / number))


def negative(layer: Layer) -> Value:
    """What comes in times -1."""
    return _rescaled(layer, layer.input, scale=-1)


def function(name: str) -> Converter:
    """An activation without arguments."""
    return lambda layer: activated(layer, name)


def gelu(layer: Layer) -> Value:
    """Gelu, exact or by tanh."""
    approximate = _option(layer, 1, "approximate", layer.call.kind == "Gelu")
    return activated(layer, "gelu_tanh" if approximate else "gelu")


def leaky_relu(layer: Layer) -> Value:
    """Leaky ReLU with its slope."""
    name = "alpha" if "alpha" in layer.keywords else "negative_slope"
    slope = layer.config.as_number(name, _option(layer, 1, name, 0.2))
    return activated(layer, {"leaky_relu": slope})


def elu(layer: Layer) -> Value:
    """ELU with its limit."""
    limit = layer.config.as_number("alpha", _option(layer, 1, "alpha", 1.0))
    return activated(layer, {"elu": limit})


def softmax(layer: Layer) -> Value:
    """Softmax over the channels."""
    shape = layer.input.keras_shape
    axis = _option(layer, 1, "axis", -1)
    if axis is not None and axis != -1 and (shape is None or axis != len(shape)):
        raise RefusedError("E0722", f"a softmax over the axis {axis} has no operator")
    return activated(layer, "softmax")


def lrn(layer: Layer) -> Value:
    """TensorFlow's local response normalization."""
    numbers = {
        "radius": _option(layer, 1, "depth_radius", 5),
        "bias": _option(layer, 2, "bias", 1.0),
        "alpha": _option(layer, 3, "alpha", 1.0),
        "beta": _option(layer, 4, "beta", 0.5),
    }
    given = {name: layer.config.as_number(name, value) for name, value in numbers.items()}
    return layer.add("lrn", given)


def concatenate(layer: Layer) -> Value:
    """Maps side by side."""
    parts = cutting.blocks(layer)
    if parts is not None:
        return parts
    values = layer.argument(0, "values", "xs")
    if not isinstance(values, tuple) or isinstance(values, Value | Array):
        values = layer.inputs
    if not all(isinstance(value, Value) for value in values):
        raise RefusedError("E0722", "numbers are concatenated with maps")
    shape = values[0].keras_shape if values else None
    axis = _option(layer, 1, "axis", 0)
    if axis != -1 and (shape is None or axis != len(shape)):
        raise RefusedError("E0722", f"a concatenation along the axis {axis} has no operator")
    return merged(layer, "concat", values)


def mean(layer: Layer) -> Value:
    """The mean over height and width."""
    return _over_map(layer, "global_avg_pool")


def largest(layer: Layer) -> Value:
    """The largest value over height and width."""
    return _over_map(layer, "global_max_pool")


def reshape(layer: Layer) -> Value | Unfinished:
    """Another shape of the same order."""
    name = "newshape" if "newshape" in layer.config.given else "shape"
    shape = _option(layer, 1, name, None)
    values = shape.values if isinstance(shape, Array) else shape
    if not isinstance(values, list | tuple) or not values or values[0] not in (-1, None):
        raise RefusedError("E0722", "a reshape that mixes images has no operator")
    return reshaped(layer, tuple(values[1:]))


def squeeze(layer: Layer) -> Value:
    """A map of 1x1 as a vector."""
    if layer.input.shape is not None and sorted(_axes(layer)) != [1, 2]:
        raise RefusedError("E0722", "a squeeze of other axes than height and width has no operator")
    return flat(layer)


def identity(layer: Layer) -> Value:
    """What comes in."""
    return layer.input


def _two(layer: Layer) -> tuple[Any, Any]:
    first = layer.argument(0, "x1", "x")
    second = layer.argument(1, "x2", "y")
    if not isinstance(first, Value) and not isinstance(second, Value):
        raise RefusedError("E0722", f"`{layer.call.kind}` of numbers alone has no operator")
    return first, second


def _rescaled(layer: Layer, value: Value, scale: Any = 1.0, offset: Any = 0.0) -> Value:
    attributes = {"scale": _numbers(layer, scale), "offset": _numbers(layer, offset)}
    return layer.add("rescale", attributes, inputs=(value,))._replace(as_map=value.as_map)


def _each(layer: Layer, value: Any, change: Callable[[float], float]) -> Any:
    numbers = _numbers(layer, value)
    try:
        if isinstance(numbers, list):
            return Array([change(number) for number in numbers])
        return change(numbers)
    except ZeroDivisionError:
        raise RefusedError("E0722", "a division by zero") from None


def _numbers(layer: Layer, value: Any) -> Any:
    return per_channel(layer, "argument", value.values if isinstance(value, Array) else value)


def _option(layer: Layer, position: int, name: str, default: Any) -> Any:
    """An option: Keras 3 keeps most in the configuration, Keras 2 in the call."""
    if name in layer.config.given:
        return layer.config.given[name]
    return layer.argument(position, name, default=default)


def _axes(layer: Layer) -> tuple[int, ...]:
    axes = _option(layer, 1, "axis", None)
    values = axes.values if isinstance(axes, Array) else axes
    values = tuple(values) if isinstance(values, list | tuple) else (values,)
    shape = layer.input.keras_shape
    if not all(type(axis) is int for axis in values) or shape is None:
        return ()
    return tuple(axis % (len(shape) + 1) for axis in values)


def _over_map(layer: Layer, op: str) -> Value:
    if layer.input.shape is not None and sorted(_axes(layer)) != [1, 2]:
        raise RefusedError("E0722", f"`{layer.call.kind}` over other axes than height and width")
    return layer.add(op, {"keep_dims": bool(_option(layer, 2, "keepdims", False))})
