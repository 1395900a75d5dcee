"""The geometry of every built-in network at every fold level, read from the SVG.

Texts are measured in Helvetica, made wider by as much as the fonts are that stand in for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from operator import itemgetter

import pytest
from picture import Line, Picture, faults, read
from shapes import NESTED

import inceptionspec
from inceptionspec.drawing.diagram import ByCost, Direction, Fold, Options, draw
from inceptionspec.drawing.diagram.element_ids import Drawn
from inceptionspec.drawing.diagram.options import DIRECTIONS, FOLDS
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import OPS

EXCEPTIONS: Mapping[str, int] = {}
"""What is not as it should be: faults by network, fold level and kind, each with its reason.

There are none. A number here may fall and never rise.
"""
LARGE = ("inception_v3", "inception_v4", "inception_resnet_v2")
DRAWN = [
    *((name, fold, "TB") for name in NESTED for fold in FOLDS),
    *((name, fold, "LR") for name in LARGE for fold in FOLDS),
]


@cache
def graph_of(name: str) -> Graph:
    return inceptionspec.load(name).graph


@cache
def picture_of(name: str, fold: Fold, direction: Direction) -> Picture:
    return read(draw(graph_of(name), Options(fold=fold, direction=direction)))


@pytest.mark.parametrize(("name", "fold", "direction"), DRAWN)
def test_nothing_is_where_it_should_not_be(name: str, fold: Fold, direction: Direction) -> None:
    found = list(faults(picture_of(name, fold, direction)))
    counted = Counter(kind for kind, _ in found)
    allowed = {
        kind: EXCEPTIONS[f"{name} {fold} {direction} {kind}"]
        for kind in counted
        if f"{name} {fold} {direction} {kind}" in EXCEPTIONS
    }
    assert dict(counted) == allowed, found[:10]


def test_the_table_of_exceptions_is_of_networks_that_are_drawn() -> None:
    known = {f"{name} {fold} {direction}" for name, fold, direction in DRAWN}
    assert {" ".join(key.split(" ")[:3]) for key in EXCEPTIONS} <= known


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("measure", ["macs", "params", "memory"])
def test_heat_maps_have_room_for_their_numbers(direction: Direction, measure: str) -> None:
    options = Options("layers", direction=direction, coloring=ByCost(measure))  # type: ignore[arg-type]
    assert not list(faults(read(draw(graph_of("inception_v3"), options))))


# Order, trunks and columns


@pytest.mark.parametrize("fold", ["branches", "layers"])
@pytest.mark.parametrize("name", NESTED)
def test_branches_stand_in_the_order_of_the_spec(name: str, fold: Fold) -> None:
    picture = picture_of(name, fold, "TB")
    assert not list(disorder(picture, 0))


@pytest.mark.parametrize("name", LARGE)
def test_branches_stand_from_top_to_bottom_in_a_picture_to_the_right(name: str) -> None:
    assert not list(disorder(picture_of(name, "layers", "LR"), 1))


def disorder(picture: Picture, axis: int) -> Iterator[tuple[str, str, str]]:
    """Branches of a merge that come in, or begin, in another order than its inputs have.

    An edge that bends into the side of its merge comes in before the first or after the
    last of them: where its longest piece is tells.
    """
    into: dict[str, list[tuple[int, Line]]] = {}
    for edge in picture.edges:
        if edge.of is not None and edge.of.kind == "edge":
            into.setdefault(edge.to, []).append((edge.of.number, edge))
    for to, edges in into.items():
        lanes = [(number, _lane(edge, axis), edge) for number, edge in edges]
        for (one, first, _), (other, second, _) in combinations(
            sorted(lanes, key=itemgetter(0)), 2
        ):
            if first >= second:
                yield to, str(one), str(other)


def _lane(edge: Line, axis: int) -> float:
    """Across the flow, the place of the longest piece of an edge that runs along it."""
    best, place = 0.0, edge.points[0][axis]
    start = edge.points[0]
    for point in edge.points[1:]:
        if abs(point[axis] - start[axis]) > 0.01:
            start = point
        elif abs(point[1 - axis] - start[1 - axis]) > best:
            best, place = abs(point[1 - axis] - start[1 - axis]), point[axis]
    return place


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("name", NESTED)
def test_the_trunk_is_straight(name: str, fold: Fold) -> None:
    graph, picture = graph_of(name), picture_of(name, fold, "TB")
    beside = {head.name for head in graph.heads if head.name != graph.main}
    trunk = [
        shape
        for shape in picture.nodes.values()
        if shape.of is not None and _is_trunk(shape.of, spine(graph), beside, graph)
    ]
    assert len(trunk) > 1
    assert len({shape.box.middle[0] for shape in trunk}) == 1


def _is_trunk(of: Drawn, on_spine: set[str], beside: set[str], graph: Graph) -> bool:
    """Whether a box stands on the trunk: all blocks do; of layers those on every way.

    Merges do too, but may reach farther to one side than to the other.
    """
    if of.kind in ("block", "group"):
        return of.path not in beside
    return of.path in on_spine and OPS[graph.nodes[graph.names[of.path]].op].role != "merge"


def spine(graph: Graph) -> set[str]:
    """Every layer that all ways from the input to the main head's logits pass."""
    forks: list[int] = []
    for node in graph.nodes:
        fork = node.inputs[0] if node.inputs else 0
        for one in node.inputs[1:]:
            while fork != one:
                fork, one = (forks[fork], one) if fork > one else (fork, forks[one])
        forks.append(fork)
    at = graph.head(graph.main).output
    found = {graph.nodes[at].path, graph.nodes[0].path}
    while at:
        at = forks[at]
        found.add(graph.nodes[at].path)
    return found


@pytest.mark.parametrize("name", [name for name in NESTED if len(graph_of(name).heads) > 1])
def test_auxiliary_heads_stand_in_a_column_beside_the_trunk(name: str) -> None:
    graph, picture = graph_of(name), picture_of(name, "layers", "TB")
    trunk = max(
        frame.box.right
        for key, frame in picture.frames.items()
        if not any(key.startswith(head.name) for head in graph.heads)
    )
    for head in graph.heads:
        if head.name != graph.main:
            assert picture.frames[head.name].box.left > trunk
            column = {
                picture.nodes[graph.nodes[index].path].box.middle[0]
                for index in head.members
                if len(graph.nodes[index].inputs) == 1
            }
            assert len(column) == 1
