"""Color refinement: which vertices of two graphs have the same place in them.

A vertex is first told by all that leads to it: its label and the colors of its inputs. Where
several have one color, what reads them tells them apart, at which position, until nothing changes.
A vertex whose color one vertex of each graph has is settled and keeps it, so that a part that
differs, such as another head, says nothing of the layers before it. Time is linear in the edges for
the first step; the second sees only what is not settled.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from inceptionspec.weights.matching.layer_graph import LayerGraph, Vertex

#: More choices among equals than this are not made one by one.
_MOST_CHOICES = 512
Members = tuple[list[int], list[int]]
"""Vertices of one color, of either graph."""


class Refinement:
    """The colors of two graphs.

    Attributes:
        graphs: both.
        pairs: settled vertices of the first with those of the second.
    """

    def __init__(self, first: LayerGraph, second: LayerGraph) -> None:
        self.graphs = (first, second)
        self.pairs: dict[int, int] = {}
        self._palette: dict[object, int] = {}
        self._readers = tuple(_readers(graph) for graph in self.graphs)
        self._leads_on = tuple(_before_products(graph) for graph in self.graphs)
        self._colors: tuple[list[int], list[int]] = ([], [])
        self._forward()
        self._last_of_any_width()
        self._refine()

    def open_classes(self) -> list[Members]:
        """Vertices that are not settled and have equals in the other graph."""
        found = [members for members in self._classes().values() if all(members)]
        return sorted(found, key=lambda members: members[0])

    def choose(self, may: Callable[[Sequence[int]], bool]) -> list[Members]:
        """Settle what may be exchanged without a change: the first with the first, and so on.

        Args:
            may: whether some vertices of the first graph are as good as each other.

        Returns:
            the classes that stay open.
        """
        for _ in range(_MOST_CHOICES):
            equal = next(
                (
                    members
                    for members in self.open_classes()
                    if len(members[0]) == len(members[1]) and may(members[0])
                ),
                None,
            )
            if equal is None:
                break
            color = self._color(("chosen", equal[0][0]))
            for side in (0, 1):
                self._colors[side][equal[side][0]] = color
            self.pairs[equal[0][0]] = equal[1][0]
            self._refine()
        return self.open_classes()

    def color(self, vertex: int) -> int:
        """The color of a vertex of the first graph."""
        return self._colors[0][vertex]

    def is_consistent(self) -> bool:
        """Whether settled vertices read settled ones that are each other's."""
        first, second = self.graphs
        for one, other in self.pairs.items():
            mine, theirs = first.vertices[one], second.vertices[other]
            read = [self.pairs.get(source, -1) for source in mine.inputs]
            if -1 in read:
                continue
            if not mine.is_ordered:
                read, inputs = sorted(read), sorted(theirs.inputs)
            else:
                inputs = list(theirs.inputs)
            if read != inputs:
                return False
        return True

    def _color(self, key: object) -> int:
        return self._palette.setdefault(key, len(self._palette))

    def _forward(self) -> None:
        """Color every vertex by what leads to it."""
        for graph, colors in zip(self.graphs, self._colors, strict=True):
            for vertex in graph.vertices:
                colors.append(self._color((vertex.label, *self._of_inputs(vertex, colors))))

    def _of_inputs(self, vertex: Vertex, colors: Sequence[int]) -> list[int]:
        inputs = [colors[source] for source in vertex.inputs]
        return inputs if vertex.is_ordered else sorted(inputs)

    def _last_of_any_width(self) -> None:
        """Products that lead to no other and have no equals may have any number of filters."""
        fresh: list[tuple[int, int, object]] = []
        for side in (0, 1):
            known = set(self._colors[1 - side])  # which is not changed before both are seen
            for index, vertex in enumerate(self.graphs[side].vertices):
                is_last = vertex.is_product and not any(
                    self._leads_on[side][reader] for reader, _ in self._readers[side][index]
                )
                if is_last and self._colors[side][index] not in known:
                    kind, shape, *window = vertex.label
                    read = self._of_inputs(vertex, self._colors[side])
                    fresh.append((side, index, ("last", kind, shape[:-1], *window, *read)))
        for side, index, key in fresh:
            self._colors[side][index] = self._color(key)

    def _classes(self) -> dict[int, Members]:
        """Vertices that are not settled, by color."""
        settled = (self.pairs.keys(), set(self.pairs.values()))
        classes: dict[int, Members] = defaultdict(lambda: ([], []))
        for side in (0, 1):
            for index, color in enumerate(self._colors[side]):
                if index not in settled[side]:
                    classes[color][side].append(index)
        return classes

    def _refine(self) -> None:
        """Settle what can be; color the rest by its readers, until no class splits."""
        before = (-1, -1)
        while True:
            classes = self._classes()
            for color, (mine, theirs) in list(classes.items()):
                if len(mine) == len(theirs) == 1:
                    self.pairs[mine[0]] = theirs[0]
                    del classes[color]
            waiting = {color: members for color, members in classes.items() if all(members)}
            state = (len(self.pairs), len(waiting))
            if not waiting or state == before:
                return
            before = state
            self._split(waiting)

    def _split(self, classes: dict[int, Members]) -> None:
        """New colors from old ones, those of the inputs, and those of readers at their places."""
        counts = [Counter(colors) for colors in self._colors]
        sure = {color for color, count in counts[0].items() if counts[1][color] == count}
        fresh: list[tuple[int, int, object]] = []
        for color, members in classes.items():
            for side in (0, 1):
                for index in members[side]:
                    fresh.append((side, index, (color, *self._surroundings(side, index, sure))))
        for side, index, key in fresh:
            self._colors[side][index] = self._color(key)

    def _surroundings(self, side: int, index: int, sure: set[int]) -> tuple[object, object]:
        colors = self._colors[side]
        inputs = self._of_inputs(self.graphs[side].vertices[index], colors)
        readers = sorted(
            (colors[reader], place)
            for reader, place in self._readers[side][index]
            if colors[reader] in sure
        )
        return tuple(inputs), tuple(readers)


def _readers(graph: LayerGraph) -> list[list[tuple[int, int]]]:
    """Who reads each vertex, and as which of the inputs where their order matters."""
    readers: list[list[tuple[int, int]]] = [[] for _ in graph.vertices]
    for index, vertex in enumerate(graph.vertices):
        for place, source in enumerate(vertex.inputs):
            readers[source].append((index, place if vertex.is_ordered else 0))
    return readers


def _before_products(graph: LayerGraph) -> list[bool]:
    """Which vertices have weights, or lead to one that has."""
    counted = [bool(vertex.weights) for vertex in graph.vertices]
    for index in reversed(range(len(counted))):
        if counted[index]:
            for source in graph.vertices[index].inputs:
                counted[source] = True
    return counted
