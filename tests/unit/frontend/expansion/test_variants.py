"""Variants as people write them: merged sections, bare mappings, no heads, what is put around."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import spec

import inceptionspec
from inceptionspec.api.network import Network
from inceptionspec.checks.check import check
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.frontend.writing.yaml_writer import spec_text
from inceptionspec.reports.findings.full import full

BASE = spec(
    "- {op: conv, name: stem, kernel: 3, filters: $n}\n"
    "- {block: b, name: B, with: {k: 3}}\n"
    "- {block: b, name: R, repeat: 2, with: {k: 1}}\n"
    "- {block: c, name: C}",
    rest="""args: {n: 8, rate: 0.5}
defaults: {conv: {activation: relu}}
blocks:
  b:
    args: {k: int, f: {type: int, default: 4}}
    branches:
      L: [{op: conv, name: c, kernel: $k, filters: $f}]
      R: [{op: avg_pool, name: p, kernel: 3}]
  c:
    residual: {scale: 0.5}
    layers: [{op: conv, name: x, kernel: 1, filters: input}]
main: Logits
heads:
  Aux: {from: B, loss_weight: 0.4, layers: [{op: global_avg_pool}]}
  Logits: {from: C, layers: [{op: global_avg_pool, name: g}, {op: dropout, name: d, rate: $rate}]}
end_points: {Pool: Logits/g}
""",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE)
    return tmp_path


def variant(folder: Path, text: str, name: str = "v", base: str = "base") -> Network:
    (folder / f"{name}.yaml").write_text(f"spec: 1\nextends: {base}.yaml\nname: {name}\n{text}")
    return inceptionspec.load(str(folder / f"{name}.yaml"))


def attributes(network: Network, path: str) -> dict[str, object]:
    return dict(network.graph.nodes[network.graph.names[path]].attributes)


def paths(network: Network) -> list[str]:
    return [node.path for node in network.graph.nodes]


LONG = """
override:
  args.n: {set: 16}
  input: {set: {size: 24x24}}
  defaults.conv: {set: {activation: tanh}}
  blocks.b: {set: {doc: Two.}}
  Aux: {set: {loss_weight: 0.1}}
  end_points.Pool: {set: Logits/d}
  B/R/p: {set: {kernel: 5}}
"""
SHORT = """
args: {n: 16}
input: {size: 24x24}
defaults: {conv: {activation: tanh}}
blocks: {b: {doc: Two.}}
heads: {Aux: {loss_weight: 0.1}}
end_points: {Pool: Logits/d}
override:
  B/R/p: {kernel: 5}
"""
BARE = """
override:
  args.n: {set: 16}
  input: {size: 24x24}
  defaults.conv: {activation: tanh}
  blocks.b: {doc: Two.}
  Aux: {loss_weight: 0.1}
  end_points.Pool: {set: Logits/d}
  B/R/p: {kernel: 5}
"""


def test_three_spellings_of_one_variant_are_one_document(folder: Path) -> None:
    long, short, bare = (variant(folder, text).digests for text in (LONG, SHORT, BARE))
    assert long == short == bare


def test_sections_add_what_the_base_does_not_have(folder: Path) -> None:
    network = variant(
        folder,
        "args: {m: 3}\nblocks: {d: {layers: [{op: lrn, name: l}]}}\n"
        "heads: {Third: {from: stem, loss_weight: 1, layers: [{op: global_avg_pool}]}}\n"
        "end_points: {Also: stem}\noverride: {stem: {filters: $m, after: [{block: d}]}}\n".replace(
            "{filters: $m, after", "{set: {filters: $m}, after"
        ),
    )
    assert attributes(network, "stem")["filters"] == 3
    assert "d/l" in paths(network)
    assert [head.name for head in network.graph.heads] == ["Aux", "Logits", "Third"]
    assert network.graph.names["Also"] == network.graph.names["stem"]


def test_a_definition_is_merged_by_argument_and_branch(folder: Path) -> None:
    network = variant(
        folder,
        "blocks:\n  b:\n    args: {f: {type: int, default: 6}}\n"
        "    branches: {R: [], S: [{op: max_pool, kernel: 3}]}\n",
    )
    assert attributes(network, "B/L/c")["filters"] == 6
    assert network.graph.nodes[network.graph.names["B"]].shape == (16, 16, 6 + 8 + 8)
    assert "B/R/p" not in paths(network)
    network = variant(
        folder, "blocks: {b: {layers: [{op: conv, name: o, kernel: $k, filters: 2}]}}"
    )
    assert "B/o" in paths(network)
    assert "B/concat" not in paths(network)


def test_an_argument_can_be_declared_anew(folder: Path) -> None:
    network = variant(folder, "args: {n: {type: int, default: 5, doc: Filters of the stem.}}")
    assert attributes(network, "stem")["filters"] == 5


def test_main_none_is_the_trunk_and_leaves_nothing_dangling(folder: Path) -> None:
    network = variant(folder, "main: none\n")
    assert network.graph.heads == ()
    assert not any(path.startswith(("Logits", "Aux")) for path in paths(network))
    assert "Pool" not in network.graph.names
    report = check(network.loaded)
    assert not report.findings, full(report.findings)
    below = variant(
        folder,
        "main: Top\nheads: {Top: {from: C, layers: [{op: global_avg_pool}]}}\n",
        "w",
        "v",
    )
    assert [head.name for head in below.graph.heads] == ["Top"]
    assert variant(folder, "main: none\n", "w", "v").graph.heads == ()


def test_main_none_in_a_spec_without_heads() -> None:
    network = inceptionspec.loads(spec("- {op: lrn}", rest="main: none\n"))
    assert network.graph.main == ""


def test_a_head_may_still_be_called_none() -> None:
    text = spec(
        "- {op: lrn}",
        rest="main: none\nheads: {none: {from: lrn, layers: [{op: global_avg_pool}]}}\n",
    )
    assert inceptionspec.loads(text).graph.main == "none"


def test_a_definition_takes_layers_before_and_after_and_keeps_its_paths(folder: Path) -> None:
    plain = variant(folder, "")
    network = variant(
        folder,
        "override:\n"
        "  blocks.b: {before: [{op: lrn}], after: [{op: batch_norm, name: n}]}\n"
        "  blocks.c: {after: [{op: activation, function: relu}]}\n",
    )
    assert set(paths(plain)) <= set(paths(network))
    added = [path for path in paths(network) if path not in paths(plain)]
    assert added == [
        "B/lrn", "B/n", "R/b_1/lrn", "R/b_1/n", "R/b_2/lrn", "R/b_2/n", "C/activation",
    ]  # fmt: skip
    nodes = network.graph.nodes
    assert nodes[network.graph.names["B"]].path == "B/n"
    assert nodes[network.graph.names["B/lrn"]].inputs == (network.graph.names["stem"],)
    assert nodes[network.graph.names["C"]].path == "C/activation"


def test_one_pattern_reaches_several_definitions(folder: Path) -> None:
    network = variant(folder, 'override: {"blocks.[bc]": {after: [{op: lrn}]}}')
    assert {"B/lrn", "R/b_1/lrn", "C/lrn"} <= set(paths(network))


def test_what_is_put_around_a_definition_reads_its_arguments(folder: Path) -> None:
    network = variant(
        folder, "override:\n  blocks.b: {after: [{op: conv, name: a, kernel: $k, filters: $f}]}\n"
    )
    assert attributes(network, "B/a")["kernel"] == (3, 3)
    assert attributes(network, "R/b_1/a")["kernel"] == (1, 1)


@pytest.mark.parametrize(
    ("key", "merge", "end"),
    [
        ("blocks.c", "C/add_2", "C"),
        ("C", "C/add_2", "C"),
        ("C/x", "C/add_2", "C"),
        ("C/x", "C/add_2", "C/add"),
    ],
)
def test_a_residual_connection_around_anything(
    folder: Path, key: str, merge: str, end: str
) -> None:
    network = variant(folder, f"override: {{{key}: {{wrap: {{residual: true}}}}}}")
    assert merge in paths(network) or "C/add" in paths(network)
    assert "C/x" in paths(network)
    assert network.graph.names[end]


def test_wrap_places_what_is_wrapped_among_layers_and_branches(folder: Path) -> None:
    network = variant(
        folder,
        "override:\n"
        "  stem: {wrap: {layers: [{op: lrn, name: before}, inner, {op: lrn, name: after}]}}\n"
        "  R/b_1: {wrap: {branches: {Main: [inner], Side: [{op: lrn}]}}}\n"
        "  B/L: {wrap: {residual: {shortcut: [{op: conv, name: s, kernel: 1, filters: 4}]}}}\n",
    )
    found = paths(network)
    assert found[1:4] == ["before", "stem", "after"]
    assert {"R/b_1/Main/L/c", "R/b_1/Side/lrn", "B/L/s", "B/L/c", "B/L/add"} <= set(found)


def test_what_is_inside_something_wrapped_can_change_too(folder: Path) -> None:
    network = variant(
        folder,
        "override:\n"
        "  B: {wrap: {layers: [inner, {op: lrn, name: last}]}}\n"
        "  B/L: {wrap: {layers: [inner, {op: lrn, name: outer}]}}\n"
        "  B/L/c: {after: [{op: lrn, name: inserted}]}\n",
    )
    found = paths(network)
    assert found.index("B/L/inserted") < found.index("B/L/outer") < found.index("B/last")


def test_a_wrapped_call_keeps_what_is_around_it_when_a_variant_gives_it_arguments(
    folder: Path,
) -> None:
    variant(folder, "override: {B: {wrap: {layers: [inner, {op: lrn, name: l}]}}}\n", "w")
    network = variant(folder, "override: {B: {with: {k: 1}}}\n", "v", "w")
    assert "B/l" in paths(network)
    assert attributes(network, "B/L/c")["kernel"] == (1, 1)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("args: {n: x}\n", "E0306", "of type int"),
        ("args: {n: delete}\n", "E0306", "write `args.n: delete` under `override`"),
        ("args: {n: 3}\noverride: {args.n: {set: 4}}\n", "E0311", "changed twice in this file"),
        ("heads: {Aux: {loss_weight: 1}}\noverride: {Aux: delete}\n", "E0311", "changed twice"),
        ("blocks: {d: {doc: x}}\n", "E0204", "needs `layers` or `branches`"),
        ("blocks: {b: {layers: [], branches: {}}}\n", "E0208", "at once"),
        ("heads: {New: {layers: [{op: lrn}]}}\n", "E0204", "lacks the key `from`"),
        ("input: {chanels: 3}\n", "E0202", "did you mean `channels`"),
        ("defaults: {conv: {actvation: relu}}\n", "E0203", "did you mean `activation`"),
        ("main: none\nheads: {Aux: {loss_weight: 1}}\n", "E0210", "without heads"),
        ("main: none\noverride: {Logits: {predictions: softmax}}\n", "E0311", "changed twice"),
        ("main: none\nend_points: {P: Logits/g}\n", "E0308", "which an override removes"),
        ("override: {stem: {sett: {filters: 3}}}\n", "E0202", "did you mean `set`"),
        ("override: {stem: {filers: 3}}\n", "E0203", "did you mean `filters`"),
        ("override: {stem: {filters: 3, after: []}}\n", "E0202", "belongs under `set`"),
        ("override: {args: {n: 3}}\n", "E0310", "write `args: {n: 3}` next to `override`"),
        ("override: {Aux: {wrap: {residual: true}}}\n", "E0315", "a head cannot be wrapped"),
        ("override: {stem: {wrap: {layers: []}}}\n", "E0208", "must hold `inner` once"),
        ("override: {stem: {wrap: {layers: [inner, inner]}}}\n", "E0208", "there 2 times"),
        ("override: {stem: {wrap: {}}}\n", "E0208", "puts nothing around it"),
        ("override: {stem: {wrap: [inner]}}\n", "E0201", "write `{layers: [..., inner, ...]}`"),
        ("override: {stem: {wrap: {resdual: true}}}\n", "E0202", "did you mean `residual`"),
        ("override: {stem: {after: [inner]}}\n", "E0201", "must be a mapping"),
        ("override: {B/concat: {wrap: {residual: true}}}\n", "E0315", "a merge can only be given"),
        ('override: {"blocks.[xy]": {doc: x}}\n', "E0310", "no `[xy]` under `blocks`"),
        ("override: {blocks.c: {after: [{block: c}]}}\n", "E0307", "calls itself"),
        ('override: {"[Bstem": delete}\n', "E0310", "a set is written in brackets"),
        ('override: {"R/* !R/b_3": {with: {k: 3}}}\n', "E0310", "exclusion `!R/b_3` matches"),
    ],
)
def test_variants_that_do_not_fit(folder: Path, text: str, code: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        variant(folder, text)
    shown = full(caught.value.findings)
    assert caught.value.findings[0].code == code, shown
    assert words in shown, shown


def test_a_misspelled_argument_is_warned_of_with_the_one_that_was_meant(folder: Path) -> None:
    report = check(variant(folder, "args: {ratte: 0.1}").loaded)
    assert "did you mean `rate`" in full(report.findings)


SQUEEZE_EXCITE = """
blocks:
  se:
    branches:
      Identity: []
      Gate:
        - {op: global_avg_pool, name: Squeeze, keep_dims: true}
        - {op: conv, name: Reduce, kernel: 1, filters: input // 16, norm: none}
        - {op: conv, name: Expand, kernel: 1, filters: input, norm: none, activation: sigmoid}
    merge: multiply
override:
  blocks.inception_a: {after: [{block: se, name: SE}]}
  blocks.inception_b: {after: [{block: se, name: SE}]}
  blocks.inception_c: {after: [{block: se, name: SE}]}
"""


def test_a_gate_after_every_block_of_v4_keeps_every_path_and_shape_of_the_base() -> None:
    base = inceptionspec.load("inception_v4").graph
    text = f"spec: 1\nextends: inception_v4\nname: v\n{SQUEEZE_EXCITE}"
    network = inceptionspec.loads(text)
    graph = network.graph
    own = {node.path: node for node in graph.nodes}
    for node in base.nodes:
        assert own[node.path].shape == node.shape
        assert own[node.path].attributes == node.attributes
    blocks = [f"Mixed_{name}" for name in ("5b", "5e", "6b", "6h", "7b", "7d")]
    for name in blocks:
        assert graph.nodes[graph.names[name]].path == f"{name}/SE/multiply"
    added = {path for path in own if path not in base.names}
    assert len(added) == 4 * 14
    assert all("/SE/" in path for path in added)
    short = SQUEEZE_EXCITE.partition("override:")[0] + (
        'override: {"blocks.inception_[abc]": {after: [{block: se, name: SE}]}}\n'
    )
    one = inceptionspec.loads(f"spec: 1\nextends: inception_v4\nname: v\n{short}")
    assert one.digests == network.digests


def test_an_expanded_spec_of_what_was_put_around_is_the_same_document(folder: Path) -> None:
    network = variant(
        folder,
        "override:\n"
        "  blocks.b: {before: [{op: lrn}], wrap: {residual: {shortcut: [{op: conv, kernel: 1,"
        " filters: 12}]}, layers: [inner, {op: conv, kernel: 1, filters: 12}]}}\n"
        "  C: {wrap: {branches: {Main: [inner], Side: []}, merge: add}}\n"
        "  stem: {wrap: {residual: true, layers: [inner, {op: conv, kernel: 1, filters: 3}]}}\n",
    )
    again = inceptionspec.loads(spec_text(network.loaded.expanded()))
    assert again.digests == network.digests


def test_a_later_file_reaches_what_an_earlier_one_put_after_a_definition(folder: Path) -> None:
    variant(
        folder, "override: {blocks.b: {after: [{op: conv, name: a, kernel: 1, filters: 2}]}}", "w"
    )
    network = variant(folder, "override: {blocks.b/a: {filters: 5}, B/a: {kernel: 3}}", "v", "w")
    assert attributes(network, "R/b_2/a")["filters"] == 5
    assert attributes(network, "B/a")["kernel"] == (3, 3)


def test_what_is_inside_a_wrapped_definition_reads_by_name(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        spec(
            "- {op: conv, name: s, kernel: 1, filters: 4}\n- {block: d, name: D, with: {skip: s}}",
            rest="blocks:\n  d:\n    args: {skip: layer}\n    layers:\n"
            "      - {op: conv, name: x, kernel: 1, filters: 4}\n"
            "      - {op: add, name: sum, from: [x, $skip, input]}\n",
        )
    )
    network = variant(
        tmp_path,
        "override: {blocks.d: {before: [{op: lrn}], wrap: {residual: true},"
        " after: [{op: add, name: all, from: [sum, $skip]}]}}",
    )
    names = network.graph.names
    node = network.graph.nodes[names["D/sum"]]
    assert node.inputs == (names["D/x"], names["s"], names["D/lrn"])
    assert network.graph.nodes[names["D"]].path == "D/all"


def test_input_in_a_definition_is_what_was_put_before_it(folder: Path) -> None:
    network = variant(
        folder, "override: {blocks.c: {before: [{op: conv, name: w, kernel: 1, filters: 5}]}}"
    )
    assert network.graph.nodes[network.graph.names["C/x"]].shape == (16, 16, 5)


def test_an_argument_that_names_a_layer_means_the_same_in_a_wrapped_definition(
    tmp_path: Path,
) -> None:
    (tmp_path / "base.yaml").write_text(
        spec(
            "- {op: conv, name: x, kernel: 1, filters: 4}\n- {block: d, name: D, with: {skip: x}}",
            rest="blocks:\n  d:\n    args: {skip: layer}\n    layers:\n"
            "      - {op: conv, name: x, kernel: 1, filters: 4}\n"
            "      - {op: add, name: sum, from: [x, $skip]}\n",
        )
    )
    network = variant(tmp_path, "override: {blocks.d: {wrap: {residual: true}}}")
    names = network.graph.names
    assert network.graph.nodes[names["D/sum"]].inputs == (names["D/x"], names["x"])
