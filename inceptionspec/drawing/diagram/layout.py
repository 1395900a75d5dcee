"""Where everything is: the trunk in one line or several, and heads next to it.

Lines of a trunk that is wrapped are read like text: an edge leads from the end of each to the
beginning of the next, between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inceptionspec.drawing.diagram.geometry import FlowRect, Layout, Point
from inceptionspec.drawing.diagram.rows import Rows, Sizes
from inceptionspec.drawing.diagram.structure import HeadRow, Item, Structure

__all__ = ["Sizes", "lay_out"]


def lay_out(structure: Structure, sizes: Sizes) -> Layout:
    """The whole network: its trunk, and its heads in a column next to it."""
    return _Builder(structure, sizes).whole()


class _Builder:
    def __init__(self, structure: Structure, sizes: Sizes) -> None:
        self.structure = structure
        self.sizes = sizes
        self.space = sizes.space
        self.rows = Rows(structure.heads, sizes)

    def whole(self) -> Layout:
        """All lines of the trunk with all heads."""
        waiting = dict(enumerate(self.structure.heads))
        *before, last = self.structure.lines or (self.structure.trunk,)
        lines = [self._line(items, waiting, carried=True) for items in before]
        lines.append(self._line(last, waiting, carried=False))
        return self._joined(lines)

    def _line(self, items: Sequence[Item], waiting: dict[int, HeadRow], *, carried: bool) -> Layout:
        """A line of the trunk with the heads that read it."""
        line = self.rows.row(items)
        self.rows.after(line, line.exit, line.exit_end, labeled=not carried)
        while waiting and line.taps:
            rows = {
                tap.head: self._with_last_taps(self.rows.row(waiting.pop(tap.head).row))
                for tap in line.taps
            }
            self._column(line, rows)
        return line

    def _with_last_taps(self, layout: Layout) -> Layout:
        """Ways to heads that read what a row ends in."""
        self.rows.after(layout, layout.exit, layout.exit_end)
        return layout

    # Lines

    def _joined(self, lines: Sequence[Layout]) -> Layout:
        """Lines next to each other, each with the edge that leads to the next."""
        whole, *others = lines
        whole.routes += whole.entries
        end, axis, along = whole.exit_end, 0.0, whole.along
        for line in others:
            box, space = whole.exit, self.space
            label_along, label_across = self.sizes.shapes[box]
            near = space.label_near + space.bus
            start = near + label_along + space.gap
            beside = space.label_beside + label_across
            if self.sizes.side > 0:
                line.high = max(line.high, beside)
                label = FlowRect(near, near + label_along, space.label_beside, beside)
            else:
                line.low = max(line.low, beside)
                label = FlowRect(near, near + label_along, -beside, -space.label_beside)
            lane, below = whole.high + space.heads / 2, along + space.gap
            following = whole.high + space.heads + line.low
            way: tuple[Point, ...] = (
                (end, axis), (below, axis), (below, lane), (0.0, lane), (0.0, following)
            )  # fmt: skip
            whole.take(line, start, following)
            whole.labels[box] = label.moved(0.0, following)
            whole.routes += [entry.moved(start, following).after(*way) for entry in line.entries]
            end, axis, along = start + line.exit_end, following, start + line.along
            whole.exit, whole.exit_end = line.exit, end
            whole.along = max(whole.along, along, below)
            whole.high = following + line.high
        return whole

    # The column of heads

    def _column(self, line: Layout, rows: Mapping[int, Layout]) -> None:
        """Put heads next to everything so far, each as high as its source allows."""
        space = self.space
        taps = sorted(line.taps, key=lambda tap: tap.points[-1][0])
        line.taps = []
        first = taps[0].points[-1][0]
        reach = line.high
        if self.structure.lines:
            length = sum(row.along + 2 * space.gap for row in rows.values())
            reach = _reach(line, first, taps[-1].points[-1][0] + length)
        side = reach + space.heads
        lanes = side + space.lane / 2 * (len(taps) - 1)
        axis = lanes + max(rows[tap.head].low for tap in taps)
        axis += space.lane if len(taps) > 1 else 0
        free = first
        for number, tap in enumerate(taps):
            row = rows[tap.head]
            level = tap.points[-1][0]
            start = max(level + space.gap, free)
            way: tuple[Point, ...] = ((level, axis),)
            if start > level + space.gap:
                lane = lanes - space.lane / 2 * number
                way = ((level, lane), (start - space.gap, lane), (start - space.gap, axis))
            line.take(row, start, axis)
            for entry in row.entries:
                line.routes.append(entry.moved(start, axis).after(*tap.points, *way))
            line.taps += [tap.moved(start, axis) for tap in row.taps]
            free = start + row.along + 2 * space.gap
            line.high = max(line.high, axis + row.high)
            line.along = max(line.along, start + row.along)


def _reach(line: Layout, start: float, end: float) -> float:
    """How far across the flow anything reaches that is between two places along it."""
    rects = [*line.boxes.values(), *line.frames.values(), *line.titles.values()]
    rects += line.labels.values()
    found = [rect.t1 for rect in rects if rect.s0 <= end and rect.s1 >= start]
    found += [
        point[1]
        for route in (*line.routes, *line.entries)
        for point in route.points
        if start <= point[0] <= end
    ]
    return max(found, default=0.0)
