"""Networks of every shape that the language allows are laid out without fault."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from picture import faults, read
from shapes import SPECS, spec

import inceptionspec
from inceptionspec.drawing.diagram import Direction, Fold, Options, draw, placing
from inceptionspec.drawing.diagram.density import ROOMY
from inceptionspec.drawing.diagram.options import DIRECTIONS, FOLDS


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("name", SPECS)
def test_nothing_is_where_it_should_not_be(name: str, fold: Fold, direction: Direction) -> None:
    graph = inceptionspec.load(spec(name)).graph
    assert not list(faults(read(draw(graph, Options(fold, direction=direction)))))


def test_heads_of_one_source_stand_below_each_other() -> None:
    picture = read(draw(inceptionspec.load(spec("taps")).graph, Options("layers")))
    frames = [picture.frames[name].box for name in ("Early", "Twice", "Inner", "Block", "Late")]
    assert len({picture.nodes[f"{name}/dense"].box.middle[0] for name in ("Early", "Late")}) == 1
    assert all(one.bottom < other.top for one, other in pairwise(frames))


def test_an_empty_branch_keeps_its_turn() -> None:
    picture = read(draw(inceptionspec.load(spec("residual")).graph, Options("layers")))
    edges = {(edge.to, edge.of.number): edge for edge in picture.edges if edge.of is not None}
    beside = min(x for x, _ in edges["Same/add", 0].points)
    assert beside < picture.nodes["Same/conv"].box.left
    assert edges["Same/add", 0].tip[0] <= picture.nodes["Same/add"].box.left
    before, after = picture.nodes["Wide/Before/conv"].box, picture.nodes["Wide/After/conv"].box
    assert before.right < edges["Wide/concat", 1].tip[0] < after.left


@pytest.mark.parametrize(
    ("distance", "value", "fault"),
    [
        ("beside", -30.0, "nodes overlap"),
        ("label_beside", -20.0, "an edge crosses a label"),
        ("label_near", -8.0, "a label lies on a node"),
        ("fan", -12.0, "an edge crosses a node"),
        ("pad", -3.0, "a node lies on the border of a frame"),
        ("bus", 30.0, "an edge crosses a foreign frame"),
        ("bar", -40.0, "an edge does not end at its node"),
        ("heads", -80.0, "frames overlap"),
    ],
)
def test_a_fault_would_be_found(
    monkeypatch: pytest.MonkeyPatch, distance: str, value: float, fault: str
) -> None:
    space = replace(ROOMY.space, **{distance: value})
    monkeypatch.setattr(placing, "ROOMY", replace(ROOMY, space=space))
    graph = inceptionspec.load("inception_v3").graph
    assert fault in {kind for kind, _ in faults(read(draw(graph, Options("layers"))))}


def test_a_text_that_leaves_its_box_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "ROOMY", replace(ROOMY, margin=(-20, -8)))
    graph = inceptionspec.load("inception_v3").graph
    found = faults(read(draw(graph, Options("layers"))))
    assert "a text leaves its box" in {kind for kind, _ in found}
