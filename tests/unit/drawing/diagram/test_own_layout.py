"""Networks that read by name: which are rows still, and which Graphviz lays out."""

from __future__ import annotations

import re

import pytest
from shapes import BY_NAME, spec

import inceptionspec
from inceptionspec.drawing.diagram import Comparison, Fold, Options, dot_text
from inceptionspec.drawing.diagram.options import DIRECTIONS, FOLDS, Direction

LAYERS = Options("layers")
CONV = "{op: conv, kernel: 1, filters: 8"


def text_of(network: str, options: Options = LAYERS) -> str:
    return dot_text(inceptionspec.load(network).graph, options)


def network(lines: str) -> str:
    return f"spec: 1\nname: t\ninput: {{size: 8x8, channels: 8}}\nnetwork:\n{lines}"


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_network_without_rows_has_no_places(direction: Direction) -> None:
    graph = inceptionspec.load(spec("cells")).graph
    text = dot_text(graph, Options("layers", direction=direction))
    assert "layout=dot" in text
    assert f"rankdir={direction}" in text
    assert not re.search(r"\b(pos|bb|lp)=", text)
    assert all(f'"{node.path}"' in text or f"\t{node.path} [" in text for node in graph.nodes)
    assert all(f'subgraph "cluster {block.path}"' in text for block in graph.blocks)
    edges = sum(len(node.inputs) for node in graph.nodes)
    assert text.count(" -> ") == edges


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("name", BY_NAME)
def test_the_text_is_the_same_each_time(name: str, fold: Fold) -> None:
    options = Options(fold, collapse_repeats=True)
    assert text_of(spec(name), options) == text_of(spec(name), options)


def test_skips_around_rows_are_rows_and_branches() -> None:
    lines = f"""
  - {CONV}, name: a}}
  - {CONV}, name: b}}
  - {CONV}, name: c}}
  - {{op: add, name: d, from: [b, c]}}
  - {{op: concat, name: e, from: [a, d]}}
"""
    assert "layout=nop2" in text_of(network(lines))


def test_an_edge_into_a_frame_over_other_boxes_has_a_lane() -> None:
    """The branches of the sum would be outside of the part that it stands in."""
    lines = f"""
  - {CONV}, name: a}}
  - {CONV}, name: b}}
  - {{name: part, layers: [{CONV}, name: c}}, {{op: add, name: d, from: [a, c]}}]}}
"""
    text = text_of(network(lines))
    assert "layout=nop2" in text
    assert text.count("pos=") == text.count(" -> ") + 5 + 5  # boxes, title and legend
    (lane,) = re.findall(r'a -> "part/d" .*pos="e,[^ ]+ ([^"]+)"', text)
    left = min(float(point.split(",")[0]) for point in lane.split())
    assert left < min(float(x) for x in re.findall(r'bb="([^,]+),', text))


def test_what_nothing_reads_is_drawn_too() -> None:
    lines = f"\n  - {CONV}, name: a}}\n  - {CONV}, name: b}}\n  - {CONV}, name: c, from: a}}\n"
    text = text_of(network(lines))
    assert "layout=dot" in text
    assert "a -> b" in text
    assert "b -> c" not in text


def test_nesting_of_any_depth_is_drawn() -> None:
    """Skips inside skips, deeper than rows can be built."""
    names = [f"n{number}" for number in range(250)]
    lines = "".join(f"  - {CONV}, name: {name}}}\n" for name in names)
    lines += "".join(
        f"  - {{op: add, name: s_{name}, from: [{name}, {before}]}}\n"
        for name, before in zip(
            names[-2::-1], [names[-1], *(f"s_{n}" for n in names[-2::-1])], strict=False
        )
    )
    assert "layout=dot" in text_of(network(lines))


def test_a_part_that_reads_several_has_an_input_for_each() -> None:
    graph = inceptionspec.load(spec("cells")).graph
    text = dot_text(graph, Options("layers", "Cells/cell_2"))
    assert "from Cells" in text
    assert "from First" in text
    with pytest.raises(inceptionspec.SpecError, match="it reads 3 layers"):
        dot_text(graph, Options("layers", "First/all"))


def test_members_that_read_two_before_stand_for_themselves() -> None:
    """A run of cells is no row of equal blocks: each is read twice."""
    text = text_of(spec("cells"), Options("layers", collapse_repeats=True))
    assert all(f'subgraph "cluster Cells/cell_{number}"' in text for number in (1, 2, 3))


def test_a_title_is_no_markup() -> None:
    lines = f"\n  - {CONV}, name: a}}\n  - {CONV}, name: b}}\n  - {CONV}, name: c, from: a}}\n"
    named = network(lines).replace("name: t", 'name: "<b>&amp; bold"', 1)
    assert "&lt;b&gt;&amp;amp; bold" in text_of(named)


def test_two_networks_as_one_picture() -> None:
    old = inceptionspec.load(spec("cells")).loaded
    new = inceptionspec.load(spec("cells").replace("repeat: 3", "repeat: 2")).loaded
    assert "layout=dot" in dot_text(Comparison(old, new), LAYERS)
