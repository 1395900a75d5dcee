"""Where everything is: rows along the flow, branches side by side across it.

A network is a row of boxes, forks and merges (see ``structure``), so that its picture is
made from the inside out: no edge crosses a box, branches keep their order, and every
trunk is straight, by construction. The engine gets positions and draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inceptionspec.drawing.diagram.geometry import FlowRect, Layout, Point, Route, Tap
from inceptionspec.drawing.diagram.structure import Fork, Framed, Item, Leaf, Structure

GAP = 16.0
"""Between two boxes of a row: an arrow with its head."""
BUS, FAN = 5.0, 17.0
"""From a fork to where its edges part, and to the first boxes of its branches."""
BESIDE = 16.0
"""Between two branches."""
LANE = 14.0
"""Between an edge without a box and what is next to it."""
PAD = 10.0
"""Between a frame and what it holds."""
NEAR = 20.0
"""A branch this near to the middle is moved into it."""
BAR = 14.0
"""How far a merge reaches beyond the edges that come in from its outer branches."""
TAP = 9.0
"""The height of a row in which an edge goes to a head."""
HEADS = 34.0
"""Between the trunk and the column of heads."""
LABEL_NEAR, LABEL_BESIDE = 3.0, 4.0
"""Between a label and the box before it, and between it and its edge."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much room everything takes, along the flow and across it.

    Attributes:
        boxes: of each box; merges reach as far as their branches do.
        bars: the boxes that may be drawn as wide as their branches.
        labels: of the label after a box, where it has one.
        titles: of the title of a frame.
        side: whether labels are on the far side of an edge (1) or the near one (-1).
        title_along: whether the title of a frame comes before what it holds, next to the
            edge that enters; otherwise it is next to all of it.
    """

    boxes: Sequence[tuple[float, float]]
    bars: frozenset[int]
    labels: Mapping[int, tuple[float, float]]
    titles: Mapping[str, tuple[float, float]]
    side: int
    title_along: bool


def lay_out(structure: Structure, sizes: Sizes) -> Layout:
    """The whole network: its trunk, and its heads in a column next to it."""
    return _Builder(structure, sizes).whole()


class _Builder:
    def __init__(self, structure: Structure, sizes: Sizes) -> None:
        self.structure = structure
        self.sizes = sizes
        self.readers: dict[int, list[int]] = {}
        for number, head in enumerate(structure.heads):
            self.readers.setdefault(head.source, []).append(number)

    def whole(self) -> Layout:
        """The trunk with all heads."""
        whole = self._with_last_taps(self._row(self.structure.trunk))
        whole.routes += whole.entries
        waiting = dict(enumerate(self.structure.heads))
        while waiting and whole.taps:
            rows = {
                tap.head: self._with_last_taps(self._row(waiting.pop(tap.head).row))
                for tap in whole.taps
            }
            self._column(whole, rows)
        return whole

    def _with_last_taps(self, layout: Layout) -> Layout:
        """Ways to heads that read what a row ends in."""
        self._after(layout, layout.exit, layout.exit_end)
        return layout

    # The column of heads

    def _column(self, whole: Layout, rows: Mapping[int, Layout]) -> None:
        """Put heads next to everything so far, each as high as its source allows."""
        taps = sorted(whole.taps, key=lambda tap: tap.points[-1][0])
        whole.taps = []
        side = whole.high + HEADS
        lanes = side + LANE / 2 * (len(taps) - 1)
        axis = lanes + max(rows[tap.head].low for tap in taps) + (LANE if len(taps) > 1 else 0)
        free = taps[0].points[-1][0]
        for number, tap in enumerate(taps):
            row = rows[tap.head]
            level = tap.points[-1][0]
            start = max(level + GAP, free)
            way: tuple[Point, ...] = ((level, axis),)
            if start > level + GAP:
                lane = lanes - LANE / 2 * number
                way = ((level, lane), (start - GAP, lane), (start - GAP, axis))
            whole.take(row, start, axis)
            for entry in row.entries:
                whole.routes.append(entry.moved(start, axis).after(*tap.points, *way))
            whole.taps += [tap.moved(start, axis) for tap in row.taps]
            free = start + row.along + 2 * GAP
            whole.high = max(whole.high, axis + row.high)
            whole.along = max(whole.along, start + row.along)

    # Rows

    def _row(self, items: Sequence[Item], across: float | None = None) -> Layout:
        """Items in a row on one axis; boxes outside of branches are equally wide."""
        across = self._width(items) if across is None else across
        row = Layout(0, 0, 0, -1, 0)
        for item in items:
            layout = self._item(item, across)
            if row.exit >= 0:
                self._after(row, row.exit, row.exit_end)
                row.along += GAP
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

    def _after(self, row: Layout, box: int, start: float) -> None:
        """Room at the end of a row for the label of its last box, and for edges to heads."""
        if box in self.sizes.labels:
            along, across = self.sizes.labels[box]
            near = row.along + LABEL_NEAR
            if self.sizes.side > 0:
                row.labels[box] = FlowRect(near, near + along, LABEL_BESIDE, LABEL_BESIDE + across)
                row.high = max(row.high, LABEL_BESIDE + across)
            else:
                row.labels[box] = FlowRect(
                    near, near + along, -LABEL_BESIDE - across, -LABEL_BESIDE
                )
                row.low = max(row.low, LABEL_BESIDE + across)
            row.along = near + along
        for head in self.readers.get(box, ()):
            row.along += TAP
            row.taps.append(Tap(head, ((start, 0.0), (row.along, 0.0), (row.along, row.high))))

    def _item(self, item: Item, across: float) -> Layout:
        if isinstance(item, Leaf):
            return self._leaf(item.box, across)
        if isinstance(item, Framed):
            return self._framed(item, across)
        return self._fork(item)

    def _leaf(self, box: int, across: float) -> Layout:
        along = self.sizes.boxes[box][0]
        half = across / 2
        layout = Layout(along, half, half, box, along)
        layout.boxes[box] = FlowRect(0, along, -half, half)
        layout.entries.append(Route(box, 0, ((0.0, 0.0),)))
        return layout

    def _framed(self, item: Framed, across: float) -> Layout:
        """A row with a frame around it, and the title of the frame off the edge that comes in."""
        row = self._row(item.row, across)
        title_along, title_across = self.sizes.titles[item.key]
        start, low = PAD, row.low + PAD
        if self.sizes.title_along:
            start = max(PAD, title_along + PAD / 2)
            low = max(low, title_across + PAD)
        elif title_across:
            low += title_across
        along = start + row.along + PAD
        if not self.sizes.title_along:
            along = max(along, title_along + PAD)
        layout = Layout(along, low, row.high + PAD, row.exit, start + row.exit_end)
        layout.frames[item.key] = FlowRect(0, along, -low, layout.high)
        corner = FlowRect(0, title_along, 0, title_across)
        layout.titles[item.key] = corner.moved(
            *((PAD / 4, PAD / 2 - low) if self.sizes.title_along else (PAD / 2, PAD / 4 - low))
        )
        layout.take(row, start, 0)
        layout.entries = [entry.moved(start, 0).after((0.0, 0.0)) for entry in row.entries]
        layout.taps = [tap.moved(start, 0) for tap in row.taps]
        return layout

    # Branches

    def _fork(self, fork: Fork) -> Layout:
        """Branches side by side between the edge that they share and the box where they meet."""
        columns = [self._row(branch) if branch else None for branch in fork.branches]
        ends = []
        for column in columns:
            if column is not None:
                self._after(column, column.exit, column.exit_end)
                ends.append(FAN + column.along)
        places = _places(columns)
        layout = Layout(0, 0, 0, fork.merge, 0)
        level = max(ends, default=FAN)
        for column, place in zip(columns, places, strict=True):
            if column is None:
                continue
            layout.take(column, FAN, place)
            gap = place + column.high + LANE / 2
            for tap in column.taps:
                level += TAP
                *points, (s, _) = tap.moved(FAN, place).points
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
            low, high = max(low, BAR - min(ends)), max(high, max(ends) + BAR)
        room = GAP if is_bar or not any(ends) else FAN
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
            fan: tuple[Point, ...] = ((0.0, 0.0), (BUS, 0.0), (BUS, place))
            if column is not None:
                layout.entries += [entry.moved(FAN, place).after(*fan) for entry in column.entries]
                out: tuple[Point, ...] = ((FAN + column.exit_end, place),)
                layout.routes.append(
                    Route(fork.merge, number, (*out, *_merge_entry(box, place, is_bar)))
                )
            elif number in sides:
                same = [side for side in sides if (places[side] < 0) == (place < 0)]
                s = start + along * (same.index(number) + 1) / (len(same) + 1)
                edge = -low if place < 0 else high
                layout.entries.append(Route(fork.merge, number, (*fan, (s, place), (s, edge))))
            else:
                into = _merge_entry(box, place, is_bar)
                layout.entries.append(Route(fork.merge, number, (*fan, *into)))


def _merge_entry(box: FlowRect, place: float, is_bar: bool) -> tuple[Point, ...]:
    """How an edge enters a merge: straight into a bar, or else into the middle of a box."""
    if is_bar:
        return ((box.s0, place),)
    turn = box.s0 - FAN + BUS
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


def _places(columns: Sequence[Layout | None]) -> list[float]:
    """Where the axis of each branch is: all centered, or the only one with boxes."""
    places: list[float] = []
    for number, column in enumerate(columns):
        before = columns[number - 1]
        bare = column is None or before is None
        gap = (LANE if bare else BESIDE) if number else 0
        reach = (places[-1] + _high(before)) if number else 0.0
        places.append(reach + gap + _low(column))
    filled = [at for column, at in zip(columns, places, strict=True) if column is not None]
    if len(filled) == 1:
        middle = filled[0]
    else:
        span = (-_low(columns[0]) + places[0], places[-1] + _high(columns[-1]))
        middle = round(sum(span) / 2)
        nearest = min(places, key=lambda at: abs(at - middle))
        if abs(nearest - middle) <= NEAR:
            middle = nearest
    return [at - middle for at in places]
