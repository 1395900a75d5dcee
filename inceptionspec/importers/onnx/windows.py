"""Convolutions, dense layers and pools."""

from __future__ import annotations

from typing import Any

import numpy as np

from inceptionspec.importers.onnx import moments
from inceptionspec.importers.onnx.building import Operator
from inceptionspec.importers.onnx.ones import mean_of
from inceptionspec.importers.onnx.tensors import (
    BATCH,
    CHANNELS,
    DUMMY,
    FIRST,
    FLAT,
    HEIGHT,
    VECTOR,
    WIDTH,
    Constant,
    Tensor,
)
from inceptionspec.ops.pool import adaptive_shares
from inceptionspec.ops.record import Pads, Shape
from inceptionspec.ops.transposed import transposed_crop
from inceptionspec.ops.window import padding_pixels

_LOWEST = -3e38
"""What is around a map of which a maximum is taken, or less, never wins."""
_MOST_SHARES = 1 << 20
"""Numbers of a matrix that is compared with shares of windows."""


def conv(now: Operator) -> Tensor:
    """Conv: plain, grouped, or depthwise where each channel is a group."""
    kernel, bias = now.constant(1), _bias(now, 2)
    vector = now.tensor()
    dense = _conv_of_vector(now, vector, kernel, bias)
    if dense is not None:
        return dense
    source = now.map_first()
    if len(kernel.shape) != 4:
        raise now.refused("a kernel of another rank than 4")
    filters, depth, height, width = kernel.shape
    groups, channels = now.given("group", 1), source.shape[2]
    window = _window(now, source, (height, width))
    if groups < 1 or filters % groups or channels != depth * groups:
        raise now.refused(f"{groups} groups, which its kernel does not fit")
    mean = mean_of(now, source, kernel, bias, window)
    if mean is not None:
        return mean
    weights = {"bias": bias} if bias is not None else {}
    common = {**window, "bias": bias is not None}
    if groups > 1 and depth == 1:
        multiplier = filters // groups
        held = kernel.changed(
            (height, width, groups, multiplier),
            lambda array: array.reshape(groups, multiplier, height, width).transpose(2, 3, 0, 1),
        )
        return now.layer(
            "depthwise_conv", {**common, "depth_multiplier": multiplier}, [source],
            {"depthwise_kernel": held, **weights},
        )  # fmt: skip
    held = kernel.changed(
        (height, width, depth, filters), lambda array: array.transpose(2, 3, 1, 0)
    )
    joined = _separable(now, source, common, held, weights, groups)
    if joined is not None:
        return joined
    given = {**common, "filters": filters, "groups": groups}
    return now.layer("conv", given, [source], {"kernel": held, **weights})


def _conv_of_vector(
    now: Operator, source: Tensor, kernel: Constant, bias: Constant | None
) -> Tensor | None:
    """A 1x1 convolution of what is a vector here as a dense layer; None for others."""
    if source.is_map or source.labels not in ((*VECTOR, DUMMY, DUMMY), FIRST):
        return None
    if now.network.as_map(source) is not None or kernel.shape[2:] != (1, 1):
        return None
    now.only(group=1, strides=(1, 1), pads=(0, 0, 0, 0), dilations=(1, 1), auto_pad="NOTSET",
             kernel_shape=(1, 1))  # fmt: skip
    units, features = kernel.shape[:2]
    held = kernel.changed((features, units), lambda array: array[:, :, 0, 0].T)
    weights = {"kernel": held, **({"bias": bias} if bias is not None else {})}
    return now.layer("dense", {"units": units, "bias": bias is not None}, [source], weights)


def _separable(
    now: Operator,
    source: Tensor,
    given: dict[str, Any],
    kernel: Constant,
    weights: dict[str, Constant],
    groups: int,
) -> Tensor | None:
    """A 1x1 convolution right behind a depthwise one, with nothing in between, as one layer."""
    network = now.network
    before = network.layers.get(source.layer or "")
    plain = kernel.shape[:2] == (1, 1) and groups == 1 and given["stride"] == 1
    if before is None or before.op != "depthwise_conv" or not plain or given["padding"] != "same":
        return None
    if before.attributes.get("bias") is not False or not network.is_read_once(now.node.inputs[0]):
        return None
    filters = kernel.shape[3]
    attributes = {**before.attributes, "filters": filters, "bias": given["bias"]}
    depthwise = before.weights["depthwise_kernel"]
    multiplier = before.attributes.get("depth_multiplier", 1)
    shape = (*_pair(before.attributes["kernel"]), kernel.shape[2] // multiplier, multiplier)
    held = Constant("", shape, depthwise)
    read = Tensor(before.inputs[0], network.shapes[before.inputs[0]], FIRST)
    del network.layers[before.name]
    return now.layer(
        "separable_conv", attributes, [read],
        {"depthwise_kernel": held, "pointwise_kernel": kernel, **weights}, name=before.name,
    )  # fmt: skip


def conv_transpose(now: Operator) -> Tensor:
    """ConvTranspose of one group."""
    source, kernel, bias = now.map_first(), now.constant(1), _bias(now, 2)
    now.only(group=1, dilations=(1, 1))
    if len(kernel.shape) != 4:
        raise now.refused("a kernel of another rank than 4")
    channels, filters, height, width = kernel.shape
    now.only(kernel_shape=(height, width))
    stride = now.given("strides", (1, 1))
    given: dict[str, Any] = {
        "kernel": f"{height}x{width}", "stride": _side(stride), "filters": filters,
        "bias": bias is not None,
    }  # fmt: skip
    given["padding"] = _transposed_padding(now, (height, width), stride)
    held = kernel.changed(
        (height, width, filters, channels), lambda array: array.transpose(2, 3, 1, 0)
    )
    weights = {"kernel": held, **({"bias": bias} if bias is not None else {})}
    return now.layer("conv_transpose", given, [source], weights)


def _transposed_padding(now: Operator, kernel: tuple[int, int], stride: tuple[int, int]) -> Any:
    """The word or the pixels that cut the output as the file does."""
    more = now.given("output_padding", (0, 0))
    pads = _checked(now, now.given("pads", (0, 0, 0, 0)))
    auto = now.given("auto_pad", "NOTSET")
    if now.given("output_shape", None) is not None:
        raise now.refused("`output_shape`, which depends on the input's size")
    if auto == "SAME_UPPER":
        return "same"
    if auto not in ("NOTSET", "VALID", ""):
        raise now.refused(f"`auto_pad` {auto}")
    cut = (pads[0], pads[2] - more[0], pads[1], pads[3] - more[1])
    for word in ("same", "valid"):
        if transposed_crop({"kernel": kernel, "stride": stride, "padding": word}) == cut:
            return word
    if min(cut) < 0:
        raise now.refused("`output_padding` beyond its padding")
    return _padding_value(cut)


def gemm(now: Operator) -> Tensor:
    """Gemm: a dense layer."""
    source, kernel = now.tensor(), now.constant(1)
    now.only(transA=0)
    alpha, beta = now.given("alpha", 1.0), now.given("beta", 1.0)
    turned = bool(now.given("transB", 0))
    if len(kernel.shape) != 2:
        raise now.refused("a matrix of another rank than 2")
    units, features = kernel.shape if turned else kernel.shape[::-1]
    bias = _bias(now, 2) if now.value(2) is not None else None
    if bias is not None:
        size = bias.size
        if size not in (1, units) or bias.shape[-1:] not in ((), (1,), (units,)):
            raise now.refused("a bias that is not one number for each unit")
        bias = bias.changed(
            (units,), lambda array: np.broadcast_to(np.ravel(array) * np.float32(beta), (units,))
        )
    matrix = kernel.changed(
        (features, units), lambda array: (array.T if turned else array) * np.float32(alpha)
    )
    if alpha == 1:
        matrix = kernel.changed((features, units), lambda array: array.T if turned else array)
    return _dense(now, source, matrix, bias)


def matmul(now: Operator) -> Tensor:
    """MatMul with a matrix: a dense layer, a 1x1 convolution of a map, or means of windows."""
    first = now.value(0)
    if isinstance(first, Constant):
        return _means(now, now.tensor(1), first, HEIGHT)
    source, kernel = now.tensor(), now.constant(1)
    if len(kernel.shape) != 2:
        raise now.refused("a factor that is no constant matrix")
    if source.is_map and source.labels[-1] == CHANNELS:
        features, units = kernel.shape
        held = kernel.changed((1, 1, features, units), lambda array: array[None, None])
        given = {"kernel": "1x1", "filters": units, "bias": False}
        return now.layer("conv", given, [source], {"kernel": held})
    if source.is_map and source.labels[-1] == WIDTH:
        turned = kernel.changed(kernel.shape[::-1], np.transpose)
        return _means(now, source, turned, WIDTH)
    return _dense(now, source, kernel, None)


def _means(now: Operator, source: Tensor, shares: Constant, axis: str) -> Tensor:
    """A product with the shares of windows along an axis: one half of an adaptive mean.

    The other half, where it stands right before, becomes one with it.
    """
    side = source.side(axis)
    if source.labels != FIRST or not source.is_map or side is None or len(shares.shape) != 2:
        raise now.refused("a matrix that is no second input")
    count = shares.shape[0]
    if shares.shape[1] != side or not 0 < count <= side or shares.size > _MOST_SHARES:
        raise now.refused("a matrix that its input does not fit")
    if not np.allclose(shares.read(), adaptive_shares(side, count), rtol=0, atol=1e-6):
        raise now.refused("a matrix along an axis of a map that takes no means of windows")
    height, width, _ = source.shape
    before = now.network.layers.get(source.layer or "")
    halved = before is not None and before.op == "adaptive_avg_pool"
    if before is not None and halved and now.network.is_read_once(now.node.inputs[axis == HEIGHT]):
        read = before.inputs[0]
        source = Tensor(read, now.network.shapes[read], FIRST)
    size = f"{count}x{width}" if axis == HEIGHT else f"{height}x{count}"
    return now.layer("adaptive_avg_pool", {"size": size}, [source])


def _dense(now: Operator, source: Tensor, kernel: Constant, bias: Constant | None) -> Tensor:
    """A dense layer of a vector; rows of one that was flattened otherwise are reordered."""
    units = kernel.shape[1]
    if source.flattened is not None and source.labels == (BATCH, FLAT):
        order, shape = source.flattened
        kernel = _reordered(kernel, order, shape)
    elif source.is_map or source.labels not in (VECTOR,):
        raise now.refused("an input that is no vector")
    given = {"units": units, "bias": bias is not None}
    weights = {"kernel": kernel, **({"bias": bias} if bias is not None else {})}
    return now.layer("dense", given, [source], weights, labels=VECTOR)


def _reordered(kernel: Constant, order: tuple[str, ...], shape: Shape) -> Constant:
    """A matrix whose rows are those of a map flattened as ours are: row by row, channels inside."""
    height, width, channels = (int(side or 0) for side in shape)
    sides = {HEIGHT: height, WIDTH: width, CHANNELS: channels}
    if order == (HEIGHT, WIDTH, CHANNELS):
        return kernel
    back = tuple(order.index(label) for label in (HEIGHT, WIDTH, CHANNELS))
    features, units = kernel.shape

    def turned(array: Any) -> Any:
        parts = array.reshape(*(sides[label] for label in order), units)
        return parts.transpose(*back, 3).reshape(features, units)

    return kernel.changed(kernel.shape, turned)


def max_pool(now: Operator) -> Tensor:
    """MaxPool."""
    if len([name for name in now.node.outputs if name]) > 1:
        raise now.refused("a second output, where each maximum was")
    now.only(storage_order=0)
    framed = now.value(0)
    around = framed.framed if isinstance(framed, Tensor) else (0, 0, 0, 0)
    source = now.map_first(framed=True)._replace(framed=(0, 0, 0, 0))
    return now.layer("max_pool", _pool(now, source, around), [source])


def avg_pool(now: Operator) -> Tensor:
    """AveragePool."""
    source = now.map_first()
    given = _pool(now, source)
    counted = bool(now.given("count_include_pad", 0))
    padded = given["padding"] != "valid"
    return now.layer("avg_pool", {**given, "count_padding": counted and padded}, [source])


def _pool(now: Operator, source: Tensor, around: Pads = (0, 0, 0, 0)) -> dict[str, Any]:
    kernel = now.given("kernel_shape", None)
    if not isinstance(kernel, tuple) or len(kernel) != 2:
        raise now.refused("a window of another rank than 2")
    given = _window(now, source, kernel, around, kernel_known=True)
    ceil = bool(now.given("ceil_mode", 0))
    stepped = given["stride"] != 1
    return {**given, "ceil": ceil and stepped and given["padding"] != "same"}


def global_pool(op: str) -> Any:
    """GlobalAveragePool, GlobalMaxPool: a vector here, whatever axes the file keeps."""

    def pooled(now: Operator) -> Tensor:
        source = now.map_first()
        return now.layer(op, {}, [source], labels=(*VECTOR, DUMMY, DUMMY))

    return pooled


def reduction(op: str) -> Any:
    """ReduceMean, ReduceMax over height and width."""

    def reduced(now: Operator) -> Tensor:
        source = now.tensor()
        kept = bool(now.given("keepdims", 1))
        axes = now.whole("axes", 1)
        now.only(noop_with_empty_axes=0)
        rank = len(source.labels)
        over = {source.labels[axis] for axis in axes or ()} if _inside(axes, rank) else set()
        if not source.is_map and over <= {DUMMY, HEIGHT, WIDTH} and over:
            return source._replace(labels=_without(source.labels, over, kept))
        if over == {CHANNELS} and kept and op == "global_avg_pool":
            return moments.over_channels(now, source)
        if over != {HEIGHT, WIDTH} or not source.is_map:
            raise now.refused("other axes than height and width")
        labels = _without(source.labels, over, kept)
        return now.layer(op, {}, [source], labels=labels)

    return reduced


def _inside(axes: tuple[int, ...] | None, rank: int) -> bool:
    return all(-rank <= axis < rank for axis in axes or ())


def _without(labels: tuple[str, ...], over: set[str], kept: bool) -> tuple[str, ...]:
    """Labels after some axes were reduced to one element, or dropped."""
    if kept:
        return tuple(DUMMY if label in over else label for label in labels)
    return tuple(label for label in labels if label not in over)


def pad(now: Operator) -> Tensor:
    """Pad: zeros or a reflection; what is minus infinity around a map is a pool's own padding."""
    source = now.tensor()
    mode = now.given("mode", "constant")
    pads = now.whole("pads", 1)
    value = now.given("value", None)
    if value is None:
        value = now.number(2) or 0
    axes = now.whole("axes", 3) or tuple(range(len(source.labels)))
    if pads is None or len(pads) != 2 * len(axes) or min(pads) < 0:
        raise now.refused("padding that cuts, or is malformed")
    sides = dict.fromkeys(source.labels, (0, 0))
    for at, axis in enumerate(axes):
        sides[source.labels[axis]] = (pads[at], pads[at + len(axes)])
    if any(any(pixels) for label, pixels in sides.items() if label not in (HEIGHT, WIDTH)):
        raise now.refused("padding of other axes than height and width")
    if not any(map(any, sides.values())):
        return source
    pixels = (*sides.get(HEIGHT, (0, 0)), *sides.get(WIDTH, (0, 0)))
    if mode == "constant" and value <= _LOWEST:
        return source._replace(framed=pixels)
    if mode not in ("constant", "reflect") or (mode == "constant" and value != 0):
        raise now.refused(f"`mode` {mode}" if mode != "constant" else f"padding of {value}")
    given = {"padding": _padding_value(pixels)}
    if mode == "reflect":
        given["mode"] = "reflect"
    return now.layer("pad", given, [source])


# What windows share


def _window(
    now: Operator,
    source: Tensor,
    kernel: tuple[int, int],
    around: Pads = (0, 0, 0, 0),
    *,
    kernel_known: bool = False,
) -> dict[str, Any]:
    """Kernel, stride, dilation and padding in YAML terms."""
    if not kernel_known:
        now.only(kernel_shape=kernel)
    stride, dilation = now.given("strides", (1, 1)), now.given("dilations", (1, 1))
    if len(stride) != 2 or len(dilation) != 2 or min(*stride, *dilation, *kernel) < 1:
        raise now.refused("a window that is malformed")
    given = {"kernel": kernel, "stride": stride, "dilation": dilation}
    padding = _padding(now, source, given, around)
    return {
        "kernel": f"{kernel[0]}x{kernel[1]}",
        "stride": _side(stride),
        "dilation": _side(dilation),
        "padding": padding,
    }


def _padding(now: Operator, source: Tensor, given: dict[str, Any], around: Pads) -> Any:
    """The word or the pixels that pad as the file does: `same` where it gives the same pixels.

    Args:
        now: the operator.
        source: the map.
        given: kernel, stride and dilation.
        around: what was put around the map before and counts as padding.
    """
    pads = _checked(now, now.given("pads", (0, 0, 0, 0)))
    auto = now.given("auto_pad", "NOTSET")
    pixels: Pads = (pads[0], pads[2], pads[1], pads[3])
    if auto == "VALID":
        pixels = (0, 0, 0, 0)
    elif auto in ("SAME_UPPER", "SAME_LOWER"):
        if any(around):
            raise now.refused(f"`auto_pad` {auto} of a padded map")
        if auto == "SAME_UPPER":
            return "same"
        upper = padding_pixels({**given, "padding": "same"}, source.shape)
        if upper is None:
            raise now.refused("`auto_pad` SAME_LOWER on an open size")
        pixels = (upper[1], upper[0], upper[3], upper[2])
    elif auto not in ("NOTSET", ""):
        raise now.refused(f"`auto_pad` {auto}")
    top, bottom, left, right = (a + b for a, b in zip(pixels, around, strict=True))
    pixels = (top, bottom, left, right)
    same = padding_pixels({**given, "padding": "same"}, source.shape)
    if same == pixels and (any(pixels) or given["kernel"] == (1, 1)):
        return "same"
    return _padding_value(pixels) if any(pixels) else "valid"


def _checked(now: Operator, pads: Any) -> tuple[int, int, int, int]:
    if not isinstance(pads, tuple) or len(pads) != 4 or min(pads) < 0:
        raise now.refused("`pads` that cut, or are malformed")
    return pads


def _padding_value(pixels: Pads) -> Any:
    top, bottom, left, right = pixels
    if top == bottom and left == right:
        return top if top == left else f"{top}x{left}"
    return {"top": top, "bottom": bottom, "left": left, "right": right}


def _side(pair: tuple[int, int]) -> int | str:
    return pair[0] if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"


def _pair(text: Any) -> tuple[int, int]:
    height, width = str(text).split("x")
    return int(height), int(width)


def _bias(now: Operator, at: int) -> Constant | None:
    return now.constant(at) if now.value(at) is not None else None
