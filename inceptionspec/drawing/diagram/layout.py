"""Where everything stands: rows along the flow, branches side by side across it.

A network is a row of boxes, forks and merges (see ``structure``), so that its picture is
made from the inside out: no edge crosses a box, branches stand in their order, and every
trunk is straight, by construction. The engine gets positions and draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inceptionspec.drawing.diagram.geometry import FlowRect, Piece, Point, Route, Tap
from inceptionspec.drawing.diagram.structure import Fork, Framed, Item, Leaf, Structure

GAP = 16.0
"""Between two boxes of a row: an arrow with its head."""
BUS, FAN = 5.0, 17.0
"""From a fork to where its edges part, and to the first boxes of its branches."""
BESIDE = 16.0
"""Between two branches."""
LANE = 14.0
"""Between what stands beside an edge that has no box, and that edge."""
PAD = 10.0
"""Between a frame and what it holds."""
NEAR = 20.0
"""A branch that is so near to the middle stands in it."""
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
        labels: of the label behind a box, where it has one.
        titles: of the title of a frame.
        side: whether labels stand on the far side of an edge (1) or the near one (-1).
        title_along: whether the title of a frame stands before what it holds, beside the
            edge that comes in; otherwise beside all of it.
    """

    boxes: Sequence[tuple[float, float]]
    bars: frozenset[int]
    labels: Mapping[int, tuple[float, float]]
    titles: Mapping[str, tuple[float, float]]
    side: int
    title_along: bool


def lay_out(structure: Structure, sizes: Sizes) -> Piece:
    """The whole network: its trunk, and its heads in a column beside it."""
    return _Layout(structure, sizes).whole()


class _Layout:
    def __init__(self, structure: Structure, sizes: Sizes) -> None:
        self.structure = structure
        self.sizes = sizes
        self.readers: dict[int, list[int]] = {}
        for number, head in enumerate(structure.heads):
            self.readers.setdefault(head.source, []).append(number)

    def whole(self) -> Piece:
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

    def _with_last_taps(self, piece: Piece) -> Piece:
        """Ways to heads that read what a row ends in."""
        self._after(piece, piece.exit, piece.exit_end)
        return piece

    # The column of heads

    def _column(self, whole: Piece, rows: Mapping[int, Piece]) -> None:
        """Put heads beside all that there is, each as high as its source allows."""
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
            whole.taps += [one.moved(start, axis) for one in row.taps]
            free = start + row.along + 2 * GAP
            whole.high = max(whole.high, axis + row.high)
            whole.along = max(whole.along, start + row.along)

    # Rows

    def _row(self, items: Sequence[Item], across: float | None = None) -> Piece:
        """Items one after the other on one axis, boxes that stand alone equally wide."""
        across = self._width(items) if across is None else across
        row = Piece(0, 0, 0, -1, 0)
        for item in items:
            piece = self._item(item, across)
            if row.exit >= 0:
                self._after(row, row.exit, row.exit_end)
                row.along += GAP
                start = (row.exit_end, 0.0)
                row.routes += [one.moved(row.along, 0).after(start) for one in piece.entries]
            else:
                row.entries = piece.entries
            row.take(piece, row.along, 0)
            row.taps += [tap.moved(row.along, 0) for tap in piece.taps]
            row.exit, row.exit_end = piece.exit, row.along + piece.exit_end
            row.along += piece.along
            row.low, row.high = max(row.low, piece.low), max(row.high, piece.high)
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

    def _after(self, row: Piece, box: int, start: float) -> None:
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

    def _item(self, item: Item, across: float) -> Piece:
        if isinstance(item, Leaf):
            return self._leaf(item.box, across)
        if isinstance(item, Framed):
            return self._framed(item, across)
        return self._fork(item)

    def _leaf(self, box: int, across: float) -> Piece:
        along = self.sizes.boxes[box][0]
        half = across / 2
        piece = Piece(along, half, half, box, along)
        piece.boxes[box] = FlowRect(0, along, -half, half)
        piece.entries.append(Route(box, 0, ((0.0, 0.0),)))
        return piece

    def _framed(self, item: Framed, across: float) -> Piece:
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
        piece = Piece(along, low, row.high + PAD, row.exit, start + row.exit_end)
        piece.frames[item.key] = FlowRect(0, along, -low, piece.high)
        corner = FlowRect(0, title_along, 0, title_across)
        piece.titles[item.key] = corner.moved(
            *((PAD / 4, PAD / 2 - low) if self.sizes.title_along else (PAD / 2, PAD / 4 - low))
        )
        piece.take(row, start, 0)
        piece.entries = [one.moved(start, 0).after((0.0, 0.0)) for one in row.entries]
        piece.taps = [tap.moved(start, 0) for tap in row.taps]
        return piece

    # Branches

    def _fork(self, fork: Fork) -> Piece:
        """Branches side by side between the edge that they share and the box where they meet."""
        columns = [self._row(branch) if branch else None for branch in fork.branches]
        ends = []
        for column in columns:
            if column is not None:
                self._after(column, column.exit, column.exit_end)
                ends.append(FAN + column.along)
        places = _places(columns)
        piece = Piece(0, 0, 0, fork.merge, 0)
        level = max(ends, default=FAN)
        for column, place in zip(columns, places, strict=True):
            if column is None:
                continue
            piece.take(column, FAN, place)
            gap = place + column.high + LANE / 2
            for tap in column.taps:
                level += TAP
                *points, (s, _) = tap.moved(FAN, place).points
                piece.taps.append(Tap(tap.head, (*points, (s, gap), (level, gap))))
        self._merge(piece, fork, columns, places, level)
        sides = list(zip(columns, places, strict=True))
        piece.low = max([piece.low, *(_low(one) - at for one, at in sides)])
        piece.high = max([piece.high, *(_high(one) + at for one, at in sides)])
        far = piece.high
        piece.taps = [Tap(head, (*way, (way[-1][0], far))) for head, way in piece.taps]
        return piece

    def _merge(
        self,
        piece: Piece,
        fork: Fork,
        columns: Sequence[Piece | None],
        places: Sequence[float],
        level: float,
    ) -> None:
        """The box where branches meet, and all edges of a fork."""
        along, across = self.sizes.boxes[fork.merge]
        filled = [at for one, at in zip(columns, places, strict=True) if one is not None]
        inner = _between(columns, places)
        low, high = across / 2, across / 2
        is_bar = fork.merge in self.sizes.bars
        ends = [at for at in (*filled, *(places[one] for one in inner)) if at]
        if is_bar and ends:
            low, high = max(low, BAR - min(ends)), max(high, max(ends) + BAR)
        room = GAP if is_bar or not any(ends) else FAN
        start = level + room
        box = FlowRect(start, start + along, -low, high)
        piece.boxes[fork.merge] = box
        piece.along = piece.exit_end = box.s1
        piece.low, piece.high = max(piece.low, low), max(piece.high, high)
        sides = [one for one in range(len(columns)) if columns[one] is None and one not in inner]
        for number, (column, place) in enumerate(zip(columns, places, strict=True)):
            fan: tuple[Point, ...] = ((0.0, 0.0), (BUS, 0.0), (BUS, place))
            if column is not None:
                piece.entries += [one.moved(FAN, place).after(*fan) for one in column.entries]
                out: tuple[Point, ...] = ((FAN + column.exit_end, place),)
                piece.routes.append(Route(fork.merge, number, (*out, *_into(box, place, is_bar))))
            elif number in sides:
                same = [one for one in sides if (places[one] < 0) == (place < 0)]
                s = start + along * (same.index(number) + 1) / (len(same) + 1)
                edge = -low if place < 0 else high
                piece.entries.append(Route(fork.merge, number, (*fan, (s, place), (s, edge))))
            else:
                into = _into(box, place, is_bar)
                piece.entries.append(Route(fork.merge, number, (*fan, *into)))


def _into(box: FlowRect, place: float, is_bar: bool) -> tuple[Point, ...]:
    """How an edge comes into a merge: straight, or where that is no bar, by its middle."""
    if is_bar:
        return ((box.s0, place),)
    turn = box.s0 - FAN + BUS
    return ((turn, place), (turn, 0.0), (box.s0, 0.0))


def _low(column: Piece | None) -> float:
    return 0.0 if column is None else column.low


def _high(column: Piece | None) -> float:
    return 0.0 if column is None else column.high


def _between(columns: Sequence[Piece | None], places: Sequence[float]) -> list[int]:
    """The branches without a box that stand between others, or have none beside them."""
    filled = [one for one, column in enumerate(columns) if column is not None]
    empty = [one for one, column in enumerate(columns) if column is None]
    if not filled:
        return empty
    return [one for one in empty if filled[0] < one < filled[-1]]


def _places(columns: Sequence[Piece | None]) -> list[float]:
    """Where the axis of each branch stands: all in the middle, or the only one that has boxes."""
    places: list[float] = []
    for number, column in enumerate(columns):
        before = columns[number - 1]
        bare = column is None or before is None
        gap = (LANE if bare else BESIDE) if number else 0
        reach = (places[-1] + _high(before)) if number else 0.0
        places.append(reach + gap + _low(column))
    filled = [at for one, at in zip(columns, places, strict=True) if one is not None]
    if len(filled) == 1:
        middle = filled[0]
    else:
        span = (-_low(columns[0]) + places[0], places[-1] + _high(columns[-1]))
        middle = round(sum(span) / 2)
        nearest = min(places, key=lambda at: abs(at - middle))
        if abs(nearest - middle) <= NEAR:
            middle = nearest
    return [at - middle for at in places]
