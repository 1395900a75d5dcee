"""Whole networks in lines and on pages: the geometry of the SVG, and the size of its letters."""

from __future__ import annotations

import re
from functools import cache

import pytest
from picture import Picture, faults, read

import inceptionspec
from inceptionspec.drawing.diagram import Direction, Fold, Options, draw
from inceptionspec.drawing.diagram.options import DIRECTIONS, FOLDS, PageName
from inceptionspec.drawing.diagram.paper import PAPERS
from inceptionspec.ir.graph import Graph

NAMES = (
    "inception_v1",
    "inception_v3",
    "inception_v4",
    "inception_resnet_v2",
    "mobilenet_v2",
    "resnet50",
)
PAGES: tuple[PageName, ...] = ("a4", "slide")


@cache
def graph_of(name: str) -> Graph:
    return inceptionspec.load(name).graph


def letters(svg: str) -> list[float]:
    return [float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)]


def size(svg: str) -> tuple[float, float]:
    width, height = re.findall(r'(?:width|height)="([\d.]+)pt"', svg)[:2]
    return float(width), float(height)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_letter_is_read_on_a_page(name: str, page: PageName) -> None:
    """At the fold level of a paper's figure, equal blocks drawn once."""
    svg = draw(graph_of(name), Options("branches", collapse_repeats=True, page=page))
    paper = PAPERS[page]
    assert min(letters(svg)) >= paper.least
    assert size(svg) == (paper.width, paper.height)
    assert not list(faults(read(svg)))
    inside(read(svg), paper.width, paper.height)


def inside(picture: Picture, width: float, height: float) -> None:
    for shape in (*picture.nodes.values(), *picture.frames.values(), *picture.legend):
        assert shape.box.left >= 0
        assert shape.box.right <= width
        assert -height <= shape.box.top
        assert shape.box.bottom <= 0


@pytest.mark.parametrize("page", PAPERS)
def test_a_page_shows_as_much_as_is_read_there(page: PageName) -> None:
    svg = draw(graph_of("inception_v3"), Options(page=page))
    assert min(letters(svg)) >= PAPERS[page].least
    kinds = {node.of.kind for node in read(svg).nodes.values() if node.of is not None}
    assert ("run" in kinds) == (page != "column")
    assert size(svg)[0] == PAPERS[page].width
    assert size(svg)[1] <= PAPERS[page].height


def test_a_page_has_names_and_activations_and_is_without_title_and_legend() -> None:
    options = Options(
        "branches", page="a4", names=True, activations=True, title=False, legend=False
    )
    svg = draw(graph_of("mobilenet_v2"), options)
    picture = read(svg)
    assert min(letters(svg)) >= PAPERS["a4"].least
    assert not list(faults(picture))
    assert not picture.legend
    words = [word for node in picture.nodes.values() for word in node.words]
    assert "project: conv 1\u00d71, 24, BN, linear" in words
    assert "depthwise: depthwise_conv 3\u00d73, BN, relu6" in words


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_trunk_in_lines_keeps_to_its_room(name: str, fold: Fold, direction: Direction) -> None:
    svg = draw(graph_of(name), Options(fold, direction=direction, wrap=3))
    assert not list(faults(read(svg)))


def test_lines_are_read_like_text_and_say_what_goes_on() -> None:
    graph = graph_of("inception_v3")
    one, three = (read(draw(graph, Options("branches", wrap=lines))) for lines in (1, 3))
    axes = {round(three.nodes[name].box.middle[0]) for name in one.nodes if "oncat" not in name}
    assert len(axes) > 3
    order = [name for name in three.nodes if name in one.nodes]
    assert sorted(order) == sorted(one.nodes)
    before = read(draw(graph, Options("network", wrap=1))).nodes
    lines = read(draw(graph, Options("network", wrap=2)))
    columns: list[float] = []
    for name in before:
        middle = lines.nodes[name].box.middle[0]
        if not columns or (middle != columns[-1] and name != "AuxLogits"):
            columns.append(middle)
    assert columns == sorted(columns)
    assert len(columns) == 2
    carried = [edge for edge in lines.edges if edge.tip[0] - edge.points[0][0] > 100]
    carried = [edge for edge in carried if edge.to != "AuxLogits"]
    assert len(carried) == 1
    assert re.fullmatch(r"\d+\u00d7\d+\u00d7\d+", carried[0].words[0])


def test_a_torn_frame_is_drawn_in_pieces_with_an_id_each() -> None:
    picture = read(draw(graph_of("inception_v4"), Options("branches", page="a4")))
    stems = [frame for frame in picture.frames.values() if frame.id.startswith("group-stem--")]
    assert len(stems) > 1
    ids = [frame.id for frame in picture.frames.values()]
    assert len(ids) == len(set(ids))
    assert all(frame.of is not None for frame in picture.frames.values())


def test_equal_blocks_are_drawn_once_where_blocks_are_boxes() -> None:
    graph = graph_of("inception_v4")
    assert "Mixed_6b to Mixed_6h" in draw(graph, Options("network"))
    assert "Mixed_6b to Mixed_6h" not in draw(graph, Options("network", collapse_repeats=False))
    assert "Mixed_6b to Mixed_6h" not in draw(graph, Options("branches"))
