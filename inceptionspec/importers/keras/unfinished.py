"""What functions of Keras have put together so far, where several of them are one operator.

A model may spell out a pool with gaps as slices of a map and their maxima, or a channel shuffle
as two reshapes. The steps wait here until what they come to is read by something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import Any, Literal, NamedTuple

from inceptionspec.importers.keras.building import Builder, Value
from inceptionspec.importers.problems import RefusedError
from inceptionspec.ops.attribute_types import EXPLICIT_PADDING, SIDES
from inceptionspec.ops.channels import shuffled
from inceptionspec.ops.record import Pads, Shape

_NONE: Pads = (0, 0, 0, 0)


class Pixels(NamedTuple):
    """Which pixels of an axis are taken: some steps of it, from several places on.

    Attributes:
        starts: pixels before the first of each, in rising order.
        trims: pixels after the last that each may have.
        step: from one pixel to the next.
    """

    starts: tuple[int, ...] = (0,)
    trims: tuple[int, ...] = (0,)
    step: int = 1

    @property
    def gap(self) -> int:
        """How far the places are apart; 1 where there is one."""
        return self.starts[1] - self.starts[0] if len(self.starts) > 1 else 1

    @property
    def edges(self) -> tuple[int, int]:
        """Pixels at both ends that none of them takes."""
        return self.starts[0], self.trims[-1]

    def joined(self, other: Pixels) -> Pixels | None:
        """Those of both, if they are as far apart as those of a window."""
        starts, trims = self.starts + other.starts, self.trims + other.trims
        steps = zip(pairwise(starts), pairwise(trims), strict=True)
        gaps = {(after - before, less - more) for (before, after), (more, less) in steps}
        if len(gaps) != 1 or self.step != other.step:
            return None
        ((gap, shrunk),) = gaps
        return Pixels(starts, trims, self.step) if gap > 0 and shrunk == -gap else None


ALL = Pixels()
"""Each pixel of an axis."""


@dataclass(frozen=True, slots=True)
class Taps:
    """Pixels of a map, or what those of a window come to.

    Attributes:
        name: of the last function.
        source: the map.
        pads: pixels around it.
        fill: what these hold.
        axes: the pixels along height and width.
        how: how several become one.
        factor: what a sum is multiplied by.
        channels: the first and the last of those that are left, if not all.
        ones: whether each pixel is 1, whatever the map has.
    """

    name: str
    source: Value
    pads: Pads = _NONE
    fill: float = 0.0
    axes: tuple[Pixels, Pixels] = (ALL, ALL)
    how: Literal["", "max", "sum"] = ""
    factor: float = 1.0
    channels: tuple[int, int] | None = None
    ones: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it is the map, or the map with something around it."""
        return self.axes == (ALL, ALL) and not self.how and self.channels is None

    @property
    def window(self) -> tuple[int, int]:
        """How many pixels become one, per axis."""
        return len(self.axes[0].starts), len(self.axes[1].starts)

    def taken(self, axis: int, pixels: Pixels) -> Taps:
        """Some pixels of an axis of which all were left."""
        axes = (pixels, self.axes[1]) if axis == 0 else (self.axes[0], pixels)
        return replace(self, axes=axes)

    def combined(self, other: Taps, how: Literal["max", "sum"], name: str) -> Taps | None:
        """The larger or the sum of two, if that is what a larger window comes to."""
        for axis in (0, 1):
            pixels = self.axes[axis].joined(other.axes[axis])
            same = replace(other, name=self.name, axes=self.axes, how=self.how) == self
            if pixels is None or not same or self.axes[1 - axis] != other.axes[1 - axis]:
                continue
            if {self.how, other.how} <= {"", how} and self.channels is None:
                return replace(self.taken(axis, pixels), how=how, name=name)
        return None

    def over(self, ones: Taps, name: str, build: Builder) -> Value | None:
        """A sum over as many pixels of the map as it has: a mean that leaves padding out."""
        alike = replace(ones, name=self.name, ones=self.ones) == self
        if not alike or not ones.ones or self.ones or self.how != "sum" or self.fill:
            return None
        return replace(self, name=name)._pool("avg_pool", build)

    def finished(self, build: Builder) -> Value:
        """The tensor that a layer can read.

        Raises:
            RefusedError: no operator yields it.
        """
        if self.ones:
            raise RefusedError("E0721", "a map of ones has no operator")
        if self.how == "max":
            padded = self if self.fill == -inf else self._with_zeros(build)
            return padded._pool("max_pool", build)
        if self.how == "sum":
            if any(self.pads) and self.fill:
                raise RefusedError("E0722", f"a mean of a map with {self.fill:g} around it")
            value = self._pool("avg_pool", build, counted=any(self.pads))
            height, width = self.window
            factor = self.factor * height * width
            if abs(factor - 1) < 1e-6:
                return value
            return build.add(self.name, "rescale", {"scale": factor}, [value])
        return self._picked(build)

    def _with_zeros(self, build: Builder) -> Taps:
        """The same of a map that was padded before."""
        if not any(self.pads):
            return self
        if self.fill:
            reason = f"a map with {self.fill:g} around it is no pool's input"
            raise RefusedError("E0722", reason)
        given = {"padding": EXPLICIT_PADDING.write(self.pads)}
        source = build.add(self.name, "pad", given, [self.source])
        return replace(self, source=source, pads=_NONE)

    def _pool(self, op: str, build: Builder, *, counted: bool = False) -> Value:
        rows, columns = self.axes
        edges = (*rows.edges, *columns.edges)
        source = self.source
        if any(edges):
            if any(self.pads):
                raise RefusedError("E0722", "a window over a part of a padded map has no operator")
            source = build.add(self.name, "crop", {"pixels": _four(edges)}, [source])
        given = {
            "kernel": "x".join(map(str, self.window)),
            "stride": SIDES.write((rows.step, columns.step)),
            "dilation": SIDES.write((rows.gap, columns.gap)),
            "padding": EXPLICIT_PADDING.write(self.pads) if any(self.pads) else "valid",
        }
        if op == "avg_pool":
            given["count_padding"] = counted
        return build.add(self.name, op, given, [source])

    def _picked(self, build: Builder) -> Value:
        """Pixels and channels that are only left over."""
        source = self._with_zeros(build).source
        rows, columns = self.axes
        edges = (*rows.edges, *columns.edges)
        if any(edges):
            source = build.add(self.name, "crop", {"pixels": _four(edges)}, [source])
        if (rows.step, columns.step) != (1, 1):
            stride = SIDES.write((rows.step, columns.step))
            given = {"kernel": "1x1", "stride": stride, "padding": "valid"}
            source = build.add(self.name, "max_pool", given, [source])
        if self.channels is not None:
            start, stop = self.channels
            source = build.add(self.name, "slice", {"start": start, "stop": stop}, [source])
        return source


def side_by_side(parts: Sequence[Taps], name: str, build: Builder) -> Value | None:
    """The pixels of blocks as channels, if that is what the parts are."""
    first = parts[0]
    block = first.axes[0].step
    if block * block != len(parts):
        return None
    places = [(row, column) for row in range(block) for column in range(block)]
    wanted = [
        replace(first, axes=(Pixels((row,), (0,), block), Pixels((column,), (0,), block)))
        for row, column in places
    ]
    found = [replace(one, name=first.name) for one in parts]
    if block == 1 or found != wanted or first.channels is not None:
        return None
    source = first._with_zeros(build).source
    return build.add(name, "space_to_depth", {"block_size": block}, [source])


class _Joined(NamedTuple):
    """An operator that cuts the axes of a map, reorders the parts, and joins them to a shape."""

    sides: tuple[int, ...]
    order: tuple[int, ...]
    shape: Shape
    op: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Split:
    """A map whose axes were cut into parts, which may have changed places.

    Attributes:
        source: the map.
        sides: of the parts, in the order of the map.
        order: where each part came from.
    """

    source: Value
    sides: tuple[int, ...]
    order: tuple[int, ...]

    def finished(self, build: Builder) -> Value:
        """Never: the axes are not joined again.

        Raises:
            RefusedError: always.
        """
        raise RefusedError("E0722", "a map of other axes than height, width and channels")

    def joined(self, shape: Shape, name: str, build: Builder) -> Value | None:
        """The map that the parts are when they are joined to a shape; None where no operator is."""
        for one in self._operators():
            if (self.sides, self.order, shape) == one[:3]:
                return build.add(name, one.op, one.attributes, [self.source])
        return None

    def _operators(self) -> Iterator[_Joined]:
        """What a map of known size can be cut and joined to."""
        height, width, channels = (side or 0 for side in self.source.shape or ())
        for part in {*self.sides} - {0, 1}:
            inner, square = channels // part, part * part
            yield _Joined(
                (height, width, part, inner), (0, 1, 3, 2), (height, width, channels),
                "channel_shuffle", {"groups": part},
            )  # fmt: skip
            yield _Joined(
                (height, width, part, part, channels // square), (0, 2, 1, 3, 4),
                (height * part, width * part, channels // square),
                "depth_to_space", {"block_size": part},
            )  # fmt: skip
            rows, columns = height // part, width // part
            yield _Joined(
                (rows, part, columns, part, channels), (0, 2, 1, 3, 4),
                (rows, columns, channels * square), "space_to_depth", {"block_size": part},
            )  # fmt: skip


Unfinished = Taps | Split


def as_taps(value: Value | Unfinished, name: str) -> Taps | None:
    """A map or pixels of one as pixels; None for anything else."""
    if isinstance(value, Taps):
        return value
    if isinstance(value, Value) and value.shape is not None and len(value.shape) == 3:
        return Taps(name, value)
    return None


def shuffle_of(order: list[int]) -> int | None:
    """The number of groups by which channels are shuffled into an order; None for another."""
    count = len(order)
    return next(
        (n for n in range(2, count) if count % n == 0 and list(shuffled(count, n)) == order), None
    )


def _four(edges: tuple[int, ...]) -> dict[str, int]:
    return dict(zip(("top", "bottom", "left", "right"), edges, strict=True))
