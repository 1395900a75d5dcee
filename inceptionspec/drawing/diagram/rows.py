"""Rows of boxes along the flow, and branches side by side across it.

A network is a row of boxes, forks and merges (see ``structure``), so that its picture is
made from the inside out: no edge crosses a box, branches keep their order, and every
trunk is straight, by construction. The engine gets positions and draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inceptionspec.drawing.diagram.density import Spacing
from inceptionspec.drawing.diagram.geometry import FlowRect, Layout, Point, Route, Tap
from inceptionspec.drawing.diagram.structure import Fork, Framed, HeadRow, Item, Leaf


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much room everything takes, along the flow and across it.

    Attributes:
        boxes: of each box; merges reach as far as their branches do.
        bars: the boxes that may be drawn as wide as their branches.
        labels: of the label after a box, where it has one.
        shapes: of the shape that comes out of a box, which is written where a line begins.
        titles: of the title of a frame.
        side: whether labels are on the far side of an edge (1) or the near one (-1).
        title_along: whether the title of a frame comes before what it holds, next to the
            edge that enters; otherwise it is next to all of it.
        alike: whether boxes in a row are as large across it as the largest of them.
        space: how far apart things stand.
    """

    boxes: Sequence[tuple[float, float]]
    bars: frozenset[int]
    labels: Mapping[int, tuple[float, float]]
    shapes: Mapping[int, tuple[float, float]]
    titles: Mapping[str, tuple[float, float]]
    side: int
    title_along: bool
    alike: bool
    space: Spacing


class Rows:
    """Lays out rows; what is next to the trunk is for others."""

    def __init__(self, heads: Sequence[HeadRow], sizes: Sizes) -> None:
        self.sizes = sizes
        self.space = sizes.space
        self.readers: dict[int, list[int]] = {}
        for number, head in enumerate(heads):
            self.readers.setdefault(head.source, []).append(number)

    def row(self, items: Sequence[Item], across: float | None = None) -> Layout:
        """Items in a row on one axis; boxes outside of branches are equally wide."""
        across = self._width(items) if across is None else across
        row = Layout(0, 0, 0, -1, 0)
        for item in items:
            layout = self.item(item, across)
            if row.exit >= 0:
                self.after(row, row.exit, row.exit_end)
                row.along += self.space.gap
                start = (row.exit_end, 0.0)
                row.routes += [entry.moved(row.along, 0).after(start) for entry in layout.entries]
            else:
                row.entries = layout.entries
            row.take(layout, row.along, 0)
            row.taps += [tap.moved(row.along, 0) for tap in layout.taps]
            row.exit, row.exit_end = layout.exit, row.along + layout.exit_end
            row.along += layout.along
            row.low, row.high = max(row.low, layout.low), max(row.high, layout.high)
        return row

    def _width(self, items: Sequence[Item]) -> float:
        """How wide the boxes of a row are, those in its frames included."""
        widest = 0.0
        for item in items:
            if isinstance(item, Leaf):
                widest = max(widest, self.sizes.boxes[item.box][1])
            elif isinstance(item, Framed):
                widest = max(widest, self._width(item.row))
        return widest

    def after(self, row: Layout, box: int, start: float, *, labeled: bool = True) -> None:
        """Room at the end of a row for the label of its last box, and for edges to heads."""
        if labeled and box in self.sizes.labels:
            along, across = self.sizes.labels[box]
            near = row.along + self.space.label_near
            if self.sizes.side > 0:
                row.labels[box] = FlowRect(
                    near, near + along, self.space.label_beside, self.space.label_beside + across
                )
                row.high = max(row.high, self.space.label_beside + across)
            else:
                row.labels[box] = FlowRect(
                    near, near + along, -self.space.label_beside - across, -self.space.label_beside
                )
                row.low = max(row.low, self.space.label_beside + across)
            row.along = near + along
        for head in self.readers.get(box, ()):
            row.along += self.space.tap
            row.taps.append(Tap(head, ((start, 0.0), (row.along, 0.0), (row.along, row.high))))

    def item(self, item: Item, across: float) -> Layout:
        """One item of a row, whose boxes are as wide as those of the row."""
        if isinstance(item, Leaf):
            return self._leaf(item.box, across)
        if isinstance(item, Framed):
            return self._framed(item, across)
        return self._fork(item)

    def _leaf(self, box: int, across: float) -> Layout:
        along = self.sizes.boxes[box][0]
        half = (across if self.sizes.alike else self.sizes.boxes[box][1]) / 2
        layout = Layout(along, half, half, box, along)
        layout.boxes[box] = FlowRect(0, along, -half, half)
        layout.entries.append(Route(box, 0, ((0.0, 0.0),)))
        return layout

    def _framed(self, item: Framed, across: float) -> Layout:
        """A row with a frame around it, and the title of the frame off the edge that comes in."""
        row, space = self.row(item.row, across), self.space
        title_along, title_across = self.sizes.titles[item.key]
        start, low = space.pad, row.low + space.pad
        if self.sizes.title_along:
            start = max(space.pad, title_along + space.title_near + space.pad / 4)
            low = max(low, title_across + 2 * space.title)
        elif title_across:
            low += title_across + space.title_near - space.pad / 4
        along = start + row.along + space.pad
        if not self.sizes.title_along:
            along = max(along, title_along + 2 * space.title)
        layout = Layout(along, low, row.high + space.pad, row.exit, start + row.exit_end)
        layout.frames[item.key] = FlowRect(0, along, -low, layout.high)
        corner = FlowRect(0, title_along, 0, title_across)
        layout.titles[item.key] = corner.moved(
            *(
                (space.title_near, space.title - low)
                if self.sizes.title_along
                else (space.title, space.title_near - low)
            )
        )
        layout.take(row, start, 0)
        layout.entries = [entry.moved(start, 0).after((0.0, 0.0)) for entry in row.entries]
        layout.taps = [tap.moved(start, 0) for tap in row.taps]
        return layout

    # Branches

    def _fork(self, fork: Fork) -> Layout:
        """Branches side by side between the edge that they share and the box where they meet."""
        columns = [self.row(branch) if branch else None for branch in fork.branches]
        ends = []
        for column in columns:
            if column is not None:
                self.after(column, column.exit, column.exit_end)
                ends.append(self.space.fan + column.along)
        places = _places(columns, self.space)
        if fork.merge not in self.sizes.bars:
            _around_box(places, columns, self.sizes.boxes[fork.merge][1] / 2, self.space.lane)
        layout = Layout(0, 0, 0, fork.merge, 0)
        level = max(ends, default=self.space.fan)
        for column, place in zip(columns, places, strict=True):
            if column is None:
                continue
            layout.take(column, self.space.fan, place)
            gap = place + column.high + self.space.lane / 2
            for tap in column.taps:
                level += self.space.tap
                *points, (s, _) = tap.moved(self.space.fan, place).points
                layout.taps.append(Tap(tap.head, (*points, (s, gap), (level, gap))))
        self._merge(layout, fork, columns, places, level)
        sides = list(zip(columns, places, strict=True))
        layout.low = max([layout.low, *(_low(column) - at for column, at in sides)])
        layout.high = max([layout.high, *(_high(column) + at for column, at in sides)])
        far = layout.high
        layout.taps = [Tap(head, (*way, (way[-1][0], far))) for head, way in layout.taps]
        return layout

    def _merge(
        self,
        layout: Layout,
        fork: Fork,
        columns: Sequence[Layout | None],
        places: Sequence[float],
        level: float,
    ) -> None:
        """The box where branches meet, and all edges of a fork."""
        along, across = self.sizes.boxes[fork.merge]
        filled = [at for column, at in zip(columns, places, strict=True) if column is not None]
        inner = _between(columns, places)
        low, high = across / 2, across / 2
        is_bar = fork.merge in self.sizes.bars
        ends = [at for at in (*filled, *(places[number] for number in inner)) if at]
        if is_bar and ends:
            low, high = max(low, self.space.bar - min(ends)), max(high, max(ends) + self.space.bar)
        room = self.space.gap if is_bar or not any(ends) else self.space.fan
        start = level + room
        box = FlowRect(start, start + along, -low, high)
        layout.boxes[fork.merge] = box
        layout.along = layout.exit_end = box.s1
        layout.low, layout.high = max(layout.low, low), max(layout.high, high)
        sides = [
            number
            for number in range(len(columns))
            if columns[number] is None and number not in inner
        ]
        for number, (column, place) in enumerate(zip(columns, places, strict=True)):
            fan: tuple[Point, ...] = ((0.0, 0.0), (self.space.bus, 0.0), (self.space.bus, place))
            if column is not None:
                layout.entries += [
                    entry.moved(self.space.fan, place).after(*fan) for entry in column.entries
                ]
                out: tuple[Point, ...] = ((self.space.fan + column.exit_end, place),)
                layout.routes.append(
                    Route(fork.merge, number, (*out, *_merge_entry(box, place, is_bar, self.space)))
                )
            elif number in sides:
                same = [side for side in sides if (places[side] < 0) == (place < 0)]
                s = start + along * (same.index(number) + 1) / (len(same) + 1)
                edge = -low if place < 0 else high
                layout.entries.append(Route(fork.merge, number, (*fan, (s, place), (s, edge))))
            else:
                into = _merge_entry(box, place, is_bar, self.space)
                layout.entries.append(Route(fork.merge, number, (*fan, *into)))


def _merge_entry(box: FlowRect, place: float, is_bar: bool, space: Spacing) -> tuple[Point, ...]:
    """How an edge enters a merge: straight into a bar, or else into the middle of a box."""
    if is_bar:
        return ((box.s0, place),)
    turn = box.s0 - space.fan + space.bus
    return ((turn, place), (turn, 0.0), (box.s0, 0.0))


def _low(column: Layout | None) -> float:
    return 0.0 if column is None else column.low


def _high(column: Layout | None) -> float:
    return 0.0 if column is None else column.high


def _between(columns: Sequence[Layout | None], places: Sequence[float]) -> list[int]:
    """The branches without a box that are between others, or all if none has a box."""
    filled = [number for number, column in enumerate(columns) if column is not None]
    empty = [number for number, column in enumerate(columns) if column is None]
    if not filled:
        return empty
    return [number for number in empty if filled[0] < number < filled[-1]]


def _around_box(
    places: list[float], columns: Sequence[Layout | None], half: float, lane: float
) -> None:
    """Move the outer edges without a box past a wide box that they enter from the side."""
    filled = [number for number, column in enumerate(columns) if column is not None]
    if not filled:
        return
    for rank, number in enumerate(reversed(range(filled[0])), start=1):
        places[number] = min(places[number], -half - rank * lane)
    for rank, number in enumerate(range(filled[-1] + 1, len(places)), start=1):
        places[number] = max(places[number], half + rank * lane)


def _places(columns: Sequence[Layout | None], space: Spacing) -> list[float]:
    """Where the axis of each branch is: all centered, or the only one with boxes."""
    places: list[float] = []
    for number, column in enumerate(columns):
        before = columns[number - 1]
        bare = column is None or before is None
        gap = (space.lane if bare else space.beside) if number else 0
        reach = (places[-1] + _high(before)) if number else 0.0
        places.append(reach + gap + _low(column))
    filled = [at for column, at in zip(columns, places, strict=True) if column is not None]
    if len(filled) == 1:
        middle = filled[0]
    else:
        span = (-_low(columns[0]) + places[0], places[-1] + _high(columns[-1]))
        middle = round(sum(span) / 2)
        nearest = min(places, key=lambda at: abs(at - middle))
        if abs(nearest - middle) <= space.near:
            middle = nearest
    return [at - middle for at in places]
