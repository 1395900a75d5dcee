"""Two networks as one graph: what is inserted, removed, exchanged, wrapped or moved."""

from __future__ import annotations

import pytest
from support import loaded, spec

from inceptionspec.drawing.diagram.changes import Changes
from inceptionspec.drawing.diagram.comparison_graph import JUNCTION
from inceptionspec.drawing.diagram.comparison_view import comparison_view
from inceptionspec.drawing.diagram.view import View
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph

A, B, C, D = (f"- {{op: conv, name: {name}, kernel: {size}, filters: 8}}\n"
              for name, size in zip("abcd", (1, 3, 5, 7), strict=True))  # fmt: skip
LRN = "- {op: lrn, name: n, radius: 2}\n"


def both(old: str, new: str, **parts: str) -> tuple[View, Changes]:
    return compared(loaded(spec(old, **parts)), loaded(spec(new, **parts)))


def compared(old: LoadedSpec, new: LoadedSpec, **options: bool) -> tuple[View, Changes]:
    view = comparison_view(old, new, **options)
    assert view.changes is not None
    return view, view.changes


def reads(graph: Graph) -> dict[str, list[str]]:
    return {node.path: [graph.nodes[at].path for at in node.inputs] for node in graph.nodes}


def test_what_was_added_is_on_the_way() -> None:
    view, changes = both(A + C, A + LRN + C)
    assert reads(view.graph) == {"input": [], "a": ["input"], "n": ["a"], "c": ["n"]}
    assert changes.states == {"input": "kept", "a": "kept", "n": "added", "c": "kept"}
    assert changes.edges["n", 0] == changes.edges["c", 0] == "added"
    assert changes.edges["a", 0] == "kept"


def test_what_was_removed_has_a_way_around_it() -> None:
    view, changes = both(A + LRN + C, A + C)
    assert reads(view.graph)["n"] == ["a"]
    assert reads(view.graph)[JUNCTION] == ["a", "n"]
    assert reads(view.graph)["c"] == [JUNCTION]
    assert changes.edges[JUNCTION, 0] == "added"
    assert changes.edges[JUNCTION, 1] == changes.edges["n", 0] == "removed"
    assert changes.edges["c", 0] == "kept"


def test_what_was_exchanged_stands_side_by_side() -> None:
    view, changes = both(A + LRN + C, A + "- {op: dropout, name: s, rate: 0.5}\n" + C)
    assert reads(view.graph)[JUNCTION] == ["n", "s"]
    assert (changes.states["n"], changes.states["s"]) == ("removed", "added")


BRANCHES = "- name: m\n  branches:\n    l: [{0}]\n    r: [{1}]\n"
CONV = "{op: conv, name: x, kernel: 1, filters: 8}"
POOL = "{op: lrn, name: p, radius: 2}"
DROP = "{op: dropout, name: q, rate: 0.5}"


def test_layers_exchanged_before_a_concat_meet_in_the_branch() -> None:
    old = BRANCHES.format(f"{CONV}, {POOL}", CONV)
    view, changes = both(A + old, A + BRANCHES.format(f"{CONV}, {DROP}", CONV))
    found = reads(view.graph)
    assert found[f"m/l/{JUNCTION}"] == ["m/l/p", "m/l/q"]
    assert found["m/concat"] == [f"m/l/{JUNCTION}", "m/r/x"]
    assert changes.junctions == {f"m/l/{JUNCTION}"}


def test_a_branch_more_and_a_branch_less() -> None:
    one, two = BRANCHES.format(CONV, POOL), BRANCHES.format(CONV, POOL) + f"    t: [{DROP}]\n"
    view, changes = both(A + one, A + two)
    assert reads(view.graph)["m/concat"] == ["m/l/x", "m/r/p", "m/t/q"]
    assert changes.edges["m/concat", 2] == "added"
    view, changes = both(A + two, A + one)
    assert reads(view.graph)["m/concat"] == ["m/l/x", "m/r/p", "m/t/q"]
    assert changes.edges["m/concat", 2] == "removed"
    assert changes.states["m/t/q"] == "removed"


def test_a_shortcut_that_gets_a_layer() -> None:
    block = "- name: r\n  residual: {0}\n  layers: [{1}]\n"
    shortcut = "{shortcut: [{op: conv, name: s, kernel: 1, filters: 8}]}"
    view, changes = both(A + block.format("{}", CONV), A + block.format(shortcut, CONV))
    merge = next(node for node in view.graph.nodes if node.op == "add")
    paths = [view.graph.nodes[at].path for at in merge.inputs]
    assert sorted(changes.states[path] for path in paths) == ["added", "kept"]
    assert not changes.junctions


def test_a_gate_around_what_is_there() -> None:
    gate = (
        "- name: g\n  merge: multiply\n  branches:\n"
        f"    x: [{CONV}]\n    w: [{{op: global_avg_pool, name: gap, keep_dims: true}}]\n"
    )
    _, changes = both(A + "- name: g\n  layers: [" + CONV + "]\n" + C, A + gate + C)
    assert not changes.apart
    kept = [path for path, state in changes.states.items() if state == "kept"]
    assert {"input", "a", "c"} <= set(kept)
    assert {changes.states[p] for p in changes.states if p.endswith("gap")} == {"added"}


def test_layers_that_changed_their_order_stand_at_both_places() -> None:
    view, changes = both(A + B + C + D, A + C + B + D)
    states = [state for state in changes.states.values() if state != "kept"]
    assert sorted(states) == ["added", "removed"]
    assert len(view.graph.nodes) == 7  # and a junction


def test_a_layer_that_is_gone_stays_in_its_renamed_block() -> None:
    old = f"- name: old\n  layers: [{CONV}, {POOL}, {CONV.replace('x', 'y')}]\n"
    new = f"- name: mine\n  layers: [{CONV}, {CONV.replace('x', 'y')}]\n"
    _, changes = both(A + old, A + new)
    assert changes.states["mine/p"] == "removed"
    assert not [path for path in changes.states if path.startswith("old")]


HEADS = """main: Main
heads:
  {0}: {{from: {1}, layers: [{2}]}}
  Main: {{from: c, layers: [{{op: flatten}}, {{op: dense, name: o, units: 4}}]}}
"""


def test_a_head_that_is_gone_and_one_that_is_new() -> None:
    old = loaded(spec(A + B + C, rest=HEADS.format("Aux", "a", f"{CONV}, {{op: flatten}}")))
    new = loaded(spec(A + B + C, rest=HEADS.format("Side", "b", "{op: global_avg_pool, name: g}")))
    view, changes = compared(old, new)
    found = reads(view.graph)
    assert (found["Aux/x"], found["Side/g"]) == (["a"], ["b"])
    assert (changes.states["Aux/x"], changes.states["Side/g"]) == ("removed", "added")
    assert changes.edges["Aux/x", 0] == "removed"
    assert [head.name for head in view.graph.heads] == ["Side", "Main", "Aux"]
    assert not changes.junctions


@pytest.mark.parametrize("name", ["inception_v1", "nasnet_mobile", "resnet50"])
def test_a_network_and_itself_differ_in_nothing(name: str) -> None:
    network = loaded(name)
    view, changes = compared(network, network)
    assert set(changes.states.values()) == {"kept"}
    assert set(changes.edges.values()) == {"kept"}
    assert not changes.junctions
    assert reads(view.graph) == reads(network.graph)


def test_networks_without_rows_are_one_graph_too() -> None:
    old = loaded("nasnet_mobile")
    view, changes = compared(old, loaded("nasnet_mobile", classes=10))
    assert not changes.apart
    assert len(view.graph.nodes) == len(old.graph.nodes)


def test_attributes_of_training_can_be_left_out() -> None:
    old, new = loaded(spec(A)), loaded(spec(A.replace("filters: 8", "filters: 8, l2: 0.1")))
    assert compared(old, new)[1].states["a"] == "training"
    assert compared(old, new, training=False)[1].states["a"] == "kept"
