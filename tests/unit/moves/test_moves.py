"""Each move on small specs: what it writes, what it refuses and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from moving import moved
from support import ROOT, spec

import inceptionspec
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.moves.record import KINDS
from inceptionspec.moves.table import MOVES

CONV = "defaults: {conv: {norm: batch_norm, activation: relu}}"


def override(text: str) -> str:
    """What stands under `override`, on one line for each key."""
    return text.partition("override:\n")[2].rstrip("\n")


def rewritten(network: str, folder: Path, *steps: str, rest: str = CONV, size: str = "16x16"):
    return moved(spec(network, rest=rest, size=size), folder, *steps)


def refused(network: str, folder: Path, *steps: str, rest: str = CONV, size: str = "16x16"):
    with pytest.raises(SpecError) as caught:
        rewritten(network, folder, *steps, rest=rest, size=size)
    (one,) = caught.value.findings
    assert isinstance(one, Diagnostic)
    return one


def reason(network: str, folder: Path, step: str, **options: str) -> str:
    """Why the only place that a pattern matches does not qualify."""
    one = refused(network, folder, step, **options)
    assert one.code in ("E0950", "E0952")
    (note,) = one.notes
    return note.partition("`: ")[2]


#: For each move a layer or block that it takes, and what it writes under `override`.
TAKEN = {
    "two-3x3": (
        "- {op: conv, name: c5x5, kernel: 5x5, filters: 8, stride: 2, l2: 1e-4}",
        "  c5x5:\n"
        "    set: {name: c3x3, kernel: 3x3}\n"
        "    after: [{op: conv, name: c3x3_2, kernel: 3x3, filters: 8, l2: 0.0001}]",
    ),
    "1xn-nx1": (
        "- {op: conv, name: s, kernel: 1x1, filters: 6}\n"
        "- {op: conv, name: a, kernel: 3x3, filters: 8, stride: 2}",
        "  a:\n"
        "    set: {kernel: 1x3, stride: 1x2, filters: 6}\n"
        "    after: [{op: conv, name: a_2, kernel: 3x1, filters: 8, stride: 2x1}]",
    ),
    "nx1-1xn": (
        "- {op: conv, name: s, kernel: 1x1, filters: 6}\n"
        "- {op: conv, name: c_7x7, kernel: 7x7, filters: 8, padding: 3}",
        "  c_7x7:\n"
        "    set: {name: c_7x1, kernel: 7x1, padding: 3x0, filters: 6}\n"
        '    after: [{op: conv, name: c_1x7, kernel: 1x7, filters: 8, padding: "0x3"}]',
    ),
    "expanded-bank": (
        "- {op: conv, name: c_3x3, kernel: 3x3, filters: 8}",
        "  c_3x3:\n"
        "    replace:\n"
        "      - branches:\n"
        "          - [{op: conv, name: c_1x3, kernel: 1x3, filters: 8}]\n"
        "          - [{op: conv, name: c_3x1, kernel: 3x1, filters: 8}]",
    ),
    "parallel-reduction": (
        "- {op: max_pool, name: p, kernel: 3x3, stride: 2, padding: valid}",
        "  p:\n"
        "    replace:\n"
        "      - branches:\n"
        "          Branch_0: [{op: conv, name: Conv, kernel: 3x3, filters: 3, stride: 2, "
        "padding: valid}]\n"
        "          Branch_1: [{op: max_pool, name: Pool, kernel: 3x3, stride: 2, padding: valid}]",
    ),
    "separable": (
        "- {op: conv, name: c, kernel: 3x3, filters: 8}",
        "  c: {op: separable_conv}",
    ),
    "residual": (
        "- name: b\n  layers: [{op: conv, name: c, kernel: 3x3, filters: 3}]",
        "  b:\n"
        "    wrap:\n"
        "      residual: {scale: 0.2, activation: relu}\n"
        "      layers:\n"
        "        - inner\n"
        "        - {op: conv, name: Up, kernel: 1x1, filters: input, activation: none}",
    ),
    "squeeze-excite": (
        "- name: b\n  layers: [{op: conv, name: c, kernel: 3x3, filters: 3}]",
        "  b:\n"
        "    wrap:\n"
        "      layers:\n"
        "        - inner\n"
        "        - {block: squeeze_excite, name: SE}",
    ),
    "batch-norm": (
        "- {op: conv, name: c, kernel: 3x3, filters: 8, norm: none, bias: true}\n"
        "- {op: lrn, name: l}\n- {op: dropout, name: d, rate: 0.5}\n"
        "- {op: conv, name: e, kernel: 1x1, filters: 8}",
        "  c: {norm: batch_norm, bias: false}\n  l d: delete",
    ),
    "avg-pool": ("- {op: max_pool, name: p, kernel: 3x3}", "  p: {op: avg_pool}"),
    "max-pool": ("- {op: avg_pool, name: p, kernel: 3x3}", "  p: {op: max_pool}"),
    "halve-input": (
        "- {op: conv, name: c, kernel: 3x3, filters: 8, stride: 2}",
        "  c: {stride: 1}",
    ),
    "double-input": ("- {op: conv, name: c, kernel: 3x3, filters: 8}", "  c: {stride: 2}"),
}


@pytest.mark.parametrize("move", MOVES)
def test_every_move_is_described_and_tested(move: str, tmp_path: Path) -> None:
    network, written = TAKEN[move]
    found = rewritten(network, tmp_path, move)
    assert override(found.text) == written
    assert "extends: base.yaml\n" in found.text
    row = MOVES[move]
    assert row.source in " ".join(found.text.split())
    assert row.kind in KINDS
    assert f"| `{move}` |" in (ROOT / "docs/moves.md").read_text(encoding="utf-8")


#: What moves do not take, and why.
LEFT = {
    "two-3x3@c: its kernel is 3x3 already": "{op: conv, name: c, kernel: 3x3, filters: 4}",
    "two-3x3@c: its kernel is 1x1": "{op: conv, name: c, kernel: 1x1, filters: 4}",
    "two-3x3@c: its kernel is 1x7, which is not square":
        "{op: conv, name: c, kernel: 1x7, filters: 4}",
    "two-3x3@c: its kernel is 4x4, which has no middle":
        "{op: conv, name: c, kernel: 4x4, filters: 4}",
    "two-3x3@c: its kernel has gaps (`dilation`)":
        "{op: conv, name: c, kernel: 5x5, filters: 4, dilation: 2}",
    "two-3x3@c: it has groups": "{op: conv, name: c, kernel: 5x5, filters: 3, groups: 3}",
    "two-3x3@c: its stride is 1x2": "{op: conv, name: c, kernel: 5x5, filters: 4, stride: 1x2}",
    "two-3x3@c: its padding is neither `same`, `valid` nor half of its kernel":
        "{op: conv, name: c, kernel: 5x5, filters: 4, padding: 1}",
    "two-3x3@c: its kernel follows the size of the map":
        "{op: conv, name: c, kernel: 5x5, filters: 4, clip: true}",
    "two-3x3@c: it is a `max_pool`": "{op: max_pool, name: c, kernel: 5x5}",
    "separable@c: it is no layer": "{name: c, layers: [{op: conv, kernel: 3x3, filters: 4}]}",
    "1xn-nx1@c: it reads the picture, whose channels are too few to be in between":
        "{op: conv, name: c, kernel: 3x3, filters: 4}",
    "expanded-bank@c: its padding is `valid`: a row and a column would yield maps of two sizes":
        "{op: conv, name: c, kernel: 3x3, filters: 4, padding: valid}",
    "parallel-reduction@c: its stride is 1": "{op: max_pool, name: c, kernel: 3x3}",
    "parallel-reduction@c: it keeps a last window (`ceil`), which no convolution does":
        "{op: max_pool, name: c, kernel: 3x3, stride: 2, padding: valid, ceil: true}",
    "separable@c: its kernel is 1x1": "{op: conv, name: c, kernel: 1x1, filters: 4}",
    "separable@c: it has groups": "{op: conv, name: c, kernel: 3x3, filters: 3, groups: 3}",
    "residual@c: it is no block": "{op: conv, name: c, kernel: 3x3, filters: 4}",
    "residual@c: it has a residual connection already":
        "{name: c, residual: true, layers: [{op: conv, kernel: 3x3, filters: 3}]}",
    "residual@c: its map goes from 16x16 to 7x7, as no 1x1 with a stride does":
        "{name: c, layers: [{op: conv, kernel: 3x3, filters: 3, stride: 2, padding: valid}]}",
    "squeeze-excite@c: it does not take a map to a map":
        "{name: c, layers: [{op: global_avg_pool}]}",
    "squeeze-excite@c: it ends in a gate already":
        "{name: c, branches: [[], [{op: global_avg_pool}]], merge: multiply}",
    "batch-norm@c: it has a norm already": "{op: conv, name: c, kernel: 3x3, filters: 4}",
    "batch-norm@c: it yields logits": "{op: conv, name: c, kernel: 3x3, filters: 4, norm: none}",
    "batch-norm@c: its rate is 0 already": "{op: dropout, name: c, rate: 0}",
    "avg-pool@c: it is an `avg_pool`": "{op: avg_pool, name: c, kernel: 3x3}",
    "halve-input@c: its stride is not 2": "{op: conv, name: c, kernel: 3x3, filters: 4}",
    "double-input@c: its stride is not 1":
        "{op: conv, name: c, kernel: 3x3, filters: 4, stride: 2}",
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT)
def test_what_does_not_qualify_is_left_with_the_reason(case: str, tmp_path: Path) -> None:
    step, _, why = case.partition(": ")
    assert reason(f"- {LEFT[case]}", tmp_path, step) == why


@pytest.mark.parametrize(
    ("at", "advice"),
    [("Mixed_6*", ["`--at 'Mixed_6*/*/*'` matches what is inside"]), ("Logits/*", [])],
)
def test_the_advice_for_a_pattern_of_blocks_works(at: str, advice: list[str]) -> None:
    network = inceptionspec.load("inception_v3")
    with pytest.raises(SpecError) as raised:
        network.move("separable", at=at)
    helps = raised.value.findings[0].helps
    assert [text for text in helps if "--at '" in text] == advice
    if advice:
        assert network.move("separable", at=f"{at}/*/*").network.macs < network.macs


def test_a_norm_next_to_a_convolution_is_enough(tmp_path: Path) -> None:
    network = (
        "- {op: conv, name: c, kernel: 1, filters: 4}\n- {op: activation, function: relu}\n"
        "- {op: batch_norm}\n- {op: conv, name: d, kernel: 1, filters: 4}"
    )
    assert reason(network, tmp_path, "batch-norm@c", rest="") == (
        "a norm comes right before or after it"
    )


def test_an_open_size_is_enough_unless_a_projection_needs_its_stride(tmp_path: Path) -> None:
    block = "- name: b\n  layers: [{op: conv, name: c, kernel: 3x3, filters: 8, stride: 2}]"
    assert reason(block, tmp_path, "residual@b", size="any") == (
        "its size is open, so that the stride of a projection is unknown"
    )
    assert reason(block.replace("- name: b\n  layers: [", "- ").rstrip("]"), tmp_path,
                  "halve-input@c", size="any") == "the size of the picture is open"  # fmt: skip
    for step in ("separable", "two-3x3", "squeeze-excite"):
        network = block.replace("3x3", "5x5")
        found = rewritten(network, tmp_path, step, size="any")
        assert found.loaded.graph.nodes[0].shape == (None, None, 3)


def test_what_qualifies_is_changed_and_the_rest_is_named(tmp_path: Path) -> None:
    network = (
        "- {op: conv, name: c1, kernel: 1x1, filters: 4}\n"
        "- {op: conv, name: c2, kernel: 3x3, filters: 4}\n- {op: max_pool, name: c3, kernel: 3x3}"
    )
    found = rewritten(network, tmp_path, "separable@c*")
    (one,) = found.moved
    assert one.paths == ("c2",)
    assert one.left == (("c1", "its kernel is 1x1"), ("c3", "it is a `max_pool`"))


def test_under_valid_the_last_of_two_takes_the_stride(tmp_path: Path) -> None:
    network = "- {op: conv, name: c, kernel: 5x5, filters: 8, stride: 2, padding: valid}"
    found = rewritten(network, tmp_path, "two-3x3", size="17x17")
    assert override(found.text) == (
        "  c:\n    set: {kernel: 3x3, stride: 1}\n"
        "    after: [{op: conv, name: c_2, kernel: 3x3, filters: 8, stride: 2, padding: valid}]"
    )
    assert found.loaded.graph.nodes[-1].shape == found.base.graph.nodes[-1].shape


def test_a_7x7_becomes_three_layers(tmp_path: Path) -> None:
    found = rewritten("- {op: conv, name: c, kernel: 7x7, filters: 8}", tmp_path, "two-3x3")
    assert [node.path for node in found.loaded.graph.nodes[1:]] == ["c", "c_2", "c_3"]


def test_names_that_others_read_stay(tmp_path: Path) -> None:
    network = (
        "- {op: conv, name: c_5x5, kernel: 5x5, filters: 8}\n"
        "- {op: conv, name: e, kernel: 1x1, filters: 8}\n- {op: add, from: [c_5x5, e]}"
    )
    found = rewritten(network, tmp_path, "two-3x3")
    assert override(found.text).startswith("  c_5x5: {set: {kernel: 3x3}, after: ")


def test_names_that_are_taken_get_a_number(tmp_path: Path) -> None:
    network = (
        "- {op: conv, name: c_5x5, kernel: 5x5, filters: 8}\n"
        "- {op: conv, name: c_3x3, kernel: 3x3, filters: 8}"
    )
    found = rewritten(network, tmp_path, "two-3x3@c_5x5")
    assert [node.path for node in found.loaded.graph.nodes[1:]] == [
        "c_3x3_2", "c_3x3_2_2", "c_3x3"
    ]  # fmt: skip


def test_two_layers_of_one_scope_get_names_of_their_own(tmp_path: Path) -> None:
    network = "- {op: conv, kernel: 5x5, filters: 8}\n- {op: conv, kernel: 5x5, filters: 8}"
    found = rewritten(network, tmp_path, "two-3x3")
    assert [node.path for node in found.loaded.graph.nodes[1:]] == [
        "conv", "conv_2_2", "conv_2", "conv_2_2_2"
    ]  # fmt: skip


def test_a_projection_takes_the_stride_and_channels_of_its_block(tmp_path: Path) -> None:
    network = "- name: b\n  layers: [{op: conv, name: c, kernel: 3x3, filters: 8, stride: 2}]"
    found = rewritten(network, tmp_path, "residual")
    shapes = {node.path: node.shape for node in found.loaded.graph.nodes}
    assert shapes["b/Shortcut"] == shapes["b/Up"] == shapes["b/add"] == (8, 8, 8)
    assert found.loaded.graph.nodes[-1].attributes["scale"] == 0.2


def test_a_block_with_a_linear_end_needs_no_other(tmp_path: Path) -> None:
    network = (
        "- name: b\n  layers: [{op: conv, name: c, kernel: 3x3, filters: 3, activation: none}]"
    )
    found = rewritten(network, tmp_path, "residual")
    assert override(found.text) == "  b: {wrap: {residual: {scale: 0.2}}}"


def test_a_gate_stands_before_the_sum(tmp_path: Path) -> None:
    network = "- name: b\n  residual: true\n  layers: [{op: conv, name: c, kernel: 3, filters: 3}]"
    found = rewritten(network, tmp_path, "squeeze-excite")
    assert override(found.text) == "  b/c: {after: [{block: squeeze_excite, name: SE}]}"
    last = found.loaded.graph.nodes[-1]
    assert (last.op, [found.loaded.graph.nodes[i].path for i in last.inputs]) == (
        "add", ["input", "b/SE/multiply"]
    )  # fmt: skip


def test_what_separable_layers_lack_is_written_where_the_base_has_some(tmp_path: Path) -> None:
    network = (
        "- {op: separable_conv, name: s, kernel: 3x3, filters: 8}\n"
        "- {op: conv, name: c, kernel: 3x3, filters: 8, activation: none}"
    )
    found = rewritten(network, tmp_path, "separable")
    assert override(found.text) == "  c: {op: separable_conv, norm: batch_norm}"
    rest = "defaults: {separable_conv: {norm: batch_norm}, conv: {activation: relu}}"
    found = rewritten(network, tmp_path, "separable", rest=rest)
    assert override(found.text) == "  c: {op: separable_conv, norm: none}"
    assert found.loaded.graph.nodes[-1].attributes["norm"] is None


def test_pools_keep_what_they_had_from_defaults(tmp_path: Path) -> None:
    rest = "defaults: {max_pool: {kernel: 2x2, stride: 2}, avg_pool: {padding: valid}}"
    found = rewritten("- {op: max_pool, name: p}", tmp_path, "avg-pool", rest=rest)
    node = found.loaded.graph.nodes[-1]
    assert {key: node.attributes[key] for key in ("kernel", "stride", "padding")} == {
        "kernel": (2, 2), "stride": (2, 2), "padding": "same"
    }  # fmt: skip


def test_a_definition_changes_all_its_calls(tmp_path: Path) -> None:
    text = spec(
        "- {block: b, name: x, with: {n: 4}}\n- {block: b, name: y, with: {n: 6}}",
        rest="blocks: {b: {args: {n: int}, layers: [{op: conv, name: r, kernel: 1x1, filters: $n}, "
        '{op: conv, name: c, kernel: 5x5, filters: "2 * $n"}]}}',
    )
    found = moved(text, tmp_path, "1xn-nx1@blocks.b/c")
    assert "filters: $n}" in found.text
    assert "filters: 2 * $n}" in found.text
    shapes = {node.path: node.shape[-1] for node in found.loaded.graph.nodes}
    assert (shapes["x/c"], shapes["x/c_2"], shapes["y/c"], shapes["y/c_2"]) == (4, 8, 6, 12)


def test_a_pattern_of_paths_matches_no_definition(tmp_path: Path) -> None:
    text = spec(
        "- {block: b, name: x}\n- {op: conv, name: c, kernel: 3x3, filters: 4}",
        rest="blocks: {b: {layers: [{op: conv, name: d, kernel: 3x3, filters: 4}]}}",
    )
    assert moved(text, tmp_path, "separable@*").moved[0].paths == ("c",)
    assert moved(text, tmp_path, "separable@*/*").moved[0].paths == ("x/d",)
    assert moved(text, tmp_path, "separable@blocks.*/*").moved[0].paths == ("blocks.b/d",)


def test_a_definition_that_an_override_changes_is_left(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text(spec(
        "- {block: b, name: x}\n- {block: b, name: y}",
        rest="blocks: {b: {layers: [{op: conv, name: c, kernel: 3x3, filters: 4}]}}",
    ))  # fmt: skip
    text = "{spec: 1, extends: inner.yaml, name: o, override: {x/c: {kernel: 5x5}}}"
    with pytest.raises(SpecError) as caught:
        moved(text, tmp_path, "two-3x3@blocks.b/c")
    assert "an override changes it" in caught.value.findings[0].notes[0]
    assert moved(text, tmp_path, "two-3x3@x/c").moved[0].paths == ("x/c",)


def test_several_moves_are_one_variant(tmp_path: Path) -> None:
    network = (
        "- {op: conv, name: c, kernel: 5x5, filters: 8}\n- {op: max_pool, name: p, kernel: 3x3}"
    )
    found = rewritten(network, tmp_path, "two-3x3", "avg-pool@p")
    assert [one.move.name for one in found.moved] == ["two-3x3", "avg-pool"]
    assert found.kind == "new architecture"
    assert "  p: {op: avg_pool}" in found.text


def test_no_two_moves_change_the_same(tmp_path: Path) -> None:
    network = "- name: b\n  layers: [{op: conv, name: c, kernel: 5x5, filters: 8}]"
    one = refused(network, tmp_path, "two-3x3", "separable@b/c")
    assert (one.code, one.message) == ("E0951", "two moves change `b/c`")
    assert rewritten(network, tmp_path, "two-3x3", "squeeze-excite").moved[1].paths == ("b",)
    one = refused(network, tmp_path, "expanded-bank", "expanded-bank")
    assert one.code == "E0951"


def test_moves_that_fit_alone_may_not_fit_together(tmp_path: Path) -> None:
    network = (
        "- name: b\n  layers: [{op: conv, name: c, kernel: 3x3, filters: 8, activation: none}]"
    )
    rewritten(network, tmp_path, "residual")
    rewritten(network, tmp_path, "expanded-bank")
    one = refused(network, tmp_path, "residual", "expanded-bank")
    assert (one.code, one.notes[0][:5]) == ("E0952", "E0403")
    assert one.message == (
        "after `residual` and `expanded-bank`, the network would not fit together"
    )


def test_readers_that_take_no_more_channels_are_a_reason(tmp_path: Path) -> None:
    network = "- residual: true\n  layers: [{op: conv, name: c, kernel: 3x3, filters: 3}]"
    one = refused(network, tmp_path, "expanded-bank@c")
    assert one.code == "E0952"
    assert "(E0403, " in one.notes[0]
    both = network + "\n- {op: conv, name: c2, kernel: 3x3, filters: 3}"
    (only,) = rewritten(both, tmp_path, "expanded-bank@c*").moved
    assert (only.paths, [path for path, _ in only.left]) == (("c2",), ["c"])


def test_logits_stay(tmp_path: Path) -> None:
    text = spec(
        "- {op: conv, name: c, kernel: 3x3, filters: 4}",
        rest="heads: {Logits: {from: c, layers: [{op: conv, name: k, kernel: 3x3, filters: 5}, "
        "{op: global_avg_pool}]}}",
    )
    with pytest.raises(SpecError) as caught:
        moved(text, tmp_path, "expanded-bank@Logits/k")
    assert "the head `Logits` would yield 10, not 5" in caught.value.findings[0].notes[0]


@pytest.mark.parametrize(
    ("step", "help_"),
    [
        ("seperable", "did you mean `separable`?"),
        ("nothing_like_it", "moves are `two-3x3`"),
        ("separable@cc", "did you mean `c`?"),
        ("separable@d*", "`specbuild summary SPEC --depth all` lists the paths"),
        ("separable@c !c", "what it excludes is all that it matches"),
        ("separable@[", "a set is written in brackets"),
        ("separable@blocks.b/c", "`specbuild summary SPEC --depth all` lists the paths"),
        ("separable@ ", "`specbuild summary SPEC --depth all` lists the paths"),
    ],
)
def test_a_name_that_is_not_there(step: str, help_: str, tmp_path: Path) -> None:
    one = refused("- {op: conv, name: c, kernel: 3x3, filters: 4}", tmp_path, step)
    assert one.code == "E0806"
    assert any(help_ in text for text in one.helps), one.helps
