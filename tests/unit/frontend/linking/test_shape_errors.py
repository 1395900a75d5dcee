"""Which layer a shape finding blames, and whether its advice works."""

from __future__ import annotations

import pytest
from support import findings, loaded, script, spec

import inceptionspec
from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.load import load_spec

edited = script("measure_advice").edited


def at(found: Diagnostic) -> str:
    """The text at the primary place."""
    span = found.primary.span
    return span.source.line(span.line)[span.column - 1 : span.end_column - 1]


def follows(text: str, found: Diagnostic) -> None:
    """Carry out the first help: the network must link."""
    assert found.edits
    load_spec(Source("<mended>", edited(text, found.edits)))


BRANCH = "{{op: conv, kernel: 3, filters: 8, {}}}"


def branches(*rows: str, merge: str = "concat") -> str:
    lines = "".join(f"    b{number}: [{row}]\n" for number, row in enumerate(rows))
    return f"- name: M\n  branches:\n{lines}  merge: {merge}"


@pytest.mark.parametrize(
    ("rows", "blamed", "help_"),
    [
        # the odd one out, though it is the one that changes less
        (("stride: 1, padding: valid", "stride: 2, padding: valid", "stride: 2, padding: valid"),
         "stride: 1", "set `stride: 2`"),
        (("stride: 2, padding: valid", "stride: 2, padding: valid", "stride: 2"),
         "conv", "set `padding: valid`"),
        (("dilation: 2, padding: valid", "padding: valid"), "dilation: 2", "set `dilation: 1`"),
        (("stride: 2", "stride: 1"), "stride: 2", "set `stride: 1`"),
        (("stride: 2x1", "stride: 2", "stride: 2"), "stride: 2x1", "set `stride: 2`"),
        (("padding: 3", "padding: 1", "padding: 1"), "padding: 3", "set `padding: 1`"),
    ],
)  # fmt: skip
def test_the_odd_branch_is_blamed_at_the_attribute_that_explains_it(
    rows: tuple[str, ...], blamed: str, help_: str
) -> None:
    text = spec(branches(*(BRANCH.format(row) for row in rows)), size="35x35")
    (found,) = findings(text)
    assert found.code == "E0402"
    assert at(found) == blamed
    assert found.helps[0] == help_
    follows(text, found)


def test_a_residual_is_blamed_on_the_stride_and_not_on_a_narrow_layer() -> None:
    text = spec(
        "- {op: conv, kernel: 3, filters: 8}\n"
        "- residual: {}\n"
        "  layers:\n"
        "    - {op: conv, name: narrow, kernel: 1, filters: 4}\n"
        "    - {op: conv, name: strided, kernel: 3, filters: 8, stride: 2}"
    )
    (found,) = findings(text)
    assert at(found) == "stride: 2"
    assert found.helps == (
        "set `stride: 1`",
        "or give the shortcut a layer: "
        "`shortcut: [{op: conv, kernel: 1x1, filters: input, stride: 2}]`",
    )
    follows(text, found)
    shortcut = found.helps[1].split("`")[1]
    load_spec(Source("<mended>", text.replace("residual: {}", f"residual: {{{shortcut}}}")))


def test_a_residual_of_another_size_and_width_gets_a_shortcut() -> None:
    text = spec(
        "- {op: conv, kernel: 3, filters: 8}\n"
        "- residual: {activation: relu}\n"
        "  layers: [{op: conv, kernel: 3, filters: 16, stride: 2}]"
    )
    (found,) = findings(text)
    assert at(found) == "stride: 2"
    assert found.helps == (
        "give the shortcut a layer: `shortcut: [{op: conv, kernel: 1x1, filters: 16, stride: 2}]`",
    )
    follows(text, found)


@pytest.mark.parametrize(
    ("gate", "blamed"),
    [
        ("{op: global_avg_pool}, {op: dense, units: 4}, {op: dense, units: 17}", "units: 17"),
        ("{op: global_avg_pool, keep_dims: true}, {op: conv, kernel: 1, filters: 5}", "filters: 5"),
        ("{op: global_avg_pool}, {op: dense, units: 17}, {op: dropout, rate: 0.1}", "units: 17"),
    ],
)
def test_a_gate_is_blamed_on_the_layer_that_decides_its_width(gate: str, blamed: str) -> None:
    text = spec(branches("", gate, merge="multiply"), channels=16)
    (found,) = findings(text)
    assert (found.code, at(found)) == ("E0403", blamed)
    follows(text, found)


def test_a_literal_that_ignores_the_argument_of_its_block_is_blamed() -> None:
    block = (
        "blocks:\n  b:\n    args: {s: int, n: int}\n"
        "    residual: {shortcut: [{op: conv, name: x, kernel: 1, filters: $n, stride: $s}]}\n"
        "    layers: [{op: conv, name: y, kernel: 3, filters: $n, stride: 2}]"
    )
    calls = "- {block: b, with: {s: 2, n: 4}}\n- {block: b, with: {s: 1, n: 8}}"
    text = spec(calls, rest=block)
    (found,) = findings(text)
    assert at(found) == "stride: 2"
    assert found.helps == ("set `stride: $s`",)
    follows(text, found)


def test_a_value_of_an_argument_is_mended_where_it_is_given() -> None:
    block = (
        "blocks:\n  b:\n    args: {p: string}\n    branches:\n"
        "      x: [{op: conv, kernel: 3, filters: 4, padding: $p}]\n"
        "      y: [{op: conv, kernel: 1, filters: 4}]"
    )
    text = spec("- {block: b, with: {p: same}}\n- {block: b, with: {p: valid}}", rest=block)
    (found,) = findings(text)
    assert at(found) == "padding: $p"
    assert found.helps == ("set `padding: same`",)
    assert (
        found.edits[0].span.line == text.split("\n").index("  - {block: b, with: {p: valid}}") + 1
    )
    follows(text, found)


def test_advice_that_breaks_another_place_is_not_given() -> None:
    """Both branches of the first merge could change, but only one suits the second."""
    text = spec(
        "- {op: conv, name: c, kernel: 3, filters: 8}\n"
        + branches("{op: conv, kernel: 3, filters: 8, stride: 2}", "{op: dropout, rate: 0.1}")
        + "\n- {op: avg_pool, kernel: 16, padding: valid}\n- {op: squeeze}"
    )
    (found,) = findings(text)
    assert found.helps == ("set `stride: 1`",)
    follows(text, found)
    alone = text.replace("- {op: avg_pool, kernel: 16,", "- {op: avg_pool, kernel: 8,")
    (found,) = findings(alone)
    assert found.helps == ()  # with a stride of 1, the map of 9x9 could not be squeezed


def test_an_unusual_stride_is_blamed_for_a_window_that_finds_no_room() -> None:
    text = spec(
        "- {op: conv, name: a, kernel: 9, filters: 4, stride: 8}\n"
        "- {op: conv, name: b, kernel: 7, filters: 4, padding: valid}",
        size="32x32",
    )
    (found,) = findings(text)
    assert (found.code, at(found)) == ("E0401", "stride: 8")
    follows(text, found)
    (found,) = findings(text, input=40)  # the user has just given it
    assert found.primary.span.source.name == "input=40"
    assert found.helps == ("take an input of at least 49x49",)
    assert inceptionspec.load(text, input=49)


def test_a_head_is_left_out_only_where_that_is_enough() -> None:
    heads = (
        "main: L\nheads:\n  A: {from: c, layers: [{op: conv, kernel: 9, filters: 2, "
        "padding: valid}, {op: global_avg_pool}]}\n  L: {from: c, layers: [{op: global_avg_pool}]}"
    )
    stem = "- {op: conv, name: c, kernel: 3, filters: 2, stride: 2}"
    (found,) = findings(spec(stem, rest=heads), input=15)
    without = "leave the head out with `--head L`, or with `A: delete` under `override`"
    assert without in found.helps
    assert inceptionspec.load(spec(stem, rest=heads), input=15, head="L")
    both = heads.replace("L: {from: c, layers: [", "L: {from: c, layers: [{op: dense, units: 3}, ")
    assert all(
        "leave" not in help_ for one in findings(spec(stem, rest=both)) for help_ in one.helps
    )


@pytest.mark.parametrize(
    ("layers", "help_"),
    [
        ("- {op: global_avg_pool, name: p}\n- {op: conv, kernel: 1, filters: 4}",
         "put it before `p`, which makes a vector of the map"),
        ("- {op: conv, kernel: 1, filters: 4}\n- {op: dense, units: 3}",
         "put `global_avg_pool` or `flatten` before it"),
        ("- {op: global_avg_pool}\n- {op: squeeze}", "remove it"),
        ("- {op: squeeze}", "take `global_avg_pool` instead"),
        ("- {op: conv, kernel: 1, filters: 6, groups: 4}", "set `groups: 3`"),
        ("- {op: max_pool, kernel: 2x3, padding: 0x3}", "set `padding: same`"),
    ],
)  # fmt: skip
def test_other_misfits_have_advice_that_was_tried(layers: str, help_: str) -> None:
    (found,) = findings(spec(layers, channels=3))
    assert found.helps[0] == help_
    if found.edits:
        follows(spec(layers, channels=3), found)


@pytest.mark.parametrize(
    ("pool", "side"),
    [
        ("kernel: 2, padding: 2", "2 pixels of padding at the top"),
        ("kernel: 1, padding: 1", "1 pixel of padding at the top"),
        ("kernel: 3x2, padding: {top: 0, bottom: 3, left: 1, right: 1}", "3 pixels of padding at"),
        ("kernel: 3x2, padding: {top: 2, bottom: 2, left: 0, right: 2}", "at the right"),
        ("kernel: 3, padding: 3, clip: true", "3 pixels of padding"),
    ],
)
@pytest.mark.parametrize("op", ["max_pool", "avg_pool"])
@pytest.mark.parametrize("size", ["16x16", "any"])
def test_a_pool_with_a_window_of_padding_alone(op: str, pool: str, side: str, size: str) -> None:
    text = spec(f"- {{op: {op}, {pool}}}", size=size)
    (found,) = findings(text)
    assert found.code == "E0409"
    assert side in found.message
    follows(text, found)


def test_a_convolution_may_read_padding_alone() -> None:
    assert inceptionspec.load(spec("- {op: conv, kernel: 1, filters: 4, padding: 2}"))
    assert inceptionspec.load(spec("- {op: avg_pool, kernel: 3, padding: 2}"))


def test_groups_that_the_width_broke_are_blamed_on_the_width() -> None:
    text = spec(
        "- {op: conv, name: a, kernel: 1, filters: 96}\n"
        "- {op: conv, name: b, kernel: 3, filters: 96, groups: 32}"
    )
    (found,) = findings(text, width=0.3)
    assert found.code == "E0408"
    assert found.primary.span.source.name == "width=0.3"
    assert found.labels[0].text == "28 input channels here"
    assert found.helps[-1] == "take a width that keeps the groups, such as `--width 1`"
    (found,) = findings(text.replace("groups: 32", "groups: 24"), width=0.3)
    assert found.helps[-1] == "take a width that keeps the groups, such as `--width 0.25`"
    assert inceptionspec.load(text.replace("groups: 32", "groups: 24"), width=0.25)
    (found,) = findings(text.replace("groups: 32", "groups: 36"), width=0.5)
    assert found.primary.span.line == 7  # it fits at no width


def test_a_count_of_open_features_is_refused() -> None:
    text = spec(
        "- {op: flatten}\n- {residual: {}, layers: [{op: dense, units: 2 * input}]}", size="any"
    )
    (found,) = findings(text)
    assert (found.code, at(found)) == ("E0407", "units: 2 * input")
    assert findings(text.replace("2 * input", "input"))[0].code == "E0407"


def test_an_open_size_is_not_told_to_cover_the_map() -> None:
    text = spec(
        "- {residual: {shortcut: [{op: global_avg_pool}]}, layers: [{op: conv, kernel: 3, "
        "filters: 3, stride: 2, padding: 3}, {op: squeeze}]}",
        size="any",
    )
    for found in findings(text):
        assert "kernel: map" not in " ".join(found.helps)


PASSED_ON = """
blocks:
  inner:
    args: {s: int, f: int}
    branches:
      l: [{op: conv, kernel: 3, filters: $f, stride: $s}]
      r: [{op: max_pool, kernel: 3, stride: $s, padding: same}]
  outer:
    args: {t: int}
    branches:
      a: [{block: inner, name: I, with: {s: $t, f: 8}}]
      b: [{op: conv, kernel: 1, filters: 4, stride: 2}]
      c: [{op: avg_pool, kernel: 3, stride: 2, padding: same}]
"""


def test_an_argument_that_is_passed_on_is_blamed_where_it_was_given() -> None:
    calls = "- {block: outer, name: A, with: {t: 2}}\n- {block: outer, name: B, with: {t: 1}}"
    text = spec(calls, rest=PASSED_ON, size="32x32")
    (found,) = findings(text)
    assert at(found) == "stride: $s"
    (origin,) = (one.span for one in found.labels if one.text == "the value comes from here")
    assert origin.source.line(origin.line)[: origin.column].endswith("B, with: {t: 1")
    follows(text, found)


def test_the_blame_stays_where_the_branches_part_if_more_is_wrong_below() -> None:
    rows = ("stride: 2, padding: valid", "stride: 1, padding: valid", "stride: 2, padding: valid")
    below = "- {op: conv, name: Z, kernel: 9, filters: 4, padding: valid}"
    text = spec(
        branches(*(BRANCH.format(row) for row in rows)) + f"\n{below}\n{below.replace('Z', 'Y')}",
        size="15x15",
    )
    found = findings(text)[0]
    assert (found.code, at(found), found.helps) == ("E0402", "stride: 1", ())


@pytest.mark.parametrize(
    ("rows", "blamed", "help_"),
    [
        (("conv, kernel: 3, filters: 8, stride: 2", "dense, units: 9"),
         "units: 9", "set `units: 8`"),
        (("conv, kernel: 3, filters: 24", "dense, units: input"),
         "units: input", "set `units: 24`"),
    ],
)  # fmt: skip
def test_a_gate_follows_the_map_that_it_scales(
    rows: tuple[str, str], blamed: str, help_: str
) -> None:
    rows = (f"{{op: {rows[0]}}}", f"{{op: global_avg_pool}}, {{op: {rows[1]}}}")
    text = spec(branches(*rows, merge="multiply"), size="8x16")
    (found,) = findings(text)
    assert (at(found), found.helps) == (blamed, (help_,))
    follows(text, found)


@pytest.mark.parametrize("merge", ["concat", "add"])
@pytest.mark.parametrize(
    "weight",
    [
        "{op: global_avg_pool}, {op: dense, units: input}",
        "{op: global_avg_pool, keep_dims: true}",
    ],
)
def test_a_gate_that_is_joined_by_another_merge(merge: str, weight: str) -> None:
    text = spec(branches("", weight, merge=merge))
    (found,) = findings(text)
    assert found.helps == ("write `merge: multiply`, if the smaller one scales the map",)
    assert loaded(text.replace(f"merge: {merge}", "merge: multiply"))
    halves = text.replace("units: input", "units: 2").replace(
        "{op: global_avg_pool, keep",
        "{op: conv, kernel: 1, filters: 2}, {op: global_avg_pool, keep",
    )
    assert "multiply" not in "".join(findings(halves)[0].helps)


def test_groups_that_follow_from_the_channels_are_blamed_like_written_ones() -> None:
    text = spec(
        "- {op: conv, kernel: 3, filters: 64}\n"
        "- {op: conv, name: g, kernel: 3, filters: 30, groups: input // 8}"
    )
    (found,) = findings(text)
    assert (found.code, at(found)) == ("E0408", "groups: input // 8")
    assert found.message == "`g`: its 30 filters do not divide into 8 groups"
    if found.edits:
        follows(text, found)


def test_a_depth_multiplier_that_comes_to_one_decides_no_channels() -> None:
    row = "{op: conv, kernel: 1, filters: 2 * input}, " \
          "{op: depthwise_conv, kernel: 3, depth_multiplier: input // 24}"  # fmt: skip
    text = spec("- {op: conv, kernel: 3, filters: 24}\n" + branches("", row, merge="add"))
    (found,) = findings(text)
    assert (at(found), found.helps) == ("filters: 2 * input", ("set `filters: input`",))
    follows(text, found)


def test_every_size_that_meets_is_shown_once() -> None:
    rows = ("stride: 2, padding: valid", "stride: 2", "stride: 2, padding: valid", "padding: valid")
    (found,) = findings(spec(branches(*(BRANCH.format(row) for row in rows)), size="32x32"))
    (meeting,) = found.labels
    assert meeting.text == "`b0` is 15x15, `b1` is 16x16, `b3` is 30x30"
