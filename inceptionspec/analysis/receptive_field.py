"""Receptive fields and strides."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, lcm
from typing import NamedTuple

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import POINTWISE, Window
from inceptionspec.ops.window import padding_pixels

LARGEST = 1 << 53
"""The largest number that every reader of JSON takes; larger fields are left out."""
_LONGEST_PERIOD = 1 << 10
"""Of pixels that see fields of different sizes; beyond it fields are left out."""


class Field(NamedTuple):
    """The pixels of the input that one output pixel sees, height and width.

    Attributes:
        first: the first row and column that the output pixel (0, 0) sees. It is negative
            where that pixel sees padding.
        last: the last row and column that it sees.
        strides: the distance between the fields of neighboring output pixels, per axis;
            None on an axis where paths of different strides meet in a single pixel, and where
            fields are less than a pixel apart or not evenly, as upsampling makes them.
        most: the most rows and columns that any output pixel sees, where pixels of an upsampled
            map see more or less; None where all see what the first one does.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    strides: tuple[int | None, int | None]
    most: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels: last minus first plus 1, or the most of all pixels."""
        if self.most is not None:
            return self.most
        height, width = (self.last[axis] - self.first[axis] + 1 for axis in (0, 1))
        return height, width

    @property
    def stride(self) -> tuple[int, int] | None:
        """Both strides, or None where one is unknown."""
        height, width = self.strides
        return None if height is None or width is None else (height, width)


class _Interval(NamedTuple):
    """The fields on one axis: those of as many neighboring pixels as there are different ones.

    Pixel o sees what pixel o modulo the period sees, moved by ``step`` for each period. Without
    upsampling the period is 1. ``step`` is None where paths of different strides meet in a single
    pixel.
    """

    firsts: tuple[int, ...]
    lasts: tuple[int, ...]
    step: int | None

    @property
    def period(self) -> int:
        """The number of pixels after which fields repeat, moved by a step."""
        return len(self.firsts)

    @property
    def rate(self) -> tuple[int, int] | None:
        """The mean distance of neighboring fields, as a fraction in lowest terms."""
        if self.step is None:
            return None
        common = gcd(self.step, self.period)
        return self.step // common, self.period // common

    def repeated(self, times: int) -> _Interval:
        """The same fields, written for several periods."""
        if times == 1 or self.step is None:
            return self
        moves = [period * self.step for period in range(times)]
        return _Interval(
            tuple(first + move for move in moves for first in self.firsts),
            tuple(last + move for move in moves for last in self.lasts),
            self.step * times,
        )


_PIXEL = _Interval((0,), (0,), 1)


def receptive_fields(graph: Graph) -> tuple[Field | None, ...]:
    """The field of each node, in the order of nodes.

    It is None from a global pool or a dense layer on, where paths of different strides
    meet in a map (its pixels see fields of different sizes), and beyond 2^53 pixels.

    Convention: per axis, the union of the intervals of all paths; nothing is clipped at
    the edge of the image, and padding counts as pixels. Where each path's interval starts
    follows its padding. Behind upsampling, pixels see fields of different sizes: the size is that
    of the largest. A factor that a product spreads over a map (a gate), as the mean and
    variance of a group norm, sees the whole image and is left out. An open side counts as a
    multiple of every stride.
    """
    fields: list[tuple[_Interval, _Interval] | None] = []
    for node in graph.nodes:
        fields.append(_intervals(node, graph.nodes, fields))
    return tuple(None if pair is None else _field(*pair) for pair in fields)


def largest_field(graph: Graph) -> tuple[int, int] | None:
    """Height and width of the largest field of any node, by area; None where none is known."""
    sizes = [field.size for field in receptive_fields(graph) if field is not None]
    return max(sizes, key=lambda size: (size[0] * size[1], size), default=None)


def _field(rows: _Interval, columns: _Interval) -> Field:
    axes = (rows, columns)
    most = None
    if any(axis.period > 1 for axis in axes):
        height, width = (
            max(last - first + 1 for first, last in zip(axis.firsts, axis.lasts, strict=True))
            for axis in axes
        )
        most = (height, width)
    return Field(
        (rows.firsts[0], columns.firsts[0]),
        (rows.lasts[0], columns.lasts[0]),
        (_even(rows), _even(columns)),
        most,
    )


def _even(axis: _Interval) -> int | None:
    """The distance of neighboring fields, where all have one."""
    return axis.step if axis.period == 1 else None


def _intervals(
    node: Node, nodes: Sequence[Node], fields: Sequence[tuple[_Interval, _Interval] | None]
) -> tuple[_Interval, _Interval] | None:
    if not node.inputs:
        return _PIXEL, _PIXEL
    sides = node.shape[:-1]
    # What has other sides than the result is spread over it.
    sources = [fields[index] for index in node.inputs if nodes[index].shape[:-1] == sides]
    if len(node.inputs) == 1:
        sources = [fields[node.inputs[0]]]
    known = [source for source in sources if source is not None]
    source_shape = nodes[node.inputs[0]].shape
    window = OPS[node.op].window(node.attributes)
    if window is None and source_shape[:2] == node.shape[:2] == (1, 1):
        window = POINTWISE  # the whole of a map of one pixel
    if window is None or len(known) < len(sources):
        return None
    # On an open side the padding is that of a multiple of the stride.
    shape = tuple(
        step if side is None else side
        for side, step in zip(source_shape, (*window.stride, 0), strict=False)
    )
    pads = None
    if window.ends is None and "padding" in node.attributes:
        pads = padding_pixels(node.attributes, shape)
    axes = []
    for axis in (0, 1):
        met = _union([pair[axis] for pair in known], None if len(sides) < 2 else sides[axis])
        grown = None if met is None else _grown(met, window, axis, pads[2 * axis] if pads else 0)
        if grown is None:
            return None
        axes.append(grown)
    return axes[0], axes[1]


def _union(fields: Sequence[_Interval], side: int | None) -> _Interval | None:
    """What pixels see through all paths; None where paths of different strides meet."""
    if len(set(fields)) == 1:
        return fields[0]
    rates = {one.rate for one in fields}
    if len(rates) > 1 or None in rates:
        if side != 1 and len(rates) > 1:
            return None
        # Of a map of one pixel, that pixel's field is the union.
        return _Interval(
            (min(one.firsts[0] for one in fields),), (max(one.lasts[0] for one in fields),), None
        )
    period = lcm(*(one.period for one in fields))
    if period > _LONGEST_PERIOD:
        return None
    alike = [one.repeated(period // one.period) for one in fields]
    return _shortest(
        tuple(map(min, zip(*(one.firsts for one in alike), strict=True))),
        tuple(map(max, zip(*(one.lasts for one in alike), strict=True))),
        alike[0].step,
    )


def _grown(source: _Interval, window: Window, axis: int, before: int) -> _Interval | None:
    """A field after a window, with some pixels of padding before the map."""
    first, last = -before, (window.kernel[axis] - 1) * window.dilation[axis] - before
    if window.ends is not None:
        first, last = window.ends[axis]
    stride, up = window.stride[axis], window.up[axis]
    if source.step is None:
        return source if first == last == 0 and up == 1 else None
    if source.period == up == 1:  # nearly everywhere
        ends = source.firsts[0] + first * source.step, source.lasts[0] + last * source.step
        step = source.step * stride
        wide = max(ends[1] - ends[0] + 1, step) > LARGEST
        return None if wide else _Interval(ends[:1], ends[1:], step)
    period = source.period * up // gcd(source.period * up, stride)
    if period > _LONGEST_PERIOD:
        return None
    firsts, lasts = [], []
    for pixel in range(period):
        whole, rest = divmod((stride * pixel + first) // up, source.period)
        firsts.append(source.firsts[rest] + whole * source.step)
        whole, rest = divmod((stride * pixel + last) // up, source.period)
        lasts.append(source.lasts[rest] + whole * source.step)
    step = source.step * stride * period // (source.period * up)
    sizes = [b - a + 1 for a, b in zip(firsts, lasts, strict=True)]
    return None if max(*sizes, step) > LARGEST else _shortest(tuple(firsts), tuple(lasts), step)


def _shortest(firsts: tuple[int, ...], lasts: tuple[int, ...], step: int | None) -> _Interval:
    """Fields written for their shortest period."""
    period = len(firsts)
    if period == 1 or step is None:
        return _Interval(firsts, lasts, step)
    for shorter in range(1, period // 2 + 1):
        if period % shorter or step % (period // shorter):
            continue
        move = step // (period // shorter)
        if all(
            values[at] == values[at - shorter] + move
            for values in (firsts, lasts)
            for at in range(shorter, period)
        ):
            return _Interval(firsts[:shorter], lasts[:shorter], move)
    return _Interval(firsts, lasts, step)
