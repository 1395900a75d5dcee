"""Operators that name axes anew, join or cut them, and trade pixels for channels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from inceptionspec.importers.onnx.building import Operator
from inceptionspec.importers.onnx.ones import of_one_channel
from inceptionspec.importers.onnx.tensors import (
    BATCH,
    CHANNELS,
    DUMMY,
    FIRST,
    FLAT,
    HEIGHT,
    INNER,
    OUTER,
    REST,
    VECTOR,
    WIDTH,
    Constant,
    Labels,
    Tensor,
)
from inceptionspec.ops.channels import shuffled

_FAR = 1 << 31
_SAMPLES = 6


def transpose(now: Operator) -> Tensor:
    """Transpose: other names for the axes."""
    source = now.tensor()
    order = now.given("perm", tuple(reversed(range(len(source.labels)))))
    if sorted(order) != list(range(len(source.labels))):
        raise now.refused("an order of axes that its input does not have")
    return source._replace(labels=tuple(source.labels[at] for at in order))


def flatten(now: Operator) -> Tensor:
    """Flatten behind the batch."""
    source = now.tensor()
    axis = now.given("axis", 1)
    if axis not in (1, 1 - len(source.labels)) or source.labels[0] != BATCH:
        raise now.refused(f"`axis` {axis}")
    return _flat(now, source)


def _flat(now: Operator, source: Tensor) -> Tensor:
    """All axes behind the batch as one."""
    inner = tuple(label for label in source.labels[1:] if label != DUMMY)
    if source.flattened is not None or not source.is_map:
        return source if source.flattened is not None else source._replace(labels=VECTOR)
    if sorted(inner) != sorted((CHANNELS, HEIGHT, WIDTH)):
        raise now.refused("axes that cannot be told apart")
    height, width, channels = source.shape
    made = now.layer("flatten", {}, [source], labels=VECTOR)
    if height == width == 1 or inner == (HEIGHT, WIDTH, CHANNELS):
        return made
    if None in (height, width, channels):
        raise now.refused("an order of features that depends on an open size")
    return made._replace(labels=(BATCH, FLAT), flattened=(inner, source.shape))


def reshape(now: Operator) -> Tensor:
    """Reshape: to a vector, to groups of channels, or to another number of axes of one element."""
    source = now.tensor()
    wanted = now.whole("shape", 1) if now.given("shape", None) is not None else now.numbers(1)
    if wanted is None:
        raise now.refused("no shape")
    if now.given("allowzero", 0) and 0 in wanted:
        raise now.refused("`allowzero` and a side of 0")
    target = _resolved(now, source, wanted)
    if source.grouped is not None:
        return _rejoined(now, source, target)
    labels = _relabeled(source, target)
    if labels is not None:
        if not source.is_map or not {HEIGHT, WIDTH} - set(labels):
            return source._replace(labels=labels)
        return now.layer("squeeze", {}, [source], labels=labels)
    if len(target) == 2:
        return _flat(now, source)
    if OUTER in source.labels:
        return _joined(now, source, target)
    return _split(now, source, target)


def _resolved(
    now: Operator, source: Tensor, wanted: Sequence[int | str | None]
) -> list[int | str | None]:
    """The sides of the result, the batch as itself; one that is left over is -1 if it is open."""
    sides: list[int | str | None] = [
        BATCH if label == BATCH else side
        for label, side in zip(source.labels, source.sides, strict=True)
    ]
    found = [sides[at] if side == 0 and at < len(sides) else side for at, side in enumerate(wanted)]
    if BATCH not in found and found:
        found[0] = BATCH  # a batch of one, or the side that is left over
    if -1 in found and None not in sides and None not in found:
        whole = int(np.prod([side for side in sides if isinstance(side, int)], dtype=object))
        rest = int(np.prod([s for s in found if isinstance(s, int) and s != -1], dtype=object)) or 1
        if whole % rest:
            raise now.refused("a shape that its input does not have")
        found[found.index(-1)] = whole // rest
    return found


def _relabeled(source: Tensor, target: Sequence[int | str | None]) -> Labels | None:
    """The labels of a shape with the same axes but for those of one element; None for others."""
    axes = [
        (label, side)
        for label, side in zip(source.labels, source.sides, strict=True)
        if label == BATCH or side != 1
    ]
    if source.flattened is not None or OUTER in source.labels:
        return None
    labels: list[str] = []
    for side in target:
        if axes and (side == BATCH or (side is not None and side == axes[0][1] and side != 1)):
            if (side == BATCH) != (axes[0][0] == BATCH):
                return None
            labels.append(axes.pop(0)[0])
        elif side == 1:
            labels.append(DUMMY)
        elif axes and side in (None, -1) and axes[0][1] is None and axes[0][0] != BATCH:
            labels.append(axes.pop(0)[0])
        else:
            return None
    if axes:
        return None
    if CHANNELS not in labels:  # a single channel is an axis of one element, too
        return None
    return tuple(labels)


def _split(now: Operator, source: Tensor, target: Sequence[int | str | None]) -> Tensor:
    """Channels in two axes: for a shuffle, or to normalize each group."""
    channels = source.shape[-1]
    if source.labels == FIRST and len(target) == 3:
        groups, rest = target[1:]
        if not isinstance(groups, int) or groups < 1 or channels is None or channels % groups:
            raise now.refused("a shape that no operator here gives")
        whole = None if None in source.shape else int(np.prod(source.shape, dtype=object))
        if rest not in (-1, None, None if whole is None else whole // groups):
            raise now.refused("a shape that no operator here gives")
        return source._replace(labels=(BATCH, OUTER, REST), groups=groups, expression=None)
    at = source.labels.index(CHANNELS) if CHANNELS in source.labels else -1
    if at < 0 or len(target) != len(source.labels) + 1 or channels is None:
        raise now.refused("a shape that no operator here gives")
    groups, inner = target[at : at + 2]
    around = [*target[:at], *target[at + 2 :]]
    others = [
        BATCH if label == BATCH else side
        for label, side in zip(source.labels, source.sides, strict=True)
        if label != CHANNELS
    ]
    fits = all(one == other or -1 in (one, other) or None in (one, other)
               for one, other in zip(around, others, strict=True))  # fmt: skip
    if not isinstance(groups, int) or not isinstance(inner, int) or groups * inner != channels:
        raise now.refused("a shape that no operator here gives")
    if not fits:
        raise now.refused("a shape that no operator here gives")
    labels = (*source.labels[:at], OUTER, INNER, *source.labels[at + 1 :])
    return source._replace(labels=labels, groups=groups, expression=None)


def _joined(now: Operator, source: Tensor, target: Sequence[int | str | None]) -> Tensor:
    """Channels that were in two axes in one again: in the old order, or shuffled."""
    labels, channels = source.labels, source.shape[-1]
    for pair, groups in (((OUTER, INNER), 0), ((INNER, OUTER), source.groups)):
        for at in range(len(labels) - 1):
            if labels[at : at + 2] != pair or len(target) != len(labels) - 1:
                continue
            if target[at] not in (channels, -1):
                continue
            made = source._replace(
                labels=(*labels[:at], CHANNELS, *labels[at + 2 :]), groups=0, expression=None
            )
            return now.layer("channel_shuffle", {"groups": groups}, [made]) if groups else made
    raise now.refused("axes of channels that are no shuffle")


def _rejoined(now: Operator, source: Tensor, target: Sequence[int | str | None]) -> Tensor:
    """A map whose groups of channels were normalized."""
    labels = VECTOR if INNER in source.labels else FIRST
    if len(target) != len(labels):
        raise now.refused("a shape that its input does not have")
    read = source._replace(labels=labels, groups=0, grouped=None, expression=None)
    given = {
        "groups": source.groups, "epsilon": source.grouped, "center": False, "scale": False,
    }  # fmt: skip
    return now.layer("group_norm", given, [read])


def squeeze(now: Operator) -> Tensor:
    """Squeeze: axes of one element are dropped; those of a map of 1x1 by a layer."""
    source = now.tensor()
    axes = now.whole("axes", 1)
    rank = len(source.labels)
    if axes is None:
        axes = tuple(at for at, side in enumerate(source.sides) if side == 1)
    places = {axis % rank for axis in axes if -rank <= axis < rank}
    dropped = {source.labels[at] for at in places}
    labels = tuple(label for at, label in enumerate(source.labels) if at not in places)
    if dropped & {BATCH, CHANNELS, FLAT, OUTER, INNER, REST}:
        raise now.refused("axes that are no height and width of 1")
    if source.is_map and dropped & {HEIGHT, WIDTH}:
        if {HEIGHT, WIDTH} - dropped:
            raise now.refused("one of height and width alone")
        return now.layer("squeeze", {}, [source], labels=labels)
    return source._replace(labels=labels)


def unsqueeze(now: Operator) -> Tensor:
    """Unsqueeze: axes of one element."""
    source = now.tensor()
    axes = now.whole("axes", 1) or ()
    rank = len(source.labels) + len(axes)
    if not all(-rank <= axis < rank for axis in axes):
        raise now.refused("axes that its output does not have")
    labels = list(source.labels)
    for axis in sorted(axis % rank for axis in axes):
        labels.insert(axis, DUMMY)
    return source._replace(labels=tuple(labels))


def concat(now: Operator) -> Tensor:
    """Concat along the channels."""
    tensors = [now.tensor(at) for at in range(len(now.node.inputs))]
    labels = tensors[0].labels
    axis = now.given("axis", 1)
    if len(tensors) == 1:
        return tensors[0]
    if any(tensor.is_map for tensor in tensors):
        tensors = [
            tensor if tensor.is_map else now.network.as_map(tensor) or tensor for tensor in tensors
        ]
        labels = tensors[0].labels
    if not -len(labels) <= axis < len(labels) or labels[axis] != CHANNELS:
        raise now.refused("another axis than that of the channels")
    if any(tensor.labels != labels for tensor in tensors):
        raise now.refused("tensors of several layouts")
    return now.layer("concat", {}, tensors)


def split(now: Operator) -> list[Tensor]:
    """Split of channels: a slice for each part."""
    source = now.tensor()
    axis, channels = now.given("axis", 0), source.shape[-1]
    parts = len(now.node.outputs)
    sizes = now.whole("split", 1)
    now.only(num_outputs=parts)
    if not -len(source.labels) <= axis < len(source.labels) or source.labels[axis] != CHANNELS:
        raise now.refused("another axis than that of the channels")
    if sizes is None and channels is not None:
        each = -(-channels // parts)
        sizes = tuple(min(each, channels - at * each) for at in range(parts))
    if sizes is None or len(sizes) != parts or min(sizes) < 1 or sum(sizes) != channels:
        raise now.refused("parts that are not its channels")
    made, start = [], 0
    for number, size in enumerate(sizes):
        bounds = {"start": start, "stop": start + size}
        made.append(now.layer("slice", bounds, [source], name=f"{now.name}/part_{number}"))
        start += size
    return made


def slice_(now: Operator) -> Tensor:
    """Slice: of channels, of the edges of a map, or of every so-manieth pixel."""
    source = now.tensor()
    if source.ones is not None:
        return of_one_channel(now, source)
    rank = len(source.labels)
    starts, ends = now.whole("starts", 1) or (), now.whole("ends", 2) or ()
    axes = now.whole("axes", 3) or tuple(range(len(starts)))
    steps = now.whole("steps", 4) or (1,) * len(axes)
    cut: dict[str, tuple[int, int]] = {}
    stride = {HEIGHT: 1, WIDTH: 1}
    tensor = source
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        label = source.labels[axis] if -rank <= axis < rank else ""
        side = source.side(label)
        if label == CHANNELS and side is not None and step == 1:
            first, last, _ = slice(start, end).indices(side)
            if (first, last) != (0, side):
                bounds = {"start": first, "stop": last}
                tensor = now.layer("slice", bounds, [tensor])
        elif label in (HEIGHT, WIDTH) and step >= 1 and source.is_map:
            cut[label] = _edges(now, start, end, side)
            stride[label] = step
        elif (start, step) != (0, 1) or (end < _FAR and end != side):
            raise now.refused("axes or steps that no operator here cuts")
    edges = (*cut.get(HEIGHT, (0, 0)), *cut.get(WIDTH, (0, 0)))
    if any(edges):
        sides = dict(zip(("top", "bottom", "left", "right"), edges, strict=True))
        tensor = now.layer("crop", {"pixels": sides}, [tensor])
    if stride != {HEIGHT: 1, WIDTH: 1}:
        given = {"kernel": "1x1", "stride": f"{stride[HEIGHT]}x{stride[WIDTH]}", "padding": "valid"}
        tensor = now.layer("max_pool", given, [tensor])
    return tensor


def _edges(now: Operator, start: int, end: int, side: int | None) -> tuple[int, int]:
    """Pixels before and after those that a slice keeps."""
    if side is not None:
        first, last, _ = slice(start, end).indices(side)
        return first, side - last
    if start < 0 or 0 <= end < _FAR:
        raise now.refused("bounds that depend on an open size")
    return start, 0 if end >= _FAR else -end


_MOST_SLICES = 8
"""Slices that an order of channels is spelled out by."""


def gather(now: Operator) -> Tensor:
    """Gather of channels: a slice, a shuffle, or a few slices in another order."""
    source, index = now.tensor(), now.constant(1)
    axis, channels = now.given("axis", 0), source.shape[-1]
    if not -len(source.labels) <= axis < len(source.labels) or source.labels[axis] != CHANNELS:
        raise now.refused("another axis than that of the channels")
    if len(index.shape) != 1 or channels is None or index.size > 1 << 16:
        raise now.refused("an index that is no list of channels")
    order = [int(at) % channels for at in index.read()]
    if order == list(range(order[0], order[0] + len(order))):
        return now.layer("slice", {"start": order[0], "stop": order[-1] + 1}, [source])
    for groups in range(2, channels):
        if channels % groups == 0 and order == shuffled(channels, groups):
            return now.layer("channel_shuffle", {"groups": groups}, [source])
    starts = [at for at in range(len(order)) if at == 0 or order[at] != order[at - 1] + 1]
    if not 1 < len(starts) <= _MOST_SLICES:
        raise now.refused("an order of channels that is no shuffle")
    parts = [order[at:end] for at, end in pairwise([*starts, len(order)])]
    bounds = [{"start": part[0], "stop": part[-1] + 1} for part in parts]
    slices = [
        now.layer("slice", one, [source], name=f"{now.name}/{one['start']}") for one in bounds
    ]
    return now.layer("concat", {}, slices)


def depth_to_space(now: Operator) -> Tensor:
    """DepthToSpace; where each block's pixels are innermost, a shuffle goes before."""
    source = now.map_first()
    block, mode = now.given("blocksize", 0), now.given("mode", "DCR")
    channels = source.shape[2] or 0
    if mode not in ("DCR", "CRD") or block < 1 or channels % (block * block):
        raise now.refused("a `mode` or a block that its channels do not fit")
    if mode == "CRD":
        groups = channels // (block * block)
        source = now.layer(
            "channel_shuffle", {"groups": groups}, [source], name=f"{now.name}/order"
        )
    return now.layer("depth_to_space", {"block_size": block}, [source])


def space_to_depth(now: Operator) -> Tensor:
    """SpaceToDepth."""
    return now.layer("space_to_depth", {"block_size": now.given("blocksize", 0)}, [now.map_first()])


_LARGEST_FACTOR = 1 << 12
"""More pixels of each are not looked at one by one."""


def resize(now: Operator) -> Tensor:
    """Resize, Upsample by a whole factor: copies, or interpolation between centers of pixels."""
    source = now.tensor()
    now.only(antialias=0, exclude_outside=0, extrapolation_value=0.0, cubic_coeff_a=-0.75,
             keep_aspect_ratio_policy="stretch")  # fmt: skip
    factors = _factors(now, source)
    mode = now.given("mode", "nearest")
    where = now.given("coordinate_transformation_mode", "half_pixel")
    rounding = now.given("nearest_mode", "round_prefer_floor")
    if now.node.kind == "Upsample":
        where, rounding = "asymmetric", "floor"
    if mode == "linear":
        if where not in ("half_pixel", "pytorch_half_pixel") and max(factors) > 1:
            raise now.refused(f"`coordinate_transformation_mode` {where}")
        method = "bilinear"
    elif mode == "nearest":
        if not all(_copies(factor, where, rounding) for factor in factors):
            raise now.refused(f"`nearest_mode` {rounding} with {where}")
        method = "nearest"
    else:
        raise now.refused(f"`mode` {mode}")
    rows, columns = factors
    factor = rows if rows == columns else f"{rows}x{columns}"
    return now.layer("upsample", {"factor": factor, "method": method}, [source])


def _factors(now: Operator, source: Tensor) -> tuple[int, int]:
    """By how much height and width grow."""
    legacy = now.node.kind == "Upsample"
    scales = now.value(1 if legacy else 2)
    given = now.given("scales", None)
    axes = now.given("axes", None) or tuple(range(len(source.labels)))
    numbers: dict[str, float] = {}
    labels = [source.labels[axis] for axis in axes]
    sizes = None if legacy else now.numbers(3)
    if given is not None or (isinstance(scales, Constant) and scales.size):
        found = given if given is not None else np.ravel(scales.read())  # type: ignore[union-attr]
        numbers = dict(zip(labels, map(float, found), strict=False))
    elif sizes is not None and source.is_map:
        for label, size in zip(labels, sizes, strict=False):
            side = source.side(label)
            if label in (HEIGHT, WIDTH):
                if not isinstance(size, int) or side is None:
                    raise now.refused("sizes that depend on an open size")
                numbers[label] = size / side
    else:
        raise now.refused("no factor that is known")
    others = [number for label, number in numbers.items() if label not in (HEIGHT, WIDTH)]
    rows, columns = (numbers.get(label, 1.0) for label in (HEIGHT, WIDTH))
    if any(number != 1 for number in others) or not source.is_map:
        raise now.refused("other axes than height and width")
    if not all(1 <= factor <= _LARGEST_FACTOR and factor % 1 == 0 for factor in (rows, columns)):
        raise now.refused(f"a factor that is no whole number of at most {_LARGEST_FACTOR:,}")
    return int(rows), int(columns)


def _copies(factor: int, where: str, rounding: str) -> bool:
    """Whether the pixel that is nearest is the one whose copy it would be."""
    places = np.arange(_SAMPLES * factor)
    if where == "asymmetric":
        at: Any = places / factor
    elif where in ("half_pixel", "pytorch_half_pixel"):
        at = (places + 0.5) / factor - 0.5
    elif where == "tf_half_pixel_for_nn":
        at = (places + 0.5) / factor
    else:
        return factor == 1
    rounded = {
        "floor": np.floor(at),
        "ceil": np.ceil(at),
        "round_prefer_floor": np.ceil(at - 0.5),
        "round_prefer_ceil": np.floor(at + 0.5),
    }.get(rounding)
    inside = None if rounded is None else np.clip(rounded, 0, _SAMPLES - 1)
    return inside is not None and bool((inside == places // factor).all())
