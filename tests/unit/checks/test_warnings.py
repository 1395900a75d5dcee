"""Warnings: what each says, what comes near and gives none, and where they can be silenced."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import codes, findings, spec

import inceptionspec
from inceptionspec.checks.warnings import ADVICE, advice
from inceptionspec.diagnostics.codes import WARNINGS
from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.frontend.writing.yaml_writer import spec_text
from inceptionspec.reports.findings.full import full


def warned(reference: str | Path, **settings: object) -> tuple[Diagnostic, ...]:
    return advice(inceptionspec.load(str(reference), **settings).loaded)  # type: ignore[arg-type]


def warnings(reference: str | Path, **settings: object) -> list[str]:
    return [finding.code for finding in warned(reference, **settings)]


def test_every_warning_of_a_spec_has_its_rule() -> None:
    assert set(ADVICE) == set(WARNINGS)


@pytest.mark.parametrize("name", builtin_names())
def test_a_built_in_spec_is_clean_and_so_is_its_expanded_form(name: str) -> None:
    network = inceptionspec.load(name)
    assert advice(network.loaded) == ()
    assert warnings(spec_text(network.loaded.expanded())) == []


# Arguments

CONV = "- {op: conv, name: c, kernel: 3x3, filters: 4}"


def test_an_argument_that_nothing_uses() -> None:
    text = spec(CONV, rest="args: {classes: 10, depth: 2}\ndefaults: {conv: {bias_l2: $classes}}")
    assert full(warned(text)) == (
        "warning[W0101]: the argument `depth` is never used\n"
        " --> <text>:4:21\n"
        "  |\n"
        "4 | args: {classes: 10, depth: 2}\n"
        "  |                     ^^^^^ nothing reads `$depth`\n"
        "  |\n"
        "  = help: write `$depth` where its value belongs, or remove it\n"
    )


BLOCK = (
    "blocks:\n  b:\n    args: {n: int, m: {type: int, default: 3}}\n"
    "    layers: [{op: conv, kernel: $m, filters: 8}]"
)


def test_an_argument_of_a_block_that_nothing_uses() -> None:
    text = spec("- {block: b, with: {n: 4}}\n- {block: b, with: {n: 5}}", rest=BLOCK)
    (finding,) = warned(text)
    assert finding.message == "the argument `n` of the block `b` is never used"
    assert (finding.primary.span.line, finding.primary.span.column) == (6, 12)
    assert finding.labels == ()


@pytest.mark.parametrize(
    "rest",
    [
        # a block may hand it on, or lie between the argument and its use
        "args: {n: 4}\n" + BLOCK.replace("$m", "$m, stride: $n").replace("n: int", "k: int"),
        "args: {n: 4}\nblocks:\n  a: {args: {x: int}, layers: [{op: conv, kernel: 1, "
        "filters: $x}]}\n  b: {args: {k: int}, layers: [{block: a, with: {x: $k}}, "
        "{op: conv, kernel: 1, filters: $n}]}",
    ],
)
def test_an_argument_of_the_spec_may_be_used_in_a_block(rest: str) -> None:
    text = spec("- {block: b, with: {k: 4}}", rest=rest)
    assert [one.message for one in warned(text) if "`n`" in one.message] == []


def test_an_argument_of_a_block_hides_that_of_the_spec() -> None:
    rest = "args: {m: 4}\n" + BLOCK.replace("n: int, ", "")
    (finding,) = warned(spec("- {block: b}", rest=rest))
    assert finding.message == "the argument `m` is never used"


def test_an_argument_may_be_used_in_nested_values_and_overrides(tmp_path: Path) -> None:
    base = spec(
        "- {op: conv, name: c, kernel: 3, filters: 4, norm: {op: batch_norm, momentum: $x}}",
        rest="args: {x: 0.9}",
    )
    (tmp_path / "base.yaml").write_text(base)
    variant = tmp_path / "v.yaml"
    variant.write_text(
        "spec: 1\nname: v\nextends: base.yaml\nargs: {y: 8, z: 1}\n"
        "override: {c: {set: {filters: $y}}}\n"
    )
    assert [one.message for one in warned(variant)] == ["the argument `z` is never used"]


def test_a_variant_is_warned_of_an_inherited_argument_that_does_nothing(tmp_path: Path) -> None:
    base = spec(
        "- {block: b}\n" + CONV,
        rest="args: {rate: 0.5}\n"
        "blocks: {b: {layers: [{op: conv, name: d, kernel: 1, filters: 4}]}}\n"
        "heads: {H: {from: c, layers: [{op: dropout, rate: $rate}]}}",
    )
    (tmp_path / "base.yaml").write_text(base)
    variant = tmp_path / "v.yaml"
    text = "spec: 1\nname: v\nextends: base.yaml\noverride: {H: delete, b: delete"
    variant.write_text(f"{text}}}\n")
    assert warnings(variant) == ["W0101"]  # not of the block `b`, whose call it removed
    variant.write_text(f"{text}, args.rate: delete}}\n")
    assert warnings(variant) == []


# Blocks


def test_a_block_that_is_never_called() -> None:
    text = spec(
        CONV,
        rest="blocks:\n  a: {layers: [{block: b}]}\n  b: {layers: [{op: softmax}]}",
    )
    assert full(warned(text)) == (
        "warning[W0102]: the block `a` is never called\n"
        " --> <text>:5:3\n"
        "  |\n"
        "5 |   a: {layers: [{block: b}]}\n"
        "  |   ^ not called\n"
        "  |\n"
        "  = help: call it with `block: a`, or remove it\n"
        "\n"
        "warning[W0102]: the block `b` is never called\n"
        " --> <text>:6:3\n"
        "  |\n"
        "6 |   b: {layers: [{op: softmax}]}\n"
        "  |   ^ called only by blocks that nothing calls\n"
        "  |\n"
        "  = help: call it with `block: b`, or remove it\n"
    )


@pytest.mark.parametrize(
    ("network", "rest"),
    [
        ("- {block: a}", ""),
        ("- {branches: {x: [{layers: [{block: a}]}], y: []}}", ""),
        (CONV, "\nheads: {H: {from: c, layers: [{block: a}]}}"),
        (f"- residual: {{shortcut: [{{block: a}}]}}\n  layers: [{CONV[2:]}]", ""),
    ],
)
def test_a_block_may_be_called_anywhere(network: str, rest: str) -> None:
    blocks = (
        "blocks:\n  a: {layers: [{block: b}]}\n  b: {layers: [{op: conv, kernel: 1, filters: 4}]}"
    )
    assert "W0102" not in warnings(spec(network, rest=blocks + rest))


# Dead layers

HEAD = "heads: {H: {from: c, layers: [{op: global_avg_pool}]}}"


def test_a_layer_that_no_head_needs() -> None:
    text = spec(f"{CONV}\n- {{op: conv, name: d, kernel: 3x3, filters: 4}}", rest=HEAD)
    assert full(warned(text)) == (
        "warning[W0103]: no head needs `d`\n"
        " --> <text>:7:22\n"
        "  |\n"
        "7 |   - {op: conv, name: d, kernel: 3x3, filters: 4}\n"
        "  |                      ^ computed for nothing\n"
        "  |\n"
        "  = help: remove it, let a head read it, or name it under `end_points`\n"
    )


def test_many_dead_layers_are_one_finding_of_calls_and_layers() -> None:
    block = "blocks: {b: {layers: [{op: softmax}, {op: softmax}]}}\n"
    rest = "\n".join(["- {block: b, name: x}", *(f"- {{op: softmax, name: s{n}}}" for n in "123")])
    (finding,) = warned(spec(f"{CONV}\n{rest}", rest=block + HEAD))
    assert finding.message == "no head needs `x`, `s1`, `s2` and 1 more"
    assert [label.text for label in finding.labels] == ["and this", "and this"]
    assert (finding.primary.span.line, finding.primary.span.column) == (8, 22)


def test_what_stands_beside_a_head_inside_a_block_is_dead_too() -> None:
    block = "blocks: {b: {layers: [{op: softmax, name: s}, {op: softmax, name: t}]}}\n"
    (finding,) = warned(
        spec(f"{CONV}\n- {{block: b, name: x}}", rest=block + HEAD.replace("c,", "x/s,"))
    )
    assert finding.message == "no head needs `x/t`"
    assert [label.text for label in finding.labels] == ["called here"]


@pytest.mark.parametrize(
    "rest",
    [
        "",
        HEAD.replace("c,", "d,"),
        f"{HEAD}\nend_points: {{last: d}}",
        f"{HEAD}\nallow: {{W0103: for later}}",
    ],
)
def test_a_layer_that_is_needed_or_meant(rest: str) -> None:
    assert (
        warnings(spec(f"{CONV}\n- {{op: conv, name: d, kernel: 3, filters: 4}}", rest=rest)) == []
    )


def test_a_head_that_is_left_out_keeps_its_layers_alive() -> None:
    heads = "main: G\nheads:\n  G: {from: c, layers: [{op: softmax}]}\n" \
            "  H: {from: d, loss_weight: 1, layers: [{op: softmax}]}"  # fmt: skip
    text = spec(f"{CONV}\n- {{op: softmax, name: d}}", rest=heads)
    assert warnings(text, head="G") == []


# Windows


def test_a_window_that_drops_rows() -> None:
    pool = "- {op: max_pool, kernel: 3x2, stride: 4x3, padding: valid}"
    text = spec(pool, size="17x19")  # 17 - 3 leaves 2 of 4, 19 - 2 leaves 2 of 3
    assert full(warned(text)) == (
        "warning[W0104]: the last 2 rows and 2 columns of the input of this `max_pool` are never "
        "read\n"
        " --> <text>:6:46\n"
        "  |\n"
        "6 |   - {op: max_pool, kernel: 3x2, stride: 4x3, padding: valid}\n"
        "  |                                              ^^^^^^^^^^^^^^ the map is 17x19 here\n"
        "  |\n"
        "  = help: set `padding: same`\n"
    )


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        ("{op: max_pool, kernel: 3, stride: 4, padding: valid}", "16x16"),  # 1 of each
        ("{op: max_pool, kernel: 2, stride: 2, padding: valid}", "17x17"),
        ("{op: max_pool, kernel: 3, stride: 4, padding: same}", "17x17"),
        ("{op: max_pool, kernel: 3, stride: 4, padding: 1}", "17x17"),
        ("{op: conv, kernel: 1, filters: 4, stride: 2}", "16x16"),  # 1 of every 2
        ("{op: conv, kernel: 5, filters: 4, stride: 9, padding: valid}", "5x5"),  # one window
        ("{op: conv, kernel: 3, dilation: 2, stride: 3, filters: 4, padding: valid}", "17x17"),
        ("{op: conv, kernel: map, stride: 3, filters: 4, padding: valid}", "17x17"),
        ("{op: max_pool, kernel: 3, stride: 4, padding: valid}", "any"),
        ("{op: pad, padding: 1}", "17x17"),
    ],
)
def test_a_window_that_reaches_the_edge_or_nearly(layer: str, size: str) -> None:
    assert warnings(spec(f"- {layer}", size=size)) == []


def test_columns_alone_and_dilation() -> None:
    layer = "- {op: conv, kernel: 3, dilation: 1x2, stride: 3, filters: 4, padding: valid}"
    (finding,) = warned(spec(layer, size="18x19"))  # (18 - 3) % 3 = 0, (19 - 5) % 3 = 2
    assert finding.message == "the last 2 columns of the input of this `conv` are never read"


# Branches

TWINS = (
    "- name: M\n  branches:\n"
    "    A: [{op: conv, name: x, kernel: 3, filters: 4}, {op: softmax}]\n"
    "    B: [{op: conv, name: y, kernel: 3x3, filters: 4}, {op: softmax, name: z}]\n"
    "    C: [{op: conv, kernel: 1, filters: 4}, {op: softmax}]"
)


def test_a_branch_that_is_a_copy() -> None:
    assert full(warned(spec(TWINS))) == (
        "warning[W0105]: `B` is a copy of `A`\n"
        " --> <text>:9:7\n"
        "  |\n"
        "8 |       A: [{op: conv, name: x, kernel: 3, filters: 4}, {op: softmax}]\n"
        "  |       - as here\n"
        "9 |       B: [{op: conv, name: y, kernel: 3x3, filters: 4}, {op: softmax, name: z}]\n"
        "  |       ^ the same layers with the same attributes\n"
        "  |\n"
        "  = help: give it other layers or attributes, or remove it and widen its twin\n"
    )


@pytest.mark.parametrize(
    "second",
    [
        "[{op: conv, kernel: 3, filters: 5}]",
        "[{op: conv, kernel: 3, filters: 4, l2: 1e-4}]",
        "[{op: conv, kernel: 3, filters: 4, norm: batch_norm}]",
        "[{op: conv, kernel: 3, filters: 4}, {op: softmax}]",
        "[]",
    ],
)
def test_a_branch_that_is_a_little_different(second: str) -> None:
    first = "[{op: conv, kernel: 3, filters: 4}]"
    assert warnings(spec(f"- branches: [{first}, {second}]")) == []


def test_empty_branches_are_no_copies_and_unnamed_ones_are() -> None:
    assert warnings(spec("- {branches: {A: [], B: []}, merge: add}")) == []
    (finding,) = warned(spec("- branches: [[{op: softmax}], [], [{op: softmax}]]"))
    assert finding.message == "`branch 3` is a copy of `branch 1`"
    assert finding.primary.span.column == 37


def test_a_shortcut_can_be_a_copy() -> None:
    text = spec("- residual: {shortcut: [{op: softmax}]}\n  layers: [{op: softmax}]")
    (finding,) = warned(text)
    assert (finding.code, finding.primary.span.line) == ("W0105", 7)


def test_the_place_of_a_branch_survives_an_override(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(spec(TWINS.replace("kernel: 3,", "kernel: 5,")))
    variant = tmp_path / "v.yaml"
    variant.write_text(
        "spec: 1\nname: v\nextends: base.yaml\n"
        "override: {M/A: delete, M/C/conv: {set: {kernel: 3}}}\n"
    )
    (finding,) = warned(variant)
    assert finding.message == "`C` is a copy of `B`"
    assert [label.text for label in finding.labels] == ["as here", "extended here"]


# Biases


@pytest.mark.parametrize(
    ("network", "rest", "place"),
    [
        ("- {op: conv, kernel: 3, filters: 4, norm: batch_norm, bias: true}", "", (6, 57)),
        ("- {op: flatten}\n- {op: dense, units: 4, norm: batch_norm, bias: true}", "", (7, 45)),
        ("- {op: conv, kernel: 3, filters: 4, norm: batch_norm}",
         "defaults: {conv: {bias: true}}", (4, 19)),
        ("- {op: conv, name: c, kernel: 3, filters: 4}\n- {op: batch_norm}", "", (6, 22)),
        ("- {op: conv, kernel: 3, filters: 4}\n- {op: batch_norm}", "", (6, 10)),
    ],
)  # fmt: skip
def test_a_bias_under_a_norm(network: str, rest: str, place: tuple[int, int]) -> None:
    (finding,) = warned(spec(network, rest=rest))
    assert finding.code == "W0106"
    assert (finding.primary.span.line, finding.primary.span.column) == place


def test_the_words_about_a_bias() -> None:
    text = spec("- {op: conv, kernel: 3, filters: 4}\n- {op: batch_norm, name: n}")
    assert full(warned(text)) == (
        "warning[W0106]: a bias under a batch norm changes nothing\n"
        " --> <text>:6:10\n"
        "  |\n"
        "6 |   - {op: conv, kernel: 3, filters: 4}\n"
        "  |          ^^^^ it has a bias by default\n"
        "7 |   - {op: batch_norm, name: n}\n"
        "  |                            - the norm\n"
        "  |\n"
        "  = help: set `bias: false`\n"
    )


@pytest.mark.parametrize(
    "network",
    [
        "- {op: conv, kernel: 3, filters: 4, norm: batch_norm}",
        "- {op: conv, kernel: 3, filters: 4, bias: true}",
        "- {op: conv, kernel: 3, filters: 4, bias: false}\n- {op: batch_norm}",
        "- {op: conv, kernel: 3, filters: 4, activation: relu}\n- {op: batch_norm}",
        "- {op: conv, kernel: 3, filters: 4}\n- {branches: [[{op: batch_norm}], []]}",
        "- {op: lrn}\n- {op: batch_norm}",
        "- {op: conv, kernel: 3, filters: 4}",
    ],
)
def test_a_bias_that_is_none_or_counts(network: str) -> None:
    assert warnings(spec(network)) == []


def test_a_bias_of_all_layers_is_said_once() -> None:
    rest = "defaults: {conv: {bias: true, norm: batch_norm, kernel: 3, filters: 4}}"
    (finding,) = warned(spec("- {op: conv}\n- {op: conv}", rest=rest))
    assert finding.primary.span.line == 4


# Heads


def test_a_head_without_a_loss_weight() -> None:
    text = spec(CONV, rest="main: L\nheads:\n  Aux: {from: c, layers: [{op: softmax}]}\n"
                           "  L: {from: c, layers: [{op: softmax}]}")  # fmt: skip
    assert full(warned(text)) == (
        "warning[W0107]: the head `Aux` has no loss weight\n"
        " --> <text>:6:3\n"
        "  |\n"
        "6 |   Aux: {from: c, layers: [{op: softmax}]}\n"
        "  |   ^^^ how much does its loss count next to that of `L`?\n"
        "  |\n"
        "  = help: give it a `loss_weight`, such as 0.3\n"
    )
    assert warnings(text.replace("Aux: {", "Aux: {loss_weight: 0, ")) == []
    assert warnings(text.replace("Aux: {", "Aux: {allow: {W0107: not trained}, ")) == []


# Hot spots


def chain(layers: int, last: str) -> str:
    """A number of layers with the input, the last of another kind."""
    return spec("\n".join([*["- {op: conv, kernel: 1, filters: 4}"] * (layers - 2), last]))


def test_a_hot_spot() -> None:
    hot = "- {op: conv, name: hot, kernel: 15, filters: 4, bias: false}"
    text = chain(20, hot).replace("size: 16x16", "size: any")  # parameters alone are known
    assert full(warned(text)) == (
        "warning[W0108]: `hot` has 91 % of the parameters\n"
        "  --> <text>:24:39\n"
        "   |\n"
        "24 |   - {op: conv, name: hot, kernel: 15, filters: 4, bias: false}\n"
        "   |                                       ^^^^^^^^^^ 3,600 of 3,956\n"
        "   |\n"
        "   = help: narrow what it reads with a 1x1, or split its kernel in two\n"
    )
    assert warnings(text.replace("size: any", "size: 16x16")) == ["W0108"] * 2  # MACs as well
    small = chain(19, hot).replace("size: 16x16", "size: any")
    assert warnings(small) == []
    assert warnings(text.replace("kernel: 15", "kernel: 2")) == []


def test_two_layers_can_be_hot() -> None:
    wide = "- {op: conv, name: w, kernel: 15, filters: 4, bias: false}"
    text = chain(20, f"{wide}\n{wide.replace('name: w', 'name: v')}")
    found = [finding.message for finding in warned(text.replace("16x16", "any"))]
    assert found == ["`w` has 48 % of the parameters", "`v` has 48 % of the parameters"]


def test_a_hot_spot_of_a_width_names_the_option() -> None:
    (finding,) = warned("inception_v3_keras", width=0.25)
    assert finding.code == "W0108"
    assert finding.notes == ("measured under `--width 0.25`",)


def test_a_hot_spot_of_memory_is_one_layer() -> None:
    even = chain(20, "- {op: softmax}")  # each layer has half of the peak
    assert warnings(even) == []
    wide = "- {op: depthwise_conv, kernel: 1, depth_multiplier: 8}"
    shrink = "- {op: max_pool, kernel: 8, stride: 8}"
    (finding,) = warned(chain(20, f"{wide}\n{shrink}"))
    assert finding.message == "`depthwise_conv` has 89 % of the peak activation memory"


# Where warnings are silenced

DROPS = "op: max_pool, name: p, kernel: 3, stride: 4, padding: valid"
ALLOW = "allow: {W0104: a frame}"


def called(
    *, layer: str = "", block: str = "", call: str = "", part: str = "", file: str = ""
) -> str:
    """A window that drops rows inside a block, inside a part."""
    return spec(
        f"- name: P\n  layers: [{{block: b, name: x{call}}}]{part}",
        size="17x17",
        rest=f"blocks:\n  b:\n    layers: [{{{DROPS}{layer}}}]{block}\n{file}",
    )


def test_a_finding_inside_a_block_shows_the_call() -> None:
    (finding,) = warned(called())
    assert [(label.text, label.span.line) for label in finding.labels] == [("called here", 10)]


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("layer", f", {ALLOW}"),
        ("block", f"\n    {ALLOW}"),
        ("call", f", {ALLOW}"),
        ("part", f"\n  {ALLOW}"),
        ("file", ALLOW),
    ],
)
def test_a_warning_is_silenced_at_every_level(where: str, text: str) -> None:
    assert warnings(called(**{where: text})) == []
    assert warnings(called(**{where: text.replace("W0104", "W0105")})) == ["W0104"]


def test_a_call_silences_itself_alone_and_a_block_is_spoken_of_once() -> None:
    block = f"blocks: {{b: {{layers: [{{{DROPS}}}]}}}}"
    twice = "- branches:\n    A: [{block: b, name: x}, {op: softmax}]\n    B: [{block: b, name: x}]"
    assert warnings(spec(twice, size="17x17", rest=block)) == ["W0104"]
    quiet = twice.replace("x}", f"x, {ALLOW}}}", 1)
    assert warnings(spec(quiet, size="17x17", rest=block)) == ["W0104"]
    assert warnings(spec(quiet.replace("x}", f"x, {ALLOW}}}"), size="17x17", rest=block)) == []


def test_repeats_heads_and_merges_are_silenced_where_they_stand() -> None:
    twins = "{branches: [[{op: softmax}], [{op: softmax}]], merge: add"
    block = f"blocks: {{b: {{layers: [{twins}}}]}}}}\n"
    assert warnings(spec("- {block: b, repeat: 2}", rest=block)) == ["W0105"]
    repeat = "- {block: b, repeat: 2, allow: {W0105: so it is}}"
    assert warnings(spec(repeat, rest=block)) == []
    assert warnings(spec(f"- {twins}, allow: {{W0105: so it is}}}}")) == []
    head = f"heads: {{H: {{from: c, allow: {{W0104: so it is}}, layers: [{{{DROPS}}}]}}}}"
    assert warnings(spec(CONV, size="17x17", rest=head)) == []
    assert warnings(spec(CONV, size="17x17", rest=head.replace("W0104", "W0105"))) == ["W0104"]


def test_blocks_and_their_arguments_are_silenced_in_their_definition() -> None:
    rest = "blocks: {b: {args: {n: int}, layers: [{op: softmax}]}}"
    assert warnings(spec(CONV, rest=rest)) == ["W0102", "W0101"]
    rest = rest.replace("args:", "allow: {W0101: why, W0102: why}, args:")
    assert warnings(spec(CONV, rest=rest)) == []


def test_files_allow_what_they_and_their_bases_say(tmp_path: Path) -> None:
    base, middle, top = (tmp_path / f"{name}.yaml" for name in ("base", "middle", "top"))
    text = spec(f"- {{{DROPS}}}", size="17x17")
    add = "override: {p: {before: [{op: conv, name: c, kernel: 3, filters: 4, norm: batch_norm, " \
          "bias: true}]}}\n"  # fmt: skip
    base.write_text(text)
    middle.write_text("spec: 1\nname: m\nextends: base.yaml\n" + add)
    top.write_text("spec: 1\nname: t\nextends: middle.yaml\n")
    assert warnings(top) == ["W0104", "W0106"]
    (finding, _) = warned(top)
    assert [label.text for label in finding.labels] == ["extended here"]
    base.write_text(f"{text}\nallow: {{W0104: so it is, W0106: not said here}}\n")
    assert warnings(top) == ["W0106"]
    middle.write_text(middle.read_text() + "allow: {W0106: so it is}\n")
    assert warnings(top) == []
    base.write_text(text)
    top.write_text(top.read_text() + "allow: {W0104: so it is}\n")
    assert warnings(top) == []
    assert warnings(middle) == ["W0104"]


def test_an_override_can_allow(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(spec(f"- {{{DROPS}}}", size="17x17"))
    variant = tmp_path / "v.yaml"
    variant.write_text(
        "spec: 1\nname: v\nextends: base.yaml\noverride: {p: {set: {allow: {W0104: so it is}}}}\n"
    )
    assert warnings(variant) == []


def test_a_warning_that_does_not_exist_cannot_be_allowed() -> None:
    text = spec(CONV, rest="allow: {W0140: why}")
    assert codes(text) == ["E0202"]
    (finding,) = findings(text)
    assert finding.message == "unknown warning `W0140`"
    assert (finding.primary.span.line, finding.primary.span.column) == (4, 9)
    assert finding.helps[0].startswith("did you mean `W0")
    (finding,) = findings(spec(CONV[:-1] + ", allow: {E0402: why}}"))
    assert (finding.code, finding.primary.text) == ("E0202", "an error, which cannot be allowed")
    assert finding.message == "`E0402` cannot be allowed"
    (finding,) = findings(spec(CONV, rest="allow: {W0109: why}"))
    assert (finding.code, finding.message) == ("E0202", "`W0109` cannot be allowed")
    assert finding.primary.text == "about a checkpoint, not about a spec"
    assert codes(spec(CONV, rest="allow: {W0104: 3}")) == ["E0205"]
    assert codes(spec(CONV, rest='allow: {W0104: ""}')) == ["E0205"]
    assert codes(spec(CONV, rest="allow: [W0104]")) == ["E0205"]
