"""Misuses that people made: each is named at its cause, and its advice, when followed, works."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import ROOT, findings, loaded, nodes, spec

from inceptionspec.checks.notes import matches_of_patterns
from inceptionspec.checks.warnings import advice
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError

CASES = ROOT / "tests" / "corpus" / "cases"


def variant(override: str, base: str = "inception_v3", rest: str = "") -> str:
    """The text of a variant with some lines under `override`."""
    lines = "".join(f"  {line}\n" for line in override.strip("\n").split("\n"))
    return f"spec: 1\nextends: {base}\nname: v\n{rest}override:\n{lines}"


def beside(section: str, base: str = "inception_v3") -> str:
    """The text of a variant with a section of its own."""
    return f"spec: 1\nextends: {base}\nname: v\n{section}\n"


def said(text: str) -> tuple[Diagnostic, ...]:
    """What a check says, warnings too."""
    try:
        return advice(loaded(text))
    except SpecError as error:
        return error.findings


CONV = "- {op: conv, name: a, kernel: 3, filters: 8}\n"
FOLLOWED = [
    # what was written, code, place to blame, a part of the help, what following it makes
    (
        spec("- {block: b, with: {on: yes}}", rest="blocks: {b: {args: {on: bool}, layers: "
             "[{op: flatten, when: $on}]}}"), "E0306", "yes",
        "write `true`", spec("- {block: b, with: {on: true}}", rest="blocks: {b: {args: "
        "{on: bool}, layers: [{op: flatten, when: $on}]}}"),
    ),
    (
        variant("main: none"), "E0201", "none",
        "write `main: none` next to `override`", beside("main: none"),
    ),
    (
        variant("Mixed_5b: {set: {pool: 48}}"), "E0202", "pool",
        "write `with: {pool: 48}`", variant("Mixed_5b: {set: {with: {pool: 48}}}"),
    ),
    (
        variant("Mixed_5b: {pool: 48}"), "E0202", "pool",
        "write `with: {pool: 48}`", variant("Mixed_5b: {with: {pool: 48}}"),
    ),
    (
        spec("- {block: b, n: 8}", rest="blocks: {b: {args: {n: int}, layers: "
             "[{op: conv, kernel: 1, filters: $n}]}}"), "E0202", "n",
        "write `with: {n: 8}`", spec("- {block: b, with: {n: 8}}", rest="blocks: {b: {args: "
        "{n: int}, layers: [{op: conv, kernel: 1, filters: $n}]}}"),
    ),
    (
        variant("inception_a/Branch_1/Conv2d_0b_5x5: {set: {init: he_normal}}"), "E0310",
        "inception_a/Branch_1/Conv2d_0b_5x5",
        "write `blocks.inception_a/Branch_1/Conv2d_0b_5x5`",
        variant("blocks.inception_a/Branch_1/Conv2d_0b_5x5: {set: {init: he_normal}}"),
    ),
    (
        variant("inception_a: {set: {doc: ours}}"), "E0310", "inception_a",
        "write `blocks.inception_a`", variant("blocks.inception_a: {set: {doc: ours}}"),
    ),
    (
        variant("classes: 527"), "E0201", "527",
        "write `args: {classes: 527}`", beside("args: {classes: 527}"),
    ),
    (
        variant("args.classes: 527"), "E0201", "527",
        "write `args: {classes: 527}`", beside("args: {classes: 527}"),
    ),
    (
        variant("classes: {set: 527}"), "E0310", "classes",
        "write `args.classes`", variant("args.classes: {set: 527}"),
    ),
    (
        variant("conv: {set: {init: he_normal}}"), "E0310", "conv",
        "write `defaults.conv`", variant("defaults.conv: {set: {init: he_normal}}"),
    ),
    (
        variant("PreLogits: delete"), "E0310", "PreLogits",
        "write `end_points.PreLogits`", variant("end_points.PreLogits: delete"),
    ),
    (
        variant("width: {set: {round_to: 8}}"),
        "E0310",
        "width",
        "write `width: {...}` at the top of the file",
        variant("AuxLogits: delete", rest="width: {round_to: 8}\n"),
    ),
    (
        variant("AuxLogits: {delete: true}"), "E0202", "delete",
        "write `AuxLogits: delete`", variant("AuxLogits: delete"),
    ),
    (
        variant("AuxLogits: remove"), "E0201", "remove",
        "write `AuxLogits: delete`", variant("AuxLogits: delete"),
    ),
    (
        variant("AuxLogits: null"), "E0201", "null",
        "write `AuxLogits: delete`", variant("AuxLogits: delete"),
    ),
    (
        variant("Mixed_6a/Branch_1/*: {after: [{op: dropout, name: D, rate: 0.1}]}"), "E0301",
        "Mixed_6a/Branch_1/*", "leave the name out",
        variant("Mixed_6a/Branch_1/*: {after: [{op: dropout, rate: 0.1}]}"),
    ),
    (
        variant("Mixed_7a/Branch_*/*_1a_3x3: {set: {l2: 0}}"), "E0203", "l2",
        "narrow the pattern to `Mixed_7a/Branch_*/Conv2d_1a_3x3`",
        variant("Mixed_7a/Branch_*/Conv2d_1a_3x3: {set: {l2: 0}}"),
    ),
    (
        variant("*/Branch_3: delete"), "E0102", "/",
        'quote a pattern that starts with `*`', variant('"*/Branch_3": delete'),
    ),
    (
        variant("Mixed_7c: delete"), "E0308", "Mixed_7c",
        "write `Logits: {from: Mixed_7b}`",
        variant("Mixed_7c: delete\nLogits: {from: Mixed_7b}"),
    ),
    (
        variant("Mixed_7b: delete\nMixed_7c: delete"), "E0308", "Mixed_7c",
        "write `Logits: {from: Mixed_7a}`",
        variant("Mixed_7b: delete\nMixed_7c: delete\nLogits: {from: Mixed_7a}"),
    ),
    (
        variant("Mixed_7c: {replace: [{op: conv, name: Last, kernel: 1x1, filters: 320}]}"),
        "E0308", "Mixed_7c", "write `Logits: {from: Last}`",
        variant("Mixed_7c: {replace: [{op: conv, name: Last, kernel: 1x1, filters: 320}]}\n"
                "Logits: {from: Last}"),
    ),
    (
        variant("Logits/Dropout_1b: delete\nargs.dropout: delete"), "E0308", "Logits/Dropout_1b",
        "write `end_points.PreLogits: {set: Logits/AvgPool_1a_8x8}`",
        variant("Logits/Dropout_1b: delete\nargs.dropout: delete\n"
                "end_points.PreLogits: {set: Logits/AvgPool_1a_8x8}"),
    ),
    (
        variant("Logits/Dropout_1b: delete\nend_points.PreLogits: delete"), "W0101",
        "inception_v3", "write `args.dropout: delete`",
        variant("Logits/Dropout_1b: delete\nend_points.PreLogits: delete\n"
                "args.dropout: delete"),
    ),
    (spec(CONV + "- {op: swish}"), "E0206", "swish",
     "write `{op: activation, function: silu}`", spec(CONV + "- {op: activation, function: silu}")),
    (spec(CONV + "- {op: bn}"), "E0206", "bn", "write `batch_norm`",
     spec("- {op: conv, name: a, kernel: 3, filters: 8, bias: false}\n- {op: batch_norm}")),
    (spec(CONV + "- {op: flatten}\n- {op: linear, units: 3}"), "E0206", "linear", "write `dense`",
     spec(CONV + "- {op: flatten}\n- {op: dense, units: 3}")),
    (spec(CONV + "- {op: hard_swish}"), "E0206", "hard_swish",
     "write `{op: activation, function: hard_swish}`",
     spec(CONV + "- {op: activation, function: hard_swish}")),
    (spec(CONV + "- {op: stochastic_depth, rate: 0.1}"), "E0206", "stochastic_depth",
     "write `drop_path`", spec(CONV + "- {op: drop_path, rate: 0.1}")),
    (spec(CONV + "- {op: instance_norm}"), "E0206", "instance_norm",
     "`group_norm` with as many `groups` as channels normalizes each by itself",
     spec(CONV + "- {op: group_norm, groups: 8}")),
    (spec(CONV + "- {op: rms_norm}"), "E0206", "rms_norm", "operators are", None),
    (spec(CONV + "- {op: attention}"), "E0206", "attention", "operators are", None),
    (spec("- {op: conv, kernel: 3, filters: 8, activation: hard_silu}"), "E0205", "hard_silu",
     "write `hard_swish`", spec("- {op: conv, kernel: 3, filters: 8, activation: hard_swish}")),
    (spec("- {op: conv, kernel: 3, filters: 8, activation: prelu}"), "E0205", "prelu",
     "is a layer of its own: `{op: prelu}`",
     spec("- {op: conv, kernel: 3, filters: 8}\n- {op: prelu}")),
    (spec("- {op: conv, kernel: 3, filters: 8, norm: layer_norm}"), "E0205", "layer_norm",
     "is a layer of its own: `{op: layer_norm}`",
     spec("- {op: conv, kernel: 3, filters: 8}\n- {op: layer_norm}")),
    (spec("- {op: conv, kernel: 3, filters: 8, activation: linear}"), "E0205", "linear",
     "write `none`", spec("- {op: conv, kernel: 3, filters: 8, activation: none}")),
    (spec("- {op: conv, kernel: 3, filters: 8, norm: bn}"), "E0205", "bn",
     "write `batch_norm`", spec("- {op: conv, kernel: 3, filters: 8, norm: batch_norm}")),
    (spec(CONV + "- {op: conv, kernel: 3, filters: input/2}"), "E0205", "/",
     "write `input // 2`", spec(CONV + "- {op: conv, kernel: 3, filters: input // 2}")),
    (spec("- {op: conv, kernel: 3, filters: min(2 * input, 8)}"), "E0205", "min(2 * input",
     "quote an expression that holds a comma",
     spec("- {op: conv, kernel: 3, filters: 'min(2 * input, 8)'}")),
    (spec("- {op: max_pool, kernel: 3, stride: 2, padding: 1, ceil_mode: true}"), "E0203",
     "ceil_mode", "write `ceil`",
     spec("- {op: max_pool, kernel: 3, stride: 2, padding: 1, ceil: true}")),
    (spec(CONV + "- {op: conv, kernel: 3, filters: 8, repeat: 2}"), "E0203", "repeat",
     "define it under `blocks` and call that with `repeat`",
     spec(CONV + "- {block: b, repeat: 2}", rest="blocks: {b: {layers: "
          "[{op: conv, kernel: 3, filters: 8}]}}")),
    (spec(CONV + "- {op: conv, kernel: 3, filters: 8}\n"
          "- {op: conv, kernel: 5, filters: 8, from: [a, conv]}"), "E0205", "[a, conv]",
     "merge them first, as `{op: concat, name: Both, from: [a, conv]}`",
     spec(CONV + "- {op: conv, kernel: 3, filters: 8}\n"
          "- {op: concat, name: Both, from: [a, conv]}\n"
          "- {op: conv, kernel: 5, filters: 8}")),
    (spec(CONV + "- {op: conv, kernel: 3, filters: 8, from: [a]}"), "E0205", "[a]",
     "write `a`, without brackets",
     spec(CONV + "- {op: conv, kernel: 3, filters: 8, from: a}")),
    (spec(CONV + "- {op: add, name: b}"), "E0206", "add", "or name what it reads",
     spec(CONV + "- {op: add, name: b, from: [a, a]}")),
    (spec(CONV + "- {op: conv, kernel: 1, filters: 8, when: $a and $b}",
          rest="args: {a: true, b: true}"), "E0205", "$a and $b",
     "put the entry into `layers` with a `when` of their own",
     spec(CONV + "- {when: $a, layers: [{op: conv, kernel: 1, filters: 8, when: $b}]}",
          rest="args: {a: true, b: true}")),
    (spec("- {op: add, name: b, from: [input, a]}\n" + CONV), "E0316", "a", "move it behind `a`",
     spec(CONV + "- {op: add, name: b, from: [a, a]}")),
    (spec(CONV, rest="heads: [{name: H, from: a, layers: [{op: global_avg_pool}]}]"), "E0201",
     "[{name: H, from: a, layers: [{op: global_avg_pool}]}]", "as `H: {...}`, without `name`",
     spec(CONV, rest="heads: {H: {from: a, layers: [{op: global_avg_pool}]}}")),
    (
        variant("Mixed_5b: {with: {pool: 48}, before: [{op: lrn}]}"),
        "E0202",
        "with",
        "write `set: {with: ...}`",
        variant("Mixed_5b: {set: {with: {pool: 48}}, before: [{op: lrn}]}"),
    ),
    (
        variant("args: {classes: 10}"),
        "E0310",
        "args",
        "write `args: {classes: 10}` next to",
        beside("args: {classes: 10}"),
    ),
    (
        variant("heads: {AuxLogits: delete}"),
        "E0310",
        "heads",
        "write `AuxLogits: delete`",
        variant("AuxLogits: delete"),
    ),
    (
        variant("input: 224x224"),
        "E0201",
        "224x224",
        "write `input: {size: 224x224}` next to",
        beside("input: {size: 224x224}"),
    ),
    (
        variant("AuxLogits: {set: delete}"),
        "E0315",
        "AuxLogits",
        "write `AuxLogits: delete`",
        variant("AuxLogits: delete"),
    ),
    (
        variant("Branch_1/Conv2d_0b_5x5: {set: {l2: 0}}"),
        "E0310",
        "Branch_1/Conv2d_0b_5x5",
        'write `"*/Branch_1/Conv2d_0b_5x5"`, which matches 2 of its paths',
        variant('"*/Branch_1/Conv2d_0b_5x5": {set: {l2: 0}}'),
    ),
    (
        variant("blocks.reduction_b/Branch_*/*_1a_3x3: {set: {l2: 0}}"),
        "E0203",
        "l2",
        "narrow the pattern to `blocks.reduction_b/Branch_*/Conv2d_1a_3x3`",
        variant("blocks.reduction_b/Branch_*/Conv2d_1a_3x3: {set: {l2: 0}}"),
    ),
    (
        variant("Mixed_6a/Branch_1/*: {after: [{branches: {a: [], b: [{op: lrn}]}}]}"),
        "E0301",
        "Mixed_6a/Branch_1/*",
        "leave the name out",
        variant("Mixed_6a/Branch_1/*: {after: [{branches: [[], [{op: lrn}]]}]}"),
    ),
    (beside("classes: 10"), "E0202", "classes", "write `args: {classes: 10}`",
     beside("args: {classes: 10}")),
    (beside("main: null"), "E0209", "null", "write `main: none`", beside("main: none")),
    (beside("heads: none"), "E0201", "none", "write `main: none`", beside("main: none")),
    (beside("heads: {AuxLogits: none}"), "E0201", "none",
     "write `AuxLogits: delete` under `override`", variant("AuxLogits: delete")),
    (beside("input: 224x224"), "E0201", "224x224", "write `input: {size: 224x224}`",
     beside("input: {size: 224x224}")),
    (beside("defaults: {activation: relu6}"), "E0201", "relu6",
     "write it for each operator, as `conv: {activation: relu6}`",
     beside("defaults: {conv: {activation: relu6}}")),
    (beside("blocks: {inception_a: {after: [{op: lrn}]}}"), "E0202", "after",
     "write `blocks.inception_a: {after: ...}` under `override`",
     variant("blocks.inception_a: {after: [{op: lrn}]}")),
    (variant("blocks: {inception_a: {after: [{op: lrn}]}}"), "E0310", "blocks",
     "write `blocks.inception_a: {...}`", variant("blocks.inception_a: {after: [{op: lrn}]}")),
    (variant("blocks.inception_a: {after: lrn}"), "E0201", "lrn", "write `[{op: lrn}]`",
     variant("blocks.inception_a: {after: [{op: lrn}]}")),
    (variant("blocks.inception_a: {wrap: {op: lrn}}"), "E0202", "op",
     "write `layers: [inner, {op: ...}]`",
     variant("blocks.inception_a: {wrap: {layers: [inner, {op: lrn}]}}")),
    (variant("Conv2d_2b_3x3: {residual: true}"), "E0203", "residual",
     "`wrap: {residual: true}`",
     variant("Conv2d_2b_3x3: {wrap: {residual: {shortcut: "
             "[{op: conv, kernel: 1x1, filters: 64}]}}}")),
    (variant("Mixed_6c: {residual: true}"), "E0202", "residual",
     "puts one around a call: `wrap: {residual: true}`",
     variant("Mixed_6c: {wrap: {residual: true}}")),
    (variant("Mixed_5{b,c}: {wrap: {layers: [{op: lrn}, inner]}}"), "E0310", "Mixed_5{b,c}",
     "write `Mixed_5[bc]`", variant("Mixed_5[bc]: {wrap: {layers: [{op: lrn}, inner]}}")),
    (variant("Mixed_5b, Mixed_5c: {wrap: {layers: [{op: lrn}, inner]}}"), "E0310",
     "Mixed_5b, Mixed_5c", "write `Mixed_5b Mixed_5c`",
     variant("Mixed_5b Mixed_5c: {wrap: {layers: [{op: lrn}, inner]}}")),
    (
        spec(CONV + "- {op: conv, kernel: 1, filters: round(input * 2)}"),
        "E0205",
        "round",
        "the only functions are `min` and `max`",
        None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "blamed", "help_", "followed"), FOLLOWED, ids=[row[3] for row in FOLLOWED]
)
def test_advice_that_is_followed_gives_a_clean_check(
    text: str, code: str, blamed: str, help_: str, followed: str | None
) -> None:
    (found,) = said(text)
    assert found.code == code
    span = found.primary.span
    assert span.source.line(span.line)[span.column - 1 : span.end_column - 1] == blamed
    assert any(help_ in one for one in found.helps), found.helps
    assert not any("did you mean" in one for one in found.helps)
    if followed is not None:
        assert said(followed) == ()


def test_another_norm_is_not_suggested_for_one_that_does_not_exist() -> None:
    (found,) = findings(spec("- {op: conv, kernel: 3, filters: 8, norm: rms_norm}"))
    assert found.helps == ()


@pytest.mark.parametrize("size", range(1, 20))
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"),
    [(3, 2, 0), (3, 2, 1), (2, 2, 0), (2, 3, 0), (2, 2, 1), (1, 3, 0)],
)
def test_ceil_has_the_output_of_ceil_mode(
    size: int, kernel: int, stride: int, padding: int
) -> None:
    line = f"- {{op: max_pool, kernel: {kernel}, stride: {stride}, padding: {padding}, ceil: true}}"
    # torch.nn.MaxPool2d: the last window must start in the map or in the padding before it.
    wanted = -(-(size + 2 * padding - kernel) // stride) + 1
    wanted -= (wanted - 1) * stride >= size + padding
    if wanted < 1:
        return
    assert nodes(spec(line, size=f"{size}x{size}"))["max_pool"].shape[:2] == (wanted, wanted)


# Heads


def test_a_head_is_deleted_in_one_line() -> None:
    flat = loaded(str(CASES / "head_deleted.yaml")).flat
    assert (flat.heads, flat.main) == ([], "")
    assert "PreLogits" not in flat.end_points


def test_a_head_is_replaced_in_one_line() -> None:
    network = loaded(str(CASES / "head_replaced.yaml"))
    assert network.graph.nodes[network.graph.heads[0].output].shape == (1000,)
    assert not {"PreLogits", "AvgPool_0a_7x7"} & network.flat.end_points.keys()


def test_a_name_stays_where_the_new_head_has_the_layer() -> None:
    layers = "[{op: global_avg_pool}, {op: dropout, name: Dropout_1b, rate: $dropout}]"
    network = loaded(variant(f"Logits: {{set: {{layers: {layers}}}}}"))
    assert "PreLogits" in network.flat.end_points
    assert "AvgPool_1a" not in network.flat.end_points


def test_a_variant_of_a_variant_with_another_head(tmp_path: Path) -> None:
    layers = "[{op: global_avg_pool}, {op: dense, units: $classes}]"
    middle = tmp_path / "middle.yaml"
    middle.write_text(variant(f"Logits: {{set: {{layers: {layers}}}}}\nAuxLogits: delete"))
    top = tmp_path / "top.yaml"
    top.write_text(variant("args.classes: {set: 3}", base="middle.yaml"))
    network = loaded(str(top))
    assert network.graph.nodes[network.graph.heads[0].output].shape == (3,)
    assert "PreLogits" not in network.flat.end_points


def test_the_last_head_is_the_main_one_when_the_main_head_is_deleted() -> None:
    assert loaded(variant("Logits: delete")).graph.main == "AuxLogits"


def test_what_a_variant_says_itself_of_a_head_that_it_deletes_is_an_error() -> None:
    for rest in ("main: Logits\n", "end_points: {Mine: Logits/Dropout_1b}\n"):
        (found,) = findings(variant("Logits: delete", rest=rest))
        assert found.code == "E0308"


# Patterns


def test_what_each_pattern_matches_can_be_seen() -> None:
    spec_of = loaded(str(CASES / "pattern_misses_one.yaml")).spec
    assert list(matches_of_patterns(spec_of)) == [
        "`Mixed_5*/Branch_1/Conv2d_0b_5x5` matches 2 paths: `Mixed_5b/Branch_1/Conv2d_0b_5x5`, "
        "`Mixed_5d/Branch_1/Conv2d_0b_5x5`; nothing inside `Mixed_5c`"
    ]
    assert list(matches_of_patterns(loaded("inception_v3").spec)) == []


# Arguments


def test_an_inherited_argument_that_nothing_reads_any_more() -> None:
    (found,) = said((CASES / "argument_no_longer_used.yaml").read_text())
    assert found.code == "W0101"
    assert found.message == "the inherited argument `dropout` does nothing here"
    assert found.helps == ("write `args.dropout: delete` under `override`",)


def test_a_deleted_argument_cannot_be_set_and_must_not_be_read() -> None:
    text = variant("AuxLogits: delete\nLogits: delete\nargs.classes: delete\nargs.dropout: delete")
    assert "W0101" not in [one.code for one in said(text)]
    (found,) = findings(text, classes=3)
    assert found.code == "E0806"
    (found,) = findings(variant("args.dropout: delete"))
    assert (found.code, found.primary.text) == ("E0315", "deleted here")


def test_an_argument_counts_as_read_in_an_expression_and_through_a_call() -> None:
    base = (
        "args: {n: 4, m: 2, k: 3}\n"
        "blocks: {b: {args: {w: int}, layers: [{op: conv, kernel: 1, filters: $w}]}}"
    )
    text = spec("- {block: b, with: {w: 2 * $n}}\n- {op: conv, kernel: $k, filters: 4 * $m}",
                rest=base)  # fmt: skip
    found = nodes(text)
    assert [node.shape[2] for node in found.values()] == [3, 8, 8]
    assert said(text) == ()


def test_one_name_for_two_calls_is_one_finding() -> None:
    (found,) = findings((CASES / "block_called_twice.yaml").read_text())
    assert (found.code, found.primary.text) == ("E0301", "given again here")
    assert found.primary.span.line == 12
