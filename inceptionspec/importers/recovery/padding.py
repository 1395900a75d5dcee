"""Paddings as a person writes them: ``same`` for the pixels that ``same`` would add."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from inceptionspec.checks.warnings.idle_attribute import IDLE
from inceptionspec.importers.recovery.layer import Layer, input_shapes
from inceptionspec.ops.record import Shape
from inceptionspec.ops.window import padding_pixels

_POINT = (1, 1)
_NONE = (0, 0, 0, 0)
_SLIDING = frozenset(("conv", "depthwise_conv", "separable_conv", "max_pool", "avg_pool"))


def tidied(layers: Sequence[Layer], shape: Shape) -> None:
    """Write explicit pixels as ``same`` where these are the same, at the input's own size.

    That is done for all windows of one kernel or for none, so that they stay alike. A window of 1x1
    reads no padding at any size. Where more of them are ``valid`` than ``same``, as Keras' own
    networks have it, all become ``same``, which is the default.
    """
    explicit: dict[Any, list[tuple[Layer, bool]]] = defaultdict(list)
    points: list[Layer] = []
    for layer in layers:
        _drop_gaps(layer)
        padding = layer.attributes.get("padding")
        if padding is None or layer.op not in _SLIDING:
            continue
        if isinstance(padding, tuple):
            incoming = input_shapes(layers, layer, shape)[0]
            same = padding_pixels({**layer.attributes, "padding": "same"}, incoming) == padding
            kind = (layer.op, layer.attributes["kernel"], layer.attributes.get("dilation"), padding)
            explicit[kind].append((layer, same))
        if layer.attributes.get("kernel") == _POINT:
            points.append(layer)
    for (*_, padding), found in explicit.items():
        for layer, _ in found:
            if all(same for _, same in found):
                layer.attributes["padding"] = "same"
            elif padding == _NONE:
                layer.attributes["padding"] = "valid"
    for layer in layers:
        if layer.attributes.get("ceil") and IDLE["ceil"](layer.attributes):
            layer.attributes["ceil"] = False
    _count_alike(layers)
    valid = [layer for layer in points if layer.attributes["padding"] == "valid"]
    if 2 * len(valid) > len(points):
        for layer in valid:
            layer.attributes["padding"] = "same"


def _drop_gaps(layer: Layer) -> None:
    """Take out the gaps of a window of one pixel, which has none."""
    attributes = layer.attributes
    if attributes.get("dilation", _POINT) != _POINT:
        sides = zip(attributes["kernel"], attributes["dilation"], strict=True)
        attributes["dilation"] = tuple(gap if kernel > 1 else 1 for kernel, gap in sides)


def _count_alike(layers: Sequence[Layer]) -> None:
    """Let average pools without padding count it as the others do, so that one default holds."""
    pools = [layer.attributes for layer in layers if layer.op == "avg_pool"]
    unpadded = [
        pool
        for pool in pools
        if pool["padding"] in ("valid", _NONE)
        or (pool["padding"] == "same" and pool["kernel"] == _POINT)
    ]
    counts = [pool["count_padding"] for pool in pools if pool not in unpadded]
    for pool in unpadded:
        pool["count_padding"] = counts.count(True) > counts.count(False)
