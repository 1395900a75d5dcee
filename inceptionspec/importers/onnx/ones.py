"""Means of windows with gaps that leave padding out, as our own files write them.

ONNX had no such pool before operator set 19. Each channel is convolved with equal weights, and the
result is divided by the same of ones as high and as wide as the map.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from inceptionspec.importers.onnx.building import Operator
from inceptionspec.importers.onnx.tensors import FIRST, Constant, Ones, Sizes, Tensor

_MOST_TAPS = 1 << 16
"""Weights of a window that are looked at."""


def expand(now: Operator) -> Tensor:
    """Expand: ones of the size of a map."""
    sizes = now.value(1)
    of = sizes.of if isinstance(sizes, Sizes) else None
    if of is None or not of.is_map or of.labels != FIRST or now.number(0) != 1:
        raise now.refused("what is spread over a shape, and is not 1 for each pixel of a map")
    return Tensor(None, of.shape, FIRST, ones=Ones(of.layer))


def of_one_channel(now: Operator, source: Tensor) -> Tensor:
    """Slice of ones: those of the first channel."""
    bounds = [now.whole(name, at) for at, name in enumerate(("starts", "ends", "axes"), start=1)]
    if bounds != [(0,), (1,), (1,)] or now.whole("steps", 4) not in (None, (1,)):
        raise now.refused("a part of a map of ones")
    return source._replace(shape=(*source.shape[:2], 1))


def mean_of(
    now: Operator,
    source: Tensor,
    kernel: Constant,
    bias: Constant | None,
    window: Mapping[str, Any],
) -> Tensor | None:
    """A convolution with equal weights that sum up to 1 as a mean; None for others.

    One without gaps would be a pool in a file of ours, so that the weights are those of a layer.
    """
    filters, depth, height, width = kernel.shape
    plain = bias is None and depth == 1 and filters == now.given("group", 1) == source.shape[-1]
    if not plain or height * width > _MOST_TAPS:
        return None
    if source.ones is None and (window["dilation"] == 1 or height * width == 1):
        return None
    if not np.allclose(kernel.read(), 1 / (height * width), rtol=1e-6, atol=0):
        return None
    if source.ones is not None:
        return source._replace(ones=source.ones._replace(window=window))
    counted = window["padding"] != "valid"
    made = now.layer("avg_pool", {**window, "count_padding": counted}, [source])
    now.network.windows[str(made.layer)] = window
    return made


def quotient(now: Operator) -> Tensor | None:
    """Div of a mean by that of ones: the mean without padding; None for other divisions."""
    mean, share = now.value(0), now.value(1)
    if not isinstance(mean, Tensor) or not isinstance(share, Tensor) or share.ones is None:
        return None
    layer = now.network.layers.get(mean.layer or "")
    window = share.ones.window
    alike = (
        layer is not None
        and layer.op == "avg_pool"
        and layer.inputs == (share.ones.of,)
        and window is not None
        and now.network.windows.get(layer.name) == window
    )
    if not alike or layer is None or not now.network.is_read_once(now.node.inputs[0]):
        raise now.refused("a tensor divided by a map of ones")
    now.network.changed(layer.name, {"count_padding": False})
    return mean
