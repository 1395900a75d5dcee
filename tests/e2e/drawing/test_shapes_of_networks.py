"""Networks of every shape that the language allows are laid out without fault."""

from __future__ import annotations

from itertools import pairwise

import pytest
from picture import faults, read

import inceptionspec
from inceptionspec.drawing.diagram import Direction, Fold, Options, draw, layout
from inceptionspec.drawing.diagram.boxes import boxes_of
from inceptionspec.drawing.diagram.frames import calls_of, frames_of
from inceptionspec.drawing.diagram.options import DIRECTIONS, FOLDS
from inceptionspec.drawing.diagram.structure import is_series_parallel
from inceptionspec.frontend.reading.spec_files import builtin_names

HEAD = "layers: [{op: global_avg_pool}, {op: dense, units: 3}]"
RESIDUAL = """
blocks:
  plain:
    residual: {scale: 0.5}
    layers:
      - {op: conv, kernel: 3x3, filters: 8}
      - {op: conv, kernel: 3x3, filters: 8}
  wide:
    branches:
      Before: [{op: conv, kernel: 1x1, filters: 4}]
      Nothing: []
      After: [{op: conv, kernel: 3x3, filters: 4}, {op: conv, kernel: 3x3, filters: 4}]
network:
  - {block: plain, name: Same}
  - {block: wide, name: Wide}
"""
TAPS = f"""
network:
  - {{op: conv, name: A, kernel: 3x3, filters: 8}}
  - name: M
    branches:
      a:
        - {{op: conv, name: x, kernel: 3x3, filters: 8}}
        - {{op: conv, name: y, kernel: 3x3, filters: 8}}
        - name: N
          branches:
            p: [{{op: conv, name: q, kernel: 1x1, filters: 4}}, {{op: max_pool, kernel: 3x3}}]
            r: [{{op: max_pool, kernel: 3x3}}]
      b: [{{op: conv, kernel: 1x7, filters: 8}}, {{op: conv, kernel: 7x1, filters: 8}}]
      c: [{{op: max_pool, kernel: 3x3}}]
  - {{op: conv, name: Z, kernel: 1x1, filters: 4}}
main: Logits
heads:
  Early: {{from: A, loss_weight: 0.1, {HEAD}}}
  Twice: {{from: A, loss_weight: 0.1, {HEAD}}}
  Inner: {{from: M/a/x, loss_weight: 0.2, {HEAD}}}
  Inmost: {{from: M/a/N/p/q, loss_weight: 0.2, {HEAD}}}
  Branch: {{from: M/a, loss_weight: 0.2, {HEAD}}}
  Block: {{from: M, loss_weight: 0.2, {HEAD}}}
  Late: {{from: Z, loss_weight: 0.2, {HEAD}}}
  Logits: {{from: Z, loss_weight: 1, predictions: softmax, {HEAD}}}
"""
EMPTY = """
network:
  - {op: conv, name: A, kernel: 3x3, filters: 8}
  - name: Twice
    branches: {a: [], b: []}
  - name: Edges
    branches: {a: [], b: [{op: conv, kernel: 1x1, filters: 4}], c: [], d: []}
  - name: Outer
    branches:
      a: []
      b:
        - branches: {x: [{op: conv, kernel: 1x1, filters: 4}], y: []}
          name: Inner
      c: [{op: conv, kernel: 1x1, filters: 4}]
  - branches:
      - [{op: conv, kernel: 1x1, filters: 4}]
      - [{op: conv, kernel: 1x1, filters: 4}]
"""
GROUPS = f"""
network:
  - {{op: conv, name: A, kernel: 3x3, filters: 8, group: stem}}
  - name: {"B" * 60}
    group: stem
    branches: {{a: [{{op: conv, kernel: 1x1, filters: 4}}], b: [{{op: max_pool, kernel: 3x3}}]}}
  - {{op: conv, name: C, kernel: 3x3, filters: 8}}
  - {{op: conv, name: D, kernel: 3x3, filters: 8, group: stem}}
heads:
  {"H" * 64}: {{from: C, loss_weight: 0.25, {HEAD}}}
  Logits: {{from: D, loss_weight: 1, {HEAD}}}
main: Logits
"""
SPECS = {"residual": RESIDUAL, "taps": TAPS, "empty": EMPTY, "groups": GROUPS}


def spec(name: str) -> str:
    return f"spec: 1\nname: {name}\ninput: {{size: 32x32, channels: 8}}\n{SPECS[name]}"


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("name", SPECS)
def test_nothing_is_where_it_should_not_be(name: str, fold: Fold, direction: Direction) -> None:
    graph = inceptionspec.load(spec(name)).graph
    assert not list(faults(read(draw(graph, Options(fold, direction=direction)))))


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("name", [*SPECS, *builtin_names()])
def test_every_network_is_rows_and_branches(name: str, fold: Fold) -> None:
    graph = inceptionspec.load(spec(name) if name in SPECS else name).graph
    assert is_series_parallel(boxes_of(graph, fold, frames_of(graph, calls_of(graph), {})))


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
    ("constant", "value", "fault"),
    [
        ("BESIDE", -30.0, "nodes overlap"),
        ("LABEL_BESIDE", -20.0, "an edge crosses a label"),
        ("LABEL_NEAR", -8.0, "a label lies on a node"),
        ("FAN", -12.0, "an edge crosses a node"),
        ("PAD", -3.0, "a text leaves its box"),
        ("BUS", 30.0, "an edge crosses a foreign frame"),
        ("BAR", -40.0, "an edge does not end at its node"),
        ("HEADS", -80.0, "frames overlap"),
    ],
)
def test_a_fault_would_be_found(
    monkeypatch: pytest.MonkeyPatch, constant: str, value: float, fault: str
) -> None:
    monkeypatch.setattr(layout, constant, value)
    graph = inceptionspec.load("inception_v3").graph
    assert fault in {kind for kind, _ in faults(read(draw(graph, Options("layers"))))}
