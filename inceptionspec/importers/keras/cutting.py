"""Functions that cut, pad, shuffle and join maps: steps of what is one operator here."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

from inceptionspec.importers.keras.building import Layer, Unfinished, Value
from inceptionspec.importers.keras.topology import Array, Slice
from inceptionspec.importers.keras.unfinished import (
    ALL,
    Pixels,
    Split,
    Taps,
    as_taps,
    shuffle_of,
    side_by_side,
)
from inceptionspec.importers.problems import RefusedError
from inceptionspec.ops.attribute_types import EXPLICIT_PADDING
from inceptionspec.ops.pool import adaptive_shares

_CUTS = "a part of a tensor that no operator here cuts out"
_LOWEST = "-Infinity"
"""How the JSON of Keras writes what is around a map of which a maximum is taken."""
_MOST_SHARES = 1 << 20
"""Numbers of a matrix that is compared with shares of windows."""
_MOST_TAPS = 1 << 10
"""Pixels of an axis of a window that may be a step of another one."""
_ROWS, _COLUMNS = "bhwc,yh->bywc", "bywc,xw->byxc"
"""Products along an axis of a map, as our own models write an adaptive mean."""


def part(layer: Layer) -> Value | Unfinished:
    """`x[:, 1:, ::2]` and `x[..., :4]`: pixels and channels of a map."""
    keys = layer.argument(1, "key")
    source = layer.waiting(0, "x")
    if isinstance(keys, Slice) or not isinstance(keys, tuple):
        keys = (keys,)
    if isinstance(source, Value) and source.shape is not None and len(source.shape) == 1:
        return _of_vector(layer, keys)
    taps = as_taps(source, layer.name)
    if isinstance(source, Value) and source.shape is None:
        return source
    if taps is None or any(isinstance(one, tuple) and not isinstance(one, Slice) for one in keys):
        raise RefusedError("E0722", _CUTS)
    if ... in keys:
        at = keys.index(...)
        keys = (*keys[:at], *[Slice(None, None, None)] * (5 - len(keys)), *keys[at + 1 :])
    if len(keys) > 4 or not all(isinstance(one, Slice) for one in keys):
        raise RefusedError("E0722", _CUTS)
    for axis, key in enumerate(keys):
        if key == (None, None, None) or key == (0, None, 1):
            continue
        if axis == 0:
            raise RefusedError("E0722", _CUTS)
        taps = _taken(layer, taps, axis - 1, key)
    return replace(taps, name=layer.name)


def _taken(layer: Layer, taps: Taps, axis: int, key: Slice) -> Taps:
    shape = taps.source.shape or ()
    if axis == 2:
        channels = _channels(key, taps.channels or (0, shape[2] or 0))
        return replace(taps, channels=channels)
    if taps.axes[axis] != ALL:
        value = taps.finished(layer.build)
        taps = Taps(layer.name, value)
        shape = value.shape or ()
    side = shape[axis]
    around = sum(taps.pads[2 * axis : 2 * axis + 2])
    first, trim, step = _edges(key, None if side is None else side + around)
    return taps.taken(axis, Pixels((first,), (trim,), step))


def _edges(key: Slice, side: int | None) -> tuple[int, int, int]:
    """Pixels before and after those that a slice keeps, and its step.

    Raises:
        RefusedError: they depend on an open size, or the slice goes backwards.
    """
    step = 1 if key.step is None else key.step
    bounds = (key.start, key.stop)
    if (
        type(step) is not int
        or step < 1
        or not all(one is None or type(one) is int for one in bounds)
    ):
        raise RefusedError("E0722", _CUTS)
    start, stop = 0 if key.start is None else key.start, key.stop
    if side is not None:
        first, last, _ = slice(start, stop).indices(side)
        return first, side - max(last, first), step
    if start < 0 or (stop is not None and stop >= 0):
        raise RefusedError("E0722", "a part of a map whose bounds depend on an open size")
    return start, -(stop or 0), step


def _channels(key: Slice, held: tuple[int, int]) -> tuple[int, int]:
    first, trim, step = _edges(key, held[1] - held[0])
    if step != 1:
        raise RefusedError("E0722", _CUTS)
    return held[0] + first, held[1] - trim


def _of_vector(layer: Layer, keys: tuple[Any, ...]) -> Value:
    """`x[:, 2:5]` of a vector."""
    (features,) = layer.input.shape or (0,)
    last = keys[-1]
    before = keys[:-1]
    if not isinstance(last, Slice) or before not in ((Slice(None, None, None),), (...,)):
        raise RefusedError("E0722", _CUTS)
    start, stop = _channels(last, (0, features or 0))
    return layer.add("slice", {"start": start, "stop": stop})


def maximum(layer: Layer) -> Value | Unfinished:
    """The larger of two parts of one map: those of a window with gaps."""
    found = combined(layer, "max")
    if found is None:
        raise RefusedError("E0721", f"the function `{layer.call.kind}` has no operator")
    return found


def combined(layer: Layer, how: Any) -> Taps | None:
    """What two parts of one map come to, if that is what a window does."""
    first, second = (layer.waiting(0, "x1", "x"), layer.waiting(1, "x2", "y"))
    if isinstance(first, Taps) and isinstance(second, Taps):
        return first.combined(second, how, layer.name)
    return None


def scaled(layer: Layer, factor: Any) -> Taps | None:
    """A sum over a window times a number; None for anything else."""
    taps = layer.waiting(0, "x1", "x")
    plain = isinstance(factor, int | float) and not isinstance(factor, bool)
    if not isinstance(taps, Taps) or taps.how != "sum" or not plain:
        return None
    return replace(taps, factor=taps.factor * factor, name=layer.name)


def quotient(layer: Layer) -> Value | None:
    """A sum over a window by the number of its pixels that are no padding; None for others."""
    first, second = (layer.waiting(0, "x1", "x"), layer.waiting(1, "x2", "y"))
    if isinstance(first, Taps) and isinstance(second, Taps):
        return first.over(second, layer.name, layer.build)
    return None


def ones_like(layer: Layer) -> Unfinished:
    """Ones of the size of a map, by which a mean without padding divides."""
    taps = as_taps(layer.waiting(0, "x"), layer.name)
    if taps is None or taps.axes != (ALL, ALL) or taps.how or any(taps.pads):
        raise RefusedError("E0721", f"the function `{layer.call.kind}` has no operator")
    return Taps(layer.name, taps.source, ones=True)


def pad(layer: Layer) -> Value | Unfinished:
    """Zeros, minus infinity or a reflection around a map."""
    widths = layer.config.given.get("pad_width", layer.argument(1, "pad_width"))
    mode = layer.config.given.get("mode", "constant")
    value = layer.argument(3, "constant_values", default=None)
    taps = as_taps(layer.waiting(0, "x"), layer.name)
    if taps is None:
        raise RefusedError("E0722", "padding of what is no map has no operator")
    pads = _pads(layer, widths)
    if mode == "reflect":
        given = {"padding": EXPLICIT_PADDING.write(pads), "mode": "reflect"}
        return layer.add("pad", given)
    if mode != "constant" or value not in (None, 0, _LOWEST):
        raise RefusedError("E0722", f"padding by `{mode}` of {value} has no operator")
    if not taps.is_whole or any(taps.pads):
        taps = Taps(layer.name, layer.input)
    fill = -inf if value == _LOWEST else 0.0
    return Taps(layer.name, taps.source, pads, fill, ones=taps.ones)


def _pads(layer: Layer, widths: Any) -> Any:
    held = list(widths) if isinstance(widths, list | tuple) else []
    if len(held) != 4 or any(
        not isinstance(one, list | tuple) or len(one) != 2 or not _whole(one) for one in held
    ):
        raise layer.config.malformed("pad_width")
    (images, (top, bottom), (left, right), channels) = (tuple(one) for one in held)
    if any((*images, *channels)):
        raise RefusedError("E0722", "padding of other axes than height and width has no operator")
    return top, bottom, left, right


def _whole(pair: Any) -> bool:
    return all(type(side) is int and side >= 0 for side in pair)


def max_pool(layer: Layer) -> Value:
    """A pool as a function; minus infinity around its map is its own padding."""
    given = _window(layer)
    taps = layer.waiting(0, "inputs", "x")
    if (
        isinstance(taps, Taps)
        and taps.is_whole
        and taps.fill == -inf
        and given["padding"] == "valid"
    ):
        given["padding"] = EXPLICIT_PADDING.write(taps.pads)
        return layer.add("max_pool", given, inputs=[taps.source])
    return layer.add("max_pool", given)


def avg_pool(layer: Layer) -> Value | Unfinished:
    """A pool as a function; zeros around its map count, unless it is divided by theirs."""
    given = _window(layer)
    taps = as_taps(layer.waiting(0, "inputs", "x"), layer.name)
    kernel, stride = layer.config.pair("pool_size"), layer.config.pair("strides", 1)
    if taps is None or given["padding"] == "same" or max(kernel) > _MOST_TAPS:
        return layer.add("avg_pool", given)
    if not taps.is_whole or taps.fill:
        taps = Taps(layer.name, layer.input)
    rows, columns = (
        Pixels(tuple(range(side)), tuple(reversed(range(side))), step)
        for side, step in zip(kernel, stride, strict=True)
    )
    factor = 1 / (kernel[0] * kernel[1])
    return Taps(
        layer.name, taps.source, taps.pads, 0.0, (rows, columns), "sum", factor, ones=taps.ones
    )


def _window(layer: Layer) -> dict[str, Any]:
    config = layer.config
    config.channels_last()
    size = config.pair("pool_size")
    return {
        "kernel": f"{size[0]}x{size[1]}",
        "stride": config.sides("strides", list(size)),
        "padding": config.padding(),
    }


def take(layer: Layer) -> Value:
    """Channels in another order: a shuffle, or some of them."""
    axis = layer.config.given.get("axis", layer.argument(2, "axis", default=None))
    indices = layer.argument(1, "indices")
    order = indices.values if isinstance(indices, Array) else None
    shape = layer.input.shape
    if shape is None:
        return layer.input
    if axis not in (-1, len(shape)) or not isinstance(order, list) or len(shape) != 3:
        raise RefusedError("E0722", "indices of other axes than the channels have no operator")
    if not order or not all(type(one) is int for one in order):
        raise layer.config.malformed("indices")
    groups = shuffle_of(order) if len(order) == shape[2] else None
    if groups is not None:
        return layer.add("channel_shuffle", {"groups": groups})
    if order == list(range(order[0], order[0] + len(order))) and order[0] >= 0:
        return layer.add("slice", {"start": order[0], "stop": order[-1] + 1})
    raise RefusedError("E0722", "an order of channels that no operator here has")


def einsum(layer: Layer) -> Value:
    """Means over a grid of windows, as our own models write them: a product along each axis."""
    equation = layer.config.given.get("subscripts")
    source, shares = layer.argument(0), layer.argument(1)
    if equation not in (_ROWS, _COLUMNS) or not isinstance(shares, Array):
        raise RefusedError("E0722", f"the product `{equation}` has no operator")
    axis = int(equation == _COLUMNS)
    if source.shape is None:
        return Value(layer.name, None)
    height, width = source.shape[:2]
    side = source.shape[axis]
    count = len(shares.values) if isinstance(shares.values, list) else 0
    if side is None or not 0 < count <= side or count * side > _MOST_SHARES:
        raise RefusedError("E0722", "a matrix that its input does not fit")
    if not _near(shares.values, adaptive_shares(side, count)):
        raise RefusedError("E0722", "a matrix along an axis of a map that takes no means")
    before = layer.build.layers.get(source.name)
    if axis == 1 and before is not None and before.op == "adaptive_avg_pool":
        size = f"{height}x{count}"
        first = Value(before.inputs[0], layer.build.shapes[before.inputs[0]])
        return layer.add("adaptive_avg_pool", {"size": size}, inputs=[first])
    size = f"{count}x{width}" if axis == 0 else f"{height}x{count}"
    return layer.add("adaptive_avg_pool", {"size": size}, inputs=[source])


def _near(values: Any, shares: list[list[float]]) -> bool:
    rows = [one for one in values if isinstance(one, list) and len(one) == len(shares[0])]
    if len(rows) != len(shares):
        return False
    pairs = zip((n for row in rows for n in row), (n for row in shares for n in row), strict=True)
    return all(isinstance(a, int | float) and abs(a - b) < 1e-6 for a, b in pairs)


def blocks(layer: Layer) -> Value | None:
    """The pixels of blocks side by side; None for other concatenations."""
    parts = [one for one in layer.parts() if isinstance(one, Taps) and not one.how]
    if not parts or len(parts) != len(layer.call.inputs):
        return None
    if layer.config.given.get("axis") not in (-1, 3):
        return None
    return side_by_side(parts, layer.name, layer.build)


def cut(layer: Layer, target: tuple[int | None, ...]) -> Split | None:
    """A map whose axes a reshape cuts into parts; None for other reshapes."""
    shape = layer.input.shape
    sides = tuple(side for side in target if side is not None)
    if shape is None or len(shape) != 3 or None in shape or not 3 < len(sides) < 6:
        return None
    return Split(layer.input, sides, tuple(range(len(sides))))


def joined(layer: Layer, target: tuple[int, ...]) -> Value | None:
    """The map that a reshape makes of reordered parts; None where it makes none."""
    held = layer.waiting(0, "x")
    return held.joined(target, layer.name, layer.build) if isinstance(held, Split) else None


def transpose(layer: Layer) -> Unfinished:
    """Another order of the parts of a map."""
    axes = layer.config.given.get("axes", layer.argument(1, "axes", default=None))
    held = layer.waiting(0, "x")
    whole = isinstance(axes, list | tuple) and all(type(one) is int for one in axes)
    return _turned(layer, held, tuple(axes) if whole else ())


def permute(layer: Layer) -> Unfinished:
    """The layer `Permute`, which counts axes without the batch from 1 on."""
    dims = layer.config.given.get("dims")
    whole = isinstance(dims, list | tuple) and all(type(one) is int for one in dims)
    return _turned(layer, layer.waiting(0), (0, *dims) if whole else ())


def _turned(layer: Layer, held: Any, axes: tuple[int, ...]) -> Unfinished:
    if (
        not isinstance(held, Split)
        or axes[:1] != (0,)
        or sorted(axes) != list(range(len(held.sides) + 1))
    ):
        raise RefusedError("E0721", f"`{layer.call.kind}` exchanges the axes of a map")
    return replace(held, order=tuple(held.order[axis - 1] for axis in axes[1:]))
