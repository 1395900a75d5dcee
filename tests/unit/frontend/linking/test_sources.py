"""`from`: what names mean, inside blocks and out, and what a variant may do about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import findings, nodes, rendered, spec

import inceptionspec
from inceptionspec.api.network import Network
from inceptionspec.frontend.writing.yaml_writer import spec_text
from inceptionspec.reports.findings.full import full

CONV = "{op: conv, kernel: 1, filters: 8"
CELL = """blocks:
  cell:
    args: {previous: {type: layer, default: input}}
    layers:
      - {op: conv, name: p, from: $previous, kernel: 1, filters: 8}
      - {op: conv, name: h, from: input, kernel: 3, filters: 8}
      - {op: add, name: sum, from: [p, h]}
"""


def reads(text: str) -> dict[str, list[str]]:
    """The paths that each layer reads, also in the expanded spec, which is the same network."""
    network = inceptionspec.load(text)
    expanded = inceptionspec.load(spec_text(network.loaded.expanded()))
    assert expanded.digests == network.digests
    graph = network.graph
    found = {node.path: [graph.nodes[i].path for i in node.inputs] for node in graph.nodes}
    again = expanded.graph
    assert found == {node.path: [again.nodes[i].path for i in node.inputs] for node in again.nodes}
    return found


def test_a_layer_a_merge_a_part_and_a_call_read_what_they_name() -> None:
    found = reads(spec(f"""
- {CONV}, name: a}}
- {CONV}, name: b}}
- {CONV}, name: c, from: a}}
- {{op: concat, name: d, from: [a, c, input]}}
- {{name: e, from: b, layers: [{CONV}, name: f}}]}}
- {{name: g, from: a, residual: {{}}, layers: [{CONV}, name: h}}]}}
- {{name: i, from: d, branches: {{x: [], y: [{CONV}, name: z}}]}}}}
- {{block: cell, name: j, from: b, with: {{previous: e}}}}
- {{block: cell, name: k}}
- {{block: cell, name: l, repeat: 2, from: a}}
""", rest=CELL))  # fmt: skip
    assert found["c"] == ["a"]
    assert found["d"] == ["a", "c", "input"]
    assert found["e/f"] == ["b"]
    assert (found["g/h"], found["g/add"]) == (["a"], ["a", "g/h"])
    assert (found["i/y/z"], found["i/concat"]) == (["d"], ["d", "i/y/z"])
    assert (found["j/p"], found["j/h"], found["j/sum"]) == (["e/f"], ["b"], ["j/p", "j/h"])
    assert (found["k/p"], found["k/h"]) == (["j/sum"], ["j/sum"])
    assert (found["l/cell_1/p"], found["l/cell_2/p"]) == (["a"], ["l/cell_1/sum"])


def test_a_name_is_looked_up_in_its_scope_and_outward() -> None:
    found = reads(
        spec(f"""
- {CONV}, name: a}}
- name: b
  layers:
    - {CONV}, name: c, from: a}}
    - {CONV}, name: a}}
    - {CONV}, name: d, from: a}}
    - {CONV}, name: e, from: /a}}
    - {{name: f, layers: [{CONV}, name: g, from: c}}, {CONV}, name: h, from: b/a}}]}}
    - {CONV}, name: i, from: f/g}}
- {CONV}, name: j, from: b/f/g}}
- {CONV}, name: k, from: a}}
""")
    )
    assert [found[f"b/{name}"] for name in "cdei"] == [["a"], ["b/a"], ["a"], ["b/f/g"]]
    assert (found["b/f/g"], found["b/f/h"]) == (["b/c"], ["b/a"])
    assert (found["j"], found["k"]) == (["b/f/g"], ["a"])


def test_input_is_what_comes_into_the_block_the_head_or_the_network() -> None:
    found = reads(
        spec(
            f"""
- {CONV}, name: a}}
- {CONV}, name: b, from: input}}
- {{name: c, layers: [{CONV}, name: d}}, {CONV}, name: e, from: input}}]}}
- {{layers: [{CONV}, name: f}}, {CONV}, name: g, from: input}}]}}
""",
            rest=f"""heads:
  H: {{from: b, layers: [{CONV}, name: h}}, {CONV}, name: i, from: input}}]}}
""",
        )
    )
    assert (found["b"], found["c/e"], found["g"]) == (["input"], ["b"], ["input"])
    assert found["H/i"] == ["b"]


def test_the_name_that_a_call_gives_means_what_it_means_there() -> None:
    """Whatever the block, or a block that it calls, has under that name."""
    found = reads(spec(f"""
- {CONV}, name: p}}
- {{name: part, layers: [{CONV}, name: q}}, {{block: outer, name: o, with: {{given: q, own: p}}}}]}}
""", rest=CELL + """
  outer:
    args: {given: layer, own: layer}
    layers:
      - {op: conv, name: q, kernel: 1, filters: 8}
      - {op: conv, name: p, kernel: 1, filters: 8}
      - {block: cell, name: one, with: {previous: $given}}
      - {block: cell, name: two, with: {previous: p}}
      - {block: cell, name: three, with: {previous: $own}}
"""))  # fmt: skip
    assert found["part/o/one/p"] == ["part/q"]
    assert found["part/o/two/p"] == ["part/o/p"]
    assert found["part/o/three/p"] == ["p"]


def test_a_member_of_a_repeat_hands_on_what_next_says() -> None:
    found = reads(
        spec(
            f"""
- {CONV}, name: a}}
- {CONV}, name: b}}
- {{block: cell, name: s, repeat: 4, with: {{previous: a}}, next: {{previous: input}}}}
- {{block: cell, name: t, repeat: 3, next: {{previous: h}}}}
""",
            rest=CELL,
        )
    )
    assert [found[f"s/cell_{n}/p"] for n in (1, 2, 3, 4)] == [
        ["a"], ["b"], ["s/cell_1/sum"], ["s/cell_2/sum"],
    ]  # fmt: skip
    assert [found[f"s/cell_{n}/h"] for n in (1, 2)] == [["b"], ["s/cell_1/sum"]]
    assert [found[f"t/cell_{n}/p"] for n in (1, 2, 3)] == [
        ["s/cell_4/sum"], ["t/cell_1/h"], ["t/cell_2/h"],
    ]  # fmt: skip


def test_a_definition_names_its_layers_as_it_writes_them_whatever_a_call_renames() -> None:
    found = reads(spec(f"""
- {CONV}, name: a}}
- {{block: cell, name: b, with: {{previous: a}}, rename: {{p: h, h: p}}}}
- {CONV}, name: c, from: b/h}}
- {{block: outer, name: d, rename: {{one/x: y, one: uno, one/h: z}}}}
- {CONV}, name: e, from: d/uno/z}}
""", rest=CELL + """
  outer:
    layers:
      - {block: cell, name: one, rename: {p: x}}
      - {op: add, name: end, from: [one/x, one/h]}
"""))  # fmt: skip
    assert (found["b/h"], found["b/p"], found["b/sum"]) == (["a"], ["a"], ["b/h", "b/p"])
    assert found["c"] == ["b/h"]
    assert found["d/uno/sum"] == ["d/uno/y", "d/uno/z"]
    assert found["d/end"] == ["d/uno/y", "d/uno/z"]
    assert found["e"] == ["d/uno/z"]


def test_a_name_that_nothing_else_can_mean_is_written_from_the_top() -> None:
    text = spec(f"""
- name: a
  layers:
    - {CONV}, name: b}}
    - {{block: cell, name: a, with: {{previous: b}}}}
""", rest="""blocks:
  cell:
    args: {previous: layer}
    layers:
      - {op: conv, name: b, kernel: 1, filters: 8}
      - {op: conv, name: c, from: $previous, kernel: 1, filters: 8}
      - {op: add, name: d, from: [c, $previous]}
""")  # fmt: skip
    assert reads(text)["a/a/d"] == ["a/a/c", "a/b"]


def test_the_channels_of_what_is_read_count() -> None:
    found = nodes(
        spec(f"""
- {{op: conv, name: a, kernel: 1, filters: 5}}
- {CONV}, name: b}}
- {{op: conv, name: c, from: a, kernel: 1, filters: 2 * input}}
- name: d
  from: a
  layers: [{CONV}, name: e}}, {{op: conv, name: f, kernel: 1, filters: input}}]
""")
    )
    assert (found["c"].shape, found["d/f"].shape) == ((16, 16, 10), (16, 16, 5))


# What cannot be read


def test_nothing_reads_itself_or_what_comes_later() -> None:
    text = spec(f"""
- {CONV}, name: a, from: a}}
- {CONV}, name: b, from: c}}
- {{name: c, layers: [{CONV}, name: d, from: c}}]}}
""")
    assert [one.message for one in findings(text)] == [
        "`a` reads itself",
        "`b` reads `c`, which comes after it",
        "`d` reads `c`, which it is a part of",
    ]


def test_layers_that_do_not_fit_are_blamed_where_shapes_part() -> None:
    text = spec(f"""
- {CONV}, name: a}}
- {{op: max_pool, name: b, kernel: 2, stride: 2}}
- {{op: concat, name: c, from: [a, b]}}
""")
    assert "what `c` reads cannot be concatenated" in rendered(text)
    assert "`a` is 16x16, `b` is 8x8" in rendered(text)
    assert "`b` becomes 8x8 here" in rendered(text)
    assert "help: set `stride: 1`" in rendered(text)


def test_a_gate_that_is_added_is_told_to_multiply() -> None:
    text = spec(f"""
- {CONV}, name: a}}
- {{op: global_avg_pool, name: g}}
- {{op: add, name: b, from: [a, g]}}
""")
    assert "write `op: multiply`, if the smaller one scales the map" in rendered(text)
    assert nodes(text.replace("op: add", "op: multiply"))["b"].shape == (16, 16, 8)


# Variants

BASE = spec(
    f"""
- {CONV}, name: a}}
- {CONV}, name: b}}
- {{block: cell, name: c, with: {{previous: a}}}}
- {CONV}, name: d, from: a}}
""",
    rest=CELL,
)


def variant(folder: Path, override: str) -> Network:
    (folder / "base.yaml").write_text(BASE)
    text = f"spec: 1\nextends: base.yaml\nname: v\noverride:\n{override}"
    (folder / "v.yaml").write_text(text)
    return inceptionspec.load(str(folder / "v.yaml"))


def said(folder: Path, override: str) -> str:
    with pytest.raises(inceptionspec.SpecError) as caught:
        variant(folder, override)
    return full(caught.value.findings)


def inputs(network: Network, path: str) -> list[str]:
    graph = network.graph
    return [graph.nodes[i].path for i in graph.nodes[graph.names[path]].inputs]


def test_a_variant_lets_a_layer_or_a_call_read_another(tmp_path: Path) -> None:
    network = variant(tmp_path, "  d: {set: {from: b}}\n  c: {set: {with: {previous: input}}}\n")
    assert (inputs(network, "d"), inputs(network, "c/p")) == (["b"], ["input"])
    network = variant(tmp_path, "  c: {set: {from: a}}\n")
    assert (inputs(network, "c/h"), inputs(network, "c/p")) == (["a"], ["a"])


def test_what_is_inserted_may_read_by_name_and_be_read(tmp_path: Path) -> None:
    network = variant(
        tmp_path,
        f"  d: {{before: [{CONV}, name: x, from: a}}, {{op: add, name: y, from: [x, b]}}],"
        " set: {from: y}}\n",
    )
    assert (inputs(network, "y"), inputs(network, "d")) == (["x", "b"], ["y"])


@pytest.mark.parametrize(
    ("override", "what", "helps"),
    [
        (
            "  a: delete\n",
            "removes",
            ["write `d: {set: {from: input}}`", "write `c: {set: {with: {previous: input}}}`"],
        ),
        (
            "  a: {set: {name: e}}\n",
            "renames",
            ["write `d: {set: {from: e}}`", "write `c: {set: {with: {previous: e}}}`"],
        ),
        (
            f"  a: {{replace: [{CONV}, name: e}}]}}\n",
            "removes",
            ["write `d: {set: {from: e}}`", "write `c: {set: {with: {previous: e}}}`"],
        ),
    ],
)
def test_what_a_variant_takes_away_is_missed_with_advice_that_works(
    tmp_path: Path, override: str, what: str, helps: list[str]
) -> None:
    text = said(tmp_path, override)
    assert f"`d` reads `a`, which an override {what}" in text
    assert f"the argument `previous` reads `a`, which an override {what}" in text
    assert all(f"help: {help_} under `override`" in text for help_ in helps)
    more = "".join(f"  {help_[7:-1]}\n" for help_ in helps)
    assert len(variant(tmp_path, override + more).graph.nodes) >= 6


def test_a_merge_that_reads_what_is_gone_says_so(tmp_path: Path) -> None:
    text = said(tmp_path, "  c/p: delete\n")
    assert "`sum` reads `p`, which an override removes" in text


def test_maps_that_do_not_meet_again_are_given_the_next_size_at_which_they_do() -> None:
    text = spec(
        f"""
- {CONV}, name: a}}
- {{op: max_pool, name: b, kernel: 2, stride: 2, padding: valid}}
- {{op: max_pool, name: c, kernel: 2, stride: 2, padding: valid}}
- {{op: upsample, name: d, factor: 4}}
- {{op: concat, name: e, from: [a, d]}}
""",
        size="30x17",
    )
    assert "help: take an input of 32x20" in rendered(text)
    assert nodes(text, input="32x20")["e"].shape == (32, 20, 16)
