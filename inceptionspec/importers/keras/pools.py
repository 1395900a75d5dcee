"""Pools, padding, and layers that change the shape alone."""

from __future__ import annotations

from math import prod
from typing import Any

from inceptionspec.importers.keras import cutting
from inceptionspec.importers.keras.building import Layer, Unfinished, Value
from inceptionspec.importers.problems import RefusedError
from inceptionspec.ops.attribute_types import SIDES

_GLOBAL = ("global_avg_pool", "global_max_pool")


def max_pool(layer: Layer) -> Value:
    """MaxPooling2D."""
    return layer.add("max_pool", _window(layer))


def avg_pool(layer: Layer) -> Value:
    """AveragePooling2D, which averages the pixels of the map alone."""
    return layer.add("avg_pool", _window(layer))


def global_avg_pool(layer: Layer) -> Value:
    """GlobalAveragePooling2D."""
    return _global(layer, "global_avg_pool")


def global_max_pool(layer: Layer) -> Value:
    """GlobalMaxPooling2D."""
    return _global(layer, "global_max_pool")


def zero_padding(layer: Layer) -> Value:
    """ZeroPadding2D."""
    layer.config.channels_last()
    return layer.add("pad", {"padding": layer.config.pixels("padding", [1, 1])})


def cropping(layer: Layer) -> Value:
    """Cropping2D."""
    layer.config.channels_last()
    return layer.add("crop", {"pixels": layer.config.pixels("cropping", [0, 0])})


def upsampling(layer: Layer) -> Value:
    """UpSampling2D."""
    config = layer.config
    config.channels_last()
    method = config.given.get("interpolation", "nearest")
    if method not in ("nearest", "bilinear"):
        raise config.refused("interpolation", method)
    factor = SIDES.write(config.pair("size", 2))
    return layer.add("upsample", {"factor": factor, "method": method})


def flatten(layer: Layer) -> Value:
    """Flatten."""
    layer.config.channels_last()
    if not layer.input.is_map:
        return layer.input._replace(as_map=False)
    return layer.add("flatten")


def reshape(layer: Layer) -> Value | Unfinished:
    """Reshape: to a vector, to a map of 1x1 and back, or a step of a shuffle."""
    target = layer.config.given.get("target_shape")
    return reshaped(layer, target)


def flat(layer: Layer) -> Value:
    """What comes in as a vector."""
    source = layer.input
    if not source.is_map:
        return source._replace(as_map=False)
    if source.shape is not None and source.shape[:2] == (1, 1):
        return layer.add("squeeze")
    return layer.add("flatten")


def reshaped(layer: Layer, target: Any) -> Value | Unfinished:
    """What comes in, in another shape of the same order.

    One that cuts axes waits for what joins them again.

    Raises:
        RefusedError: it is none that a spec has.
    """
    if not isinstance(target, list | tuple) or not all(type(side) is int for side in target):
        raise layer.config.malformed("target_shape")
    joined = cutting.joined(layer, tuple(target))
    if joined is not None:
        return joined
    source = layer.input
    shape = source.keras_shape
    if shape is None:
        return Value(source.name, None)
    wanted = _without_minus_one(tuple(target), shape)
    if wanted == shape:
        return source
    if wanted is not None and len(wanted) == 1:
        return flat(layer)
    if wanted == (1, 1, shape[-1]) and not source.is_map:
        return _as_map(layer, source)
    parts = cutting.cut(layer, wanted or ())
    if parts is not None:
        return parts
    text = "x".join(map(str, target))
    raise RefusedError("E0722", f"`Reshape` to {text} has no operator: it moves pixels or channels")


def _as_map(layer: Layer, source: Value) -> Value:
    """A vector as a map of 1x1: a pool of the whole map yields one itself."""
    pool = layer.build.layers.get(source.name)
    if pool is None or pool.op not in _GLOBAL:
        return source._replace(as_map=True)
    name = layer.build.kept_dims(pool.name)
    return Value(name, (1, 1, *(source.shape or ())))


def _without_minus_one(target: tuple[int, ...], shape: Any) -> tuple[int | None, ...] | None:
    """A target shape with the side that follows from the others."""
    if -1 not in target:
        return target
    if None in shape:
        return (None,) if target == (-1,) else None
    rest = prod(side for side in target if side != -1)
    whole = prod(shape)
    if target.count(-1) > 1 or rest < 1 or whole % rest:
        return None
    return tuple(whole // rest if side == -1 else side for side in target)


def _window(layer: Layer) -> dict[str, Any]:
    config = layer.config
    config.channels_last()
    size = config.pair("pool_size", [2, 2])
    return {
        "kernel": f"{size[0]}x{size[1]}",
        "stride": config.sides("strides", list(size)),
        "padding": config.padding(),
    }


def _global(layer: Layer, op: str) -> Value:
    layer.config.channels_last()
    keep = layer.config.flag("keepdims", False)
    if layer.input.as_map:
        return layer.input._replace(as_map=keep)
    return layer.add(op, {"keep_dims": keep})
