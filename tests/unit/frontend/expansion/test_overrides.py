"""Variants: sections, paths, patterns, and what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import spec

import inceptionspec
from inceptionspec.api.network import Network
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.reports.findings.full import full

BASE = spec(
    "- {op: conv, name: stem, kernel: 3, filters: $n}\n"
    "- {block: b, name: B, with: {k: 3}}\n"
    "- {block: b, name: R, repeat: 2, with: {k: 1}}",
    rest="""args: {n: 8, rate: 0.5}
defaults: {conv: {activation: relu}}
blocks:
  b:
    args: {k: int}
    branches:
      L: [{op: conv, name: c, kernel: $k, filters: 4}]
      R: [{op: avg_pool, name: p, kernel: 3}]
main: Logits
heads:
  Aux: {from: B, loss_weight: 0.4, layers: [{op: global_avg_pool}]}
  Logits: {from: R, layers: [{op: global_avg_pool, name: g}, {op: dropout, name: d, rate: $rate}]}
end_points: {Pool: Logits/g}
expect: {stem: 16x16x8}
""",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE)
    return tmp_path


def variant(folder: Path, override: str, rest: str = "") -> Network:
    lines = "".join(f"  {line}\n" for line in override.strip("\n").split("\n"))
    text = f"spec: 1\nextends: base.yaml\nname: v\n{rest}\noverride:\n{lines}"
    (folder / "v.yaml").write_text(text)
    return inceptionspec.load(str(folder / "v.yaml"))


def found(network: Network, path: str) -> dict[str, object]:
    return dict(network.graph.nodes[network.graph.names[path]].attributes)


def test_set_replace_insert_delete(folder: Path) -> None:
    network = variant(
        folder,
        """
stem: {set: {kernel: 5, activation: none}, after: [{op: lrn}]}
B/R/p: {set: {op: max_pool}}
B/L/c: {replace: [{op: conv, kernel: 1x3, filters: 4}, {op: conv, kernel: 3x1, filters: 4}]}
R/b_2: delete
Aux: delete
""",
    )
    assert found(network, "stem")["kernel"] == (5, 5)
    assert found(network, "stem")["activation"] is None
    paths = [node.path for node in network.graph.nodes]
    assert paths == [
        "input", "stem", "lrn", "B/L/conv", "B/L/conv_2", "B/R/p", "B/concat", "R/b_1/L/c",
        "R/b_1/R/p", "R/b_1/concat", "Logits/g", "Logits/d",
    ]  # fmt: skip
    assert network.graph.nodes[5].op == "max_pool"


def test_a_pattern_reaches_every_member(folder: Path) -> None:
    network = variant(folder, "R/b_*/L/c: {set: {filters: 9}}")
    assert [found(network, f"R/b_{i}/L/c")["filters"] for i in (1, 2)] == [9, 9]
    assert found(network, "B/L/c")["filters"] == 4


def test_a_definition_reaches_every_call(folder: Path) -> None:
    network = variant(folder, "blocks.b/L/c: {set: {filters: 9}}")
    assert [found(network, f"{p}/L/c")["filters"] for p in ("B", "R/b_1")] == [9, 9]


def test_sections(folder: Path) -> None:
    network = variant(
        folder,
        """
args.n: {set: 12}
defaults.conv: {set: {activation: relu6}}
input: {set: {size: 8x8}}
end_points.Pool: {set: Logits/d}
B: {set: {with: {k: 5}}}
Aux: {set: {loss_weight: 0.1}}
Logits/d: {set: {rate: 0}}
""",
    )
    assert found(network, "stem")["filters"] == 12
    assert found(network, "stem")["activation"] == "relu6"
    assert network.graph.nodes[0].shape == (8, 8, 3)
    assert network.graph.names["Pool"] == network.graph.names["Logits/d"]
    assert found(network, "B/L/c")["kernel"] == (5, 5)
    assert network.graph.head("Aux").loss_weight == 0.1


def test_a_variant_of_a_variant(folder: Path) -> None:
    variant(folder, "stem: {set: {kernel: 5}}")
    (folder / "w.yaml").write_text(
        "spec: 1\nextends: v.yaml\nname: w\noverride: {stem: {set: {filters: 3}}}\n"
    )
    network = inceptionspec.load(str(folder / "w.yaml"))
    assert found(network, "stem")["kernel"] == (5, 5)
    assert found(network, "stem")["filters"] == 3


def test_a_call_with_other_arguments_keeps_what_was_changed_inside_it(folder: Path) -> None:
    network = variant(folder, "B: {set: {with: {k: 5}}}\nB/L/c: {set: {filters: 9}}")
    assert found(network, "B/L/c")["kernel"] == (5, 5)
    assert found(network, "B/L/c")["filters"] == 9
    (folder / "w.yaml").write_text(
        "spec: 1\nextends: v.yaml\nname: w\noverride: {B: {set: {with: {k: 7}}}}\n"
    )
    network = inceptionspec.load(str(folder / "w.yaml"))
    assert found(network, "B/L/c")["kernel"] == (7, 7)
    assert found(network, "B/L/c")["filters"] == 9


def test_a_repeat_can_be_made_longer(folder: Path) -> None:
    network = variant(folder, "R: {set: {repeat: 4}}\nR/b_4/L/c: {set: {filters: 9}}")
    assert found(network, "R/b_4/L/c")["filters"] == 9


def test_a_member_of_a_repeat_can_be_given_other_arguments(folder: Path) -> None:
    network = variant(folder, "R/b_2: {set: {with: {k: 5}}}")
    assert found(network, "R/b_1/L/c")["kernel"] == (1, 1)
    assert found(network, "R/b_2/L/c")["kernel"] == (5, 5)


def test_what_replaces_a_call_keeps_its_name(folder: Path) -> None:
    network = variant(folder, "B: {replace: [{op: max_pool, kernel: 2}]}")
    assert network.graph.nodes[network.graph.names["B"]].op == "max_pool"


def test_new_blocks_and_heads(folder: Path) -> None:
    network = variant(
        folder,
        "B: {replace: [{block: mine, name: B}]}",
        rest="blocks: {mine: {layers: [{op: max_pool, kernel: 2, stride: 2}]}}\n"
        "heads: {Extra: {from: stem, layers: [{op: global_avg_pool}]}}",
    )
    assert network.graph.nodes[network.graph.names["B"]].op == "max_pool"
    assert [head.name for head in network.graph.heads] == ["Aux", "Logits", "Extra"]


def test_contracts_are_not_inherited(folder: Path) -> None:
    assert variant(folder, "args.n: {set: 9}").spec.expect is None


@pytest.mark.parametrize(
    ("override", "code", "words"),
    [
        ("stm: delete", "E0310", "did you mean `stem`"),
        ("arg.n: {set: 1}", "E0310", "did you mean `args`"),
        ("args.m: {set: 1}", "E0310", "no `m` under `args`"),
        ("args.n: {set: x}", "E0306", "of type int"),
        ("args.n: delete", "E0315", "cannot be deleted"),
        ("blocks.c/L: delete", "E0310", "no `c` under `blocks`"),
        ("blocks.b/Q: delete", "E0310", "matches nothing"),
        ("R/b_*/L/c: {set: {filters: 1}}\nR/b_1/L/c: {set: {kernel: 1}}", "E0311", "two overrides"),
        ("B: delete\nB/L/c: {set: {filters: 1}}", "E0311", "inside what another override removes"),
        ("R/b_*/L/cc: {set: {filters: 1}}", "E0310", "`R/b_*/L/c`, which matches"),
        ("Aux/*: delete", "E0204", "write `Aux: delete`, which removes the head"),
        ("Aux: {set: {name: Top}}", "E0202", "write another one under `heads`"),
        ("B: {set: {merge: add}}", "E0202", "belongs to the definition, `blocks.b`"),
        ("B/concat: {set: {merge: add}}", "E0203", "write `op: add`"),
        ("B/concat: delete", "E0315", "a merge can only be given other keys"),
        ("B/L: {after: []}", "E0315", "a branch can only be deleted"),
        ("stem: {set: {fliters: 3}}", "E0203", "did you mean `filters`"),
        ("stem: {set: {filters: 0}}", "E0205", "at least 1"),
        ("stem: {set: 3}", "E0315", "needs a mapping"),
        ("B/L: {set: {name: x}}", "E0315", "layer by layer"),
        ("B/L: delete\nB/R: delete", "E0315", "last branch"),
        ("stem: {replace: [{op: cnov}]}", "E0206", "did you mean"),
        ("defaults.conv: delete", "E0315", "{set: {...}}"),
        ("input: {set: {size: big}}", "E0205", "height x width"),
        ("input: {set: {size: 8x8}, before: []}", "E0315", "{set: {...}}"),
        ("defaults.conv: {set: {l2: 0}, after: []}", "E0315", "{set: {...}}"),
        ("blocks.b: {replace: []}", "E0315", "what keeps its name"),
        ("Aux: {before: [{op: lrn}]}", "E0315", "a head can only be set or deleted"),
        ("Aux: {replace: [{op: lrn}]}", "E0315", "a head can only be set or deleted"),
        ("B: {set: {name: C}}", "E0315", "a call keeps its name"),
    ],
)
def test_overrides_that_do_not_fit(folder: Path, override: str, code: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        variant(folder, override)
    shown = full(caught.value.findings)
    assert caught.value.findings[0].code == code, shown
    assert words in shown, shown


def test_a_key_for_what_a_base_removes_shows_where(folder: Path) -> None:
    (folder / "v.yaml").write_text(
        "spec: 1\nextends: base.yaml\nname: v\noverride: {Aux: delete}\n"
    )
    (folder / "w.yaml").write_text(
        "spec: 1\nextends: v.yaml\nname: w\noverride: {Aux: {set: {loss_weight: 1}}}\n"
    )
    with pytest.raises(SpecError) as caught:
        inceptionspec.load(str(folder / "w.yaml"))
    (found,) = caught.value.findings
    (removal,) = (one for one in found.labels if one.text == "a base removes it")
    assert (found.code, removal.span.source.name) == ("E0310", str(folder / "v.yaml"))


def load(folder: Path, extends: str) -> str:
    (folder / "v.yaml").write_text(f"spec: 1\nname: v\nextends: {extends}\n")
    with pytest.raises(SpecError) as caught:
        inceptionspec.load(str(folder / "v.yaml"))
    return full(caught.value.findings)


@pytest.mark.parametrize(
    ("extends", "code"),
    [
        ("../base.yaml", "E0313"),
        ("/etc/passwd.yaml", "E0313"),
        ("https://example.org/a.yaml", "E0313"),
        ("link.yaml", "E0313"),
        ("nothing.yaml", "E0312"),
        ("inception_v33", "E0312"),
        ("v.yaml", "E0314"),
        ("sub/../base.yaml", "E0313"),
    ],
)
def test_bases_that_are_refused(folder: Path, extends: str, code: str) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "link.yaml").symlink_to(folder / "base.yaml")
    shown = load(inner, extends)
    assert f"error[{code}]" in shown, shown


def test_a_circle_and_a_long_chain(folder: Path) -> None:
    for one, other in ("ab", "bc", "ca"):
        (folder / f"{one}.yaml").write_text(f"spec: 1\nname: x\nextends: {other}.yaml\n")
    assert "E0314" in load(folder, "a.yaml")
    for number in range(12):
        (folder / f"x{number}.yaml").write_text(f"spec: 1\nname: x\nextends: x{number + 1}.yaml\n")
    assert "E0509" in load(folder, "x0.yaml")


def test_a_finding_in_a_base_shows_where_it_is_extended(folder: Path) -> None:
    (folder / "base.yaml").write_text(BASE.replace("op: dropout", "op: dropuot"))
    shown = load(folder, "base.yaml")
    assert "error[E0206]" in shown
    assert "extended here" in shown
    assert "v.yaml:3:10" in shown
