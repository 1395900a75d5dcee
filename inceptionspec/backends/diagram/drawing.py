"""Boxes, frames and edges to DOT, in the order of the spec.

The package `graphviz` quotes what is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from inceptionspec.analyses.costs import costs, total
from inceptionspec.backends.diagram import palette, style
from inceptionspec.backends.diagram.boxes import Box, Fold, Frame, boxes_of, forks_of, frames_of
from inceptionspec.backends.diagram.labels import (
    SEPARATOR,
    cost_text,
    details_text,
    label_text,
    layer_count,
    operator_text,
    title_text,
)
from inceptionspec.graph import Graph
from inceptionspec.ops import OPS
from inceptionspec.ops.record import shape_text

if TYPE_CHECKING:
    import graphviz

LONGEST_RUN = 12
"""Above so many lines a run of layers is cut short."""

_Turn = tuple[int, int, str]
"""A place in a row: after which box, which of those there, and what stands in it."""


class Drawing:
    """One diagram on its way to DOT."""

    def __init__(self, graph: Graph, fold: Fold) -> None:
        import graphviz

        self.graph = graph
        self.frames = frames_of(graph)
        self.boxes = boxes_of(graph, fold, self.frames)
        self.forks = forks_of(self.boxes)
        self.contents = self._contents()
        self.costs = costs(graph)
        self.dot = graphviz.Digraph("network")

    def source(self) -> str:
        """The whole text."""
        self.dot.attr("graph", **style.GRAPH, label=label_text([self.graph.name]))
        self.dot.attr("node", **style.NODE)
        self.dot.attr("edge", **style.EDGE)
        with self.dot.subgraph(name="cluster network") as outer:
            outer.attr(label=label_text([title_text(self.graph)]), **style.SUBTITLE)
            self._frame(outer, "", 0)
            self._legend(outer)
            self._edges(outer)
        return str(self.dot.source)

    # Boxes and frames

    def _contents(self) -> dict[str, list[int | str]]:
        """What stands directly in each frame, in order: boxes by place, frames by key."""
        contents: dict[str, list[int | str]] = {"": []}
        for at, box in enumerate(self.boxes):
            item: int | str = at
            frame = box.frame
            while frame not in contents:
                contents[frame] = [item]
                item, frame = frame, self.frames.by_key[frame].parent
            contents[frame].append(item)
        return contents

    def _frame(self, dot: graphviz.Digraph, key: str, depth: int) -> None:
        """Everything inside a frame, in the order of the spec."""
        rows: dict[int, list[_Turn]] = {}
        for item in self.contents[key]:
            if isinstance(item, str):
                with dot.subgraph(name=f"cluster {item}") as inner:
                    self._title(inner, self.frames.by_key[item], depth)
                    self._frame(inner, item, depth + 1)
                continue
            box = self.boxes[item]
            self._box(dot, box)
            rows.setdefault(box.rank, []).append((item, 0, box.key))
            for rank, turn, look in self._points(item):
                dot.node(turn[2], "", **look)
                rows.setdefault(rank, []).append(turn)
        for row in rows.values():
            self._side_by_side(dot, [name for *_, name in sorted(row)])

    def _side_by_side(self, dot: graphviz.Digraph, names: list[str]) -> None:
        """Keep boxes of one rank in the order of the spec.

        An engine may cross edges as it likes to shorten them, and `ordering=out` does not
        bind what lies in a frame. An edge between two boxes of one rank does: it is never
        drawn from right to left.
        """
        if len(names) < 2:
            return
        with dot.subgraph() as row:
            row.attr(rank="same")
            for left, right in pairwise(names):
                row.edge(left, right, style="invis")

    def _title(self, dot: graphviz.Digraph, frame: Frame, depth: int) -> None:
        """The look and the title of a frame, the title in its last row if there is room.

        Edges go around what stands in a row, but right across the titles of frames.
        """
        auxiliary = frame.head is not None and frame.head.name != self.graph.main
        look = {
            **style.FRAME,
            "fillcolor": palette.FRAMES[depth % len(palette.FRAMES)],
            **(style.AUXILIARY if auxiliary else {}),
        }
        parts = (frame.title, *frame.subtitle)
        merge = self._closing_merge(frame)
        if merge is None:
            place = style.AT_FOOT if frame.head else style.AT_HEAD
            dot.attr(label=label_text(parts, place["labeljust"]), **{**look, **place})
            return
        dot.attr(label="", **look)
        name = f"{frame.key} title"
        dot.node(name, label_text([f" {SEPARATOR} ".join(parts)]), **style.TITLE)
        with dot.subgraph() as row:
            row.attr(rank="same")
            row.edge(name, self.boxes[merge].key, style="invis", weight="0")
        left = self.boxes[merge].inputs[0]
        if self.boxes[left].frame == frame.key:
            dot.edge(self.boxes[left].key, name, style="invis", weight="3")

    def _closing_merge(self, frame: Frame) -> int | None:
        """The merge that stands alone in the last row of a block; None if there is none."""
        *others, last = self.contents[frame.key]
        if not isinstance(last, int) or len(self.boxes[last].inputs) < 2:
            return None
        rank = self.boxes[last].rank
        alone = all(isinstance(one, str) or self.boxes[one].rank < rank for one in others)
        return last if alone else None

    def _box(self, dot: graphviz.Digraph, box: Box) -> None:
        colour = palette.PALETTE[box.category]
        look = style.MARKED if self._is_auxiliary(box) and not box.frame else {}
        dot.node(
            box.key,
            label_text(self._lines(box)),
            fillcolor=colour.fill,
            fontcolor=colour.text,
            **look,
        )

    def _lines(self, box: Box) -> list[str]:
        if box.key in self.frames.by_key and not box.frame:
            return self._folded(box, self.frames.by_key[box.key])
        if len(box.nodes) > 1:
            return self._run(box)
        node = box.nodes[0]
        same = [self.graph.nodes[one].shape for one in node.inputs] == [node.shape]
        quiet = same and OPS[node.op].in_place
        return [operator_text(node), details_text(node), "" if quiet else shape_text(node.shape)]

    def _folded(self, box: Box, frame: Frame) -> list[str]:
        last = box.nodes[-1] if frame.head is None else self.graph.nodes[frame.head.output]
        cost = total(self.costs[node.index] for node in box.nodes)
        subtitle = frame.subtitle or (layer_count(len(box.nodes)),)
        return [frame.title, *subtitle, shape_text(last.shape), cost_text(cost)]

    def _run(self, box: Box) -> list[str]:
        lines = [
            ", ".join(filter(None, (operator_text(node), details_text(node)))) for node in box.nodes
        ]
        if len(lines) > LONGEST_RUN:
            left_out = len(lines) - LONGEST_RUN + 1
            lines = [*lines[: LONGEST_RUN - 2], f"{left_out} more", lines[-1]]
        name = box.nodes[0].branch.rpartition("/")[2]
        return [name, *lines, shape_text(box.nodes[-1].shape)]

    # Edges

    def _edges(self, dot: graphviz.Digraph) -> None:
        straight = self._straight()
        for at, box in enumerate(self.boxes):
            for number, source in enumerate(box.inputs):
                name = self.boxes[source].key
                if self._is_empty(at, number):
                    bead = self._bead(at, number)
                    dot.edge(name, bead, **style.SHORTCUT, arrowhead="none", headclip="false")
                    dot.edge(bead, box.key, **style.SHORTCUT, tailclip="false")
                else:
                    dot.edge(
                        name, box.key, weight=style.HEAVY if (source, at) in straight else None
                    )
            spine = [name for _, (*_, name) in self._spine(at)]
            if spine:
                whole = [self.boxes[self.forks[at]].key, *spine, box.key]
                for upper, lower in pairwise(whole):
                    dot.edge(upper, lower, style="invis", weight=style.HEAVY)

    def _straight(self) -> set[tuple[int, int]]:
        """The edges that stand upright: the trunk, each branch, and the middle one throughout."""
        trunk = [at for at, box in enumerate(self.boxes) if not self._is_auxiliary(box)]
        readers = Counter(source for at in trunk for source in self.boxes[at].inputs)
        straight = {
            (box.inputs[0], at)
            for at, box in enumerate(self.boxes)
            if len(box.inputs) == 1
            and readers[box.inputs[0]] < 2
            and self._is_auxiliary(self.boxes[box.inputs[0]]) == self._is_auxiliary(box)
        }
        for at in trunk:
            filled = self._filled(at)
            if len(filled) % 2:
                straight.update(self._upwards(at, self.boxes[at].inputs[filled[len(filled) // 2]]))
        return straight

    def _upwards(self, at: int, source: int) -> Iterator[tuple[int, int]]:
        """The edges of a branch from its end to its fork; inner merges have spines of their own."""
        fork = self.forks[at]
        yield source, at
        while source != fork:
            above = self.forks[source]
            if len(self.boxes[source].inputs) == 1:
                yield above, source
            source = above

    def _is_auxiliary(self, box: Box) -> bool:
        return box.nodes[0].head not in ("", self.graph.main)

    # Branches

    def _is_empty(self, at: int, number: int) -> bool:
        """Whether a branch of a merge has no layer: it hands on what the others read."""
        inputs = self.boxes[at].inputs
        return len(inputs) > 1 and inputs[number] == self.forks[at]

    def _filled(self, at: int) -> list[int]:
        """The branches of a merge that have a layer."""
        inputs = self.boxes[at].inputs
        if len(inputs) < 2:
            return []
        return [number for number in range(len(inputs)) if not self._is_empty(at, number)]

    def _points(self, at: int) -> Iterator[tuple[int, _Turn, Mapping[str, str]]]:
        """What holds places in the rows between a fork and its merge: rank, place, look."""
        fork = self.forks[at]
        for number in range(len(self.boxes[at].inputs)):
            if self._is_empty(at, number):
                before = max(self.boxes[at].inputs[:number], default=fork)
                turn = (before, number + 1, self._bead(at, number))
                yield self.boxes[fork].rank + 1, turn, style.BEAD
        for rank, turn in self._spine(at):
            yield rank, turn, style.POINT

    def _bead(self, at: int, number: int) -> str:
        """The key of the point that an empty branch passes, to keep its turn among the others."""
        return f"{self.boxes[at].key} {number}"

    def _spine(self, at: int) -> Iterator[tuple[int, _Turn]]:
        """Where no branch is in the middle, a row of points is: merge and fork stand upright."""
        filled = self._filled(at)
        if len(filled) % 2:
            return
        inputs = self.boxes[at].inputs
        for rank in range(self.boxes[self.forks[at]].rank + 1, self.boxes[at].rank):
            if filled:
                before = max(inputs[: filled[len(filled) // 2]])
                yield rank, (before, len(inputs) + 1, f"{self.boxes[at].key} row {rank}")

    def _legend(self, dot: graphviz.Digraph) -> None:
        """What the colours mean, in a row above the input."""
        found = {box.category for box in self.boxes}
        names = [category for category in palette.PALETTE if category in found]
        if len(names) < 3:
            return
        for name in names:
            colour = palette.PALETTE[name]
            dot.node(
                f"legend {name}", name, **style.LEGEND, fillcolor=colour.fill, fontcolor=colour.text
            )
        keys = [f"legend {name}" for name in names]
        self._side_by_side(dot, keys)
        for middle in {keys[(len(keys) - 1) // 2]: None, keys[len(keys) // 2]: None}:
            dot.edge(middle, self.boxes[0].key, style="invis", weight=style.HEAVY)
