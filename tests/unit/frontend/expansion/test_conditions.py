"""`when`: entries that an argument keeps, and names that are gone with those that it drops."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import codes, findings, nodes, spec

import inceptionspec
from inceptionspec.checks.warnings import advice
from inceptionspec.frontend.writing.yaml_writer import spec_text

CONV = "{op: conv, kernel: 1, filters: 8"
MBCONV = """blocks:
  mbconv:
    args: {expand: bool, add: {type: bool, default: true}}
    residual:
      when: $add
      shortcut: [{op: conv, name: way, kernel: 1, filters: input, when: not $add}]
    layers:
      - {op: conv, name: wide, kernel: 1, filters: 6 * input, when: $expand}
      - {op: depthwise_conv, name: deep, kernel: 3}
      - {op: conv, name: narrow, kernel: 1, filters: 8}
"""


def paths(text: str, **settings: object) -> list[str]:
    """The paths of a network that its expanded spec has, too."""
    network = inceptionspec.load(text, **settings)  # type: ignore[arg-type]
    expanded = inceptionspec.load(spec_text(network.loaded.expanded()))
    assert expanded.digests == network.digests
    return [node.path for node in network.graph.nodes[1:]]


def test_a_block_with_or_without_its_layers_and_its_residual() -> None:
    found = paths(
        spec(
            f"""
- {CONV}, name: stem}}
- {{block: mbconv, name: a, with: {{expand: false}}}}
- {{block: mbconv, name: b, with: {{expand: true, add: false}}}}
""",
            rest=MBCONV,
        )
    )
    assert found == ["stem", "a/deep", "a/narrow", "a/add", "b/wide", "b/deep", "b/narrow"]


@pytest.mark.parametrize("deep", [True, False])
def test_every_kind_of_entry_may_have_a_condition(deep: bool) -> None:
    text = spec(
        f"""
- {CONV}, name: a}}
- {CONV}, name: b, when: $deep}}
- {{op: add, name: c, from: [a, input], when: not $deep}}
- {{block: one, name: d, when: $deep}}
- {{block: one, name: e, repeat: 2, when: not $deep}}
- {{name: f, branches: [[{CONV}, name: g}}], []], when: $deep}}
- {{residual: {{}}, layers: [{CONV}, name: h}}], when: not $deep}}
- {{group: stem, layers: [{CONV}, name: i}}], when: $deep}}
""",
        channels=8,
        rest="args: {deep: true}\nblocks: {one: {layers: [{op: lrn}]}}",
    )
    kept = ["a", "b", "d/lrn", "f/g", "f/concat", "i"]
    dropped = ["a", "c", "e/one_1/lrn", "e/one_2/lrn", "h", "add"]
    assert paths(text, deep=deep) == (kept if deep else dropped)


def test_names_are_derived_for_what_is_kept() -> None:
    found = paths(spec(f"- {CONV}, when: $on}}\n- {CONV}}}", rest="args: {on: false}"))
    assert found == ["conv"]


def test_an_argument_that_decides_is_used() -> None:
    text = spec(f"- {CONV}}}\n- {CONV}, when: $on}}", rest="args: {on: false}")
    assert advice(inceptionspec.load(text).loaded) == ()


def test_everything_may_be_dropped_but_the_network() -> None:
    part = spec(
        f"- {CONV}, name: a}}\n- {{name: b, layers: [{CONV}, when: $on}}]}}",
        rest="args: {on: false}",
    )
    assert nodes(part).keys() == {"input", "a"}
    assert codes(spec(f"- {CONV}, when: $on}}", rest="args: {on: false}")) == ["E0204"]


# Names that are gone


@pytest.mark.parametrize(
    "reader",
    [
        "- {op: conv, kernel: 1, filters: 8, from: b}",
        "- {op: add, from: [a, b]}",
        "- {op: conv, kernel: 1, filters: 8, from: b/x}",
        "- {block: two, with: {it: b}}",
    ],
)
def test_what_reads_a_dropped_entry_is_told_so(reader: str) -> None:
    text = spec(f"- {CONV}, name: a}}\n- {CONV}, name: b, when: $on}}\n{reader}",
                rest="args: {on: false}\nblocks: {two: {args: {it: layer}, "
                     "layers: [{op: add, from: [input, $it]}]}}")  # fmt: skip
    (found,) = findings(text)
    assert found.code == "E0317"
    assert "since `when` leaves it out" in found.message
    assert found.labels[0].text == "`$on` does not hold here"
    assert found.helps == ("write `when: $on` here too, or read another one",)
    assert (
        len(inceptionspec.load(text.replace(reader, f"{reader[:-1]}, when: $on}}")).graph.nodes)
        == 2
    )


def test_advice_about_a_flag_is_given_where_the_flag_is_known() -> None:
    text = spec(f"- {CONV}, name: a}}\n- {{block: b, name: b}}\n- {CONV}, from: b/x}}",
                rest="blocks: {b: {args: {on: {type: bool, default: false}}, layers: "
                     f"[{CONV}, name: x, when: $on}}, {CONV}}}]}}}}")  # fmt: skip
    (found,) = findings(text)
    assert found.helps == ("read another one, or let the argument keep it",)


def override(folder: Path, base: str, change: str) -> inceptionspec.Network:
    (folder / "base.yaml").write_text(base)
    (folder / "v.yaml").write_text(f"spec: 1\nextends: base.yaml\nname: v\noverride:\n  {change}\n")
    return inceptionspec.load(str(folder / "v.yaml"))


BASE = spec(
    f"""
- {CONV}, name: stem}}
- {{block: mbconv, name: a, with: {{expand: false}}}}
- {{block: mbconv, name: b, with: {{expand: true}}}}
""",
    rest=MBCONV,
)


@pytest.mark.parametrize("key", ["a/wide", "a/way"])
def test_an_override_of_a_dropped_entry_is_told_so(tmp_path: Path, key: str) -> None:
    with pytest.raises(inceptionspec.SpecError) as caught:
        override(tmp_path, BASE, f"{key}: {{set: {{kernel: 3}}}}")
    (found,) = caught.value.findings
    assert (found.code, found.message) == (
        "E0317",
        f"`{key}` is not there, since `when` leaves it out",
    )


def test_a_change_of_a_definition_is_for_the_calls_that_keep_the_entry(tmp_path: Path) -> None:
    network = override(tmp_path, BASE, "blocks.mbconv/wide: {set: {kernel: 3}}")
    assert network.graph.nodes[network.graph.names["b/wide"]].attributes["kernel"] == (3, 3)
    network = override(tmp_path, BASE, '"*/wide": {set: {kernel: 3}}')
    assert network.graph.nodes[network.graph.names["b/wide"]].attributes["kernel"] == (3, 3)


def test_another_value_of_the_argument_brings_an_entry_back(tmp_path: Path) -> None:
    network = override(tmp_path, BASE, "a: {set: {with: {expand: true}}}")
    assert "a/wide" in network.graph.names


def test_an_override_sets_no_condition(tmp_path: Path) -> None:
    with pytest.raises(inceptionspec.SpecError) as caught:
        override(tmp_path, BASE, "stem: {set: {when: $on}}")
    (found,) = caught.value.findings
    assert found.code == "E0315"
    assert found.helps == ("write `stem: delete`, or give its argument another value",)
