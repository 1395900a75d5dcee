"""Warnings about logits, idle attributes, stale sources, lost defaults and skipped rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import loaded, spec

from inceptionspec.checks.warnings import advice
from inceptionspec.diagnostics.diagnostic import Diagnostic


def warned(reference: str | Path, code: str = "") -> tuple[Diagnostic, ...]:
    return tuple(one for one in advice(loaded(str(reference))) if one.code.startswith(code))


def head(layer: str, *, predictions: str = "softmax", more: str = "") -> str:
    """A network whose defaults give a norm and a ReLU, with one head."""
    return spec(
        "- {op: conv, name: c, kernel: 3, filters: 4}",
        rest="defaults: {conv: {norm: batch_norm, activation: relu}}\n"
        f"heads: {{H: {{from: c, predictions: {predictions}{more}, layers: "
        f"[{{op: global_avg_pool, keep_dims: true}}, {layer}]}}}}",
    )


CLASSES = "{op: conv, name: k, kernel: 1, filters: 4}"


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (CLASSES, "the logits of `H` pass a norm and `relu`"),
        (f"{CLASSES}, {{op: squeeze}}, {{op: dropout, rate: 0}}",
         "the logits of `H` pass a norm and `relu`"),
        (CLASSES.replace("4}", "4, norm: none}"), "the logits of `H` pass `relu`"),
        (CLASSES.replace("4}", "4, activation: softmax, norm: none}"),
         "the predictions of `H` take a softmax of a softmax"),
        ("{op: softmax}", "the predictions of `H` take a softmax of a softmax"),
        ("{op: batch_norm}", "the logits of `H` pass a norm"),
    ],
)  # fmt: skip
def test_logits_that_pass_something(layers: str, message: str) -> None:
    (found,) = warned(head(layers), "W0110")
    assert found.message == message


@pytest.mark.parametrize(
    "text",
    [
        head(CLASSES.replace("4}", "4, norm: none, activation: none}")),
        head(CLASSES, predictions="none"),  # features, which may well have a norm
        head(CLASSES, more=", allow: {W0110: so it is}"),
        head(CLASSES.replace("4}", "4, allow: {W0110: so it is}}")),
        head("{op: squeeze}"),  # the head has no layer with weights
    ],
)
def test_logits_that_are_free_or_allowed(text: str) -> None:
    assert warned(text, "W0110") == ()


@pytest.mark.parametrize(
    ("layer", "idle"),
    [
        ("{op: conv, kernel: 3, filters: 4, norm: batch_norm, bias_init: ones}", ["bias_init"]),
        ("{op: conv, kernel: 3, filters: 4, bias: false, bias_l2: 0.1}", ["bias_l2"]),
        ("{op: dense, units: 4, bias: false, bias_l2: 0.1}", ["bias_l2"]),
        ("{op: conv, kernel: 1x3, filters: 4, dilation: 2x1}", ["dilation"]),
        ("{op: avg_pool, kernel: 2, padding: 0, count_padding: true}", ["count_padding"]),
        ("{op: conv, kernel: 3, filters: 4, bias_init: ones}", []),
        ("{op: conv, kernel: 1x3, filters: 4, dilation: 2}", []),
        ("{op: conv, kernel: 1, filters: 4, dilation: 1}", []),
        ("{op: avg_pool, kernel: 2, padding: 1, count_padding: true}", []),
        ("{op: avg_pool, kernel: 2, count_padding: false, padding: valid}", []),
        ("{op: conv, kernel: 1, filters: 4, dilation: 2, allow: {W0111: later}}", []),
    ],
)
def test_idle_attributes(layer: str, idle: list[str]) -> None:
    before = "- {op: flatten}\n" if "dense" in layer else ""
    found = warned(spec(f"{before}- {layer}"), "W0111")
    assert [one.message.split("`")[1] for one in found] == idle


def test_an_attribute_of_a_block_is_idle_only_if_it_is_in_each_call() -> None:
    block = (
        "blocks: {b: {args: {k: int}, layers: [{op: conv, kernel: $k, filters: 4, dilation: 2}]}}"
    )
    assert warned(spec("- {block: b, with: {k: 1}}\n- {block: b, with: {k: 3}}", rest=block)) == ()
    assert len(warned(spec("- {block: b, with: {k: 1}}\n" * 2, rest=block))) == 1


def test_defaults_of_operators_that_are_not_there(tmp_path: Path) -> None:
    rest = "defaults: {lrn: {radius: 2}, batch_norm: {epsilon: 0.1}, conv: {norm: batch_norm}}"
    text = spec("- {op: conv, kernel: 3, filters: 4}", rest=rest)
    (found,) = warned(text)
    assert found.message == "the defaults of `lrn` have no effect"
    (tmp_path / "base.yaml").write_text(text)
    variant = tmp_path / "v.yaml"
    variant.write_text("spec: 1\nname: v\nextends: base.yaml\n")
    assert warned(variant) == ()  # a variant need not clean up its base


BASE = spec(
    "- {op: conv, name: a, kernel: 3, filters: 4}\n- {op: conv, name: b, kernel: 3, filters: 4}",
    rest="defaults: {conv: {norm: batch_norm, activation: relu}}\nmain: M\nheads:\n"
    "  A: {from: a, loss_weight: 1, layers: [{op: global_avg_pool}]}\n"
    "  M: {from: b, loss_weight: 1, layers: [{op: global_avg_pool}]}",
)
AFTER = "after: [{op: conv, name: new, kernel: 1, filters: 4}]"


def variant(tmp_path: Path, override: str, more: str = "") -> Path:
    (tmp_path / "base.yaml").write_text(BASE)
    file = tmp_path / "v.yaml"
    file.write_text(f"spec: 1\nname: v\nextends: base.yaml\n{more}\noverride:\n  {override}\n")
    return file


def test_a_head_that_reads_before_what_is_inserted(tmp_path: Path) -> None:
    (found,) = warned(variant(tmp_path, f"a: {{{AFTER}}}"))
    assert found.message == "the head `A` reads `a` before what is put after it"
    assert found.helps == ("write `A: {from: new}` under `override`",)
    followed = f"a: {{{AFTER}}}\n  A: {{from: new}}"
    assert warned(variant(tmp_path, followed)) == ()
    wider = AFTER.replace("filters: 4", "filters: 5")
    (found,) = warned(variant(tmp_path, f"a: {{{wider}}}"))
    assert found.helps == ("`new`, which is 16x16x5, may be what `A` should read",)
    assert warned(variant(tmp_path, f"a: {{{AFTER.replace('after', 'before')}}}")) == ()
    allowed = variant(tmp_path, f"a: {{{AFTER}}}", "allow: {W0112: so it is}")
    assert warned(allowed) == ()


@pytest.mark.parametrize(
    "override",
    [
        f"b: {{{AFTER.replace('after', 'before')}}}",
        "a: {replace: [{op: conv, name: a, kernel: 3, filters: 4},"
        " {op: conv, name: new, kernel: 1, filters: 4}]}",
    ],
)
def test_a_head_reads_before_what_precedes_the_next_layer(tmp_path: Path, override: str) -> None:
    (found,) = warned(variant(tmp_path, override))
    assert found.message == "the head `A` reads `a` before what is put after it"
    assert found.helps == ("write `A: {from: new}` under `override`",)
    assert warned(variant(tmp_path, f"{override}\n  A: {{from: new}}")) == ()


def test_a_head_reads_the_last_of_what_replaces_its_layer(tmp_path: Path) -> None:
    replaced = (
        "a: {replace: [{op: conv, name: new, kernel: 3, filters: 4},"
        " {op: conv, name: a, kernel: 1, filters: 4}]}"
    )
    assert warned(variant(tmp_path, replaced)) == ()


def test_another_operator_loses_the_defaults(tmp_path: Path) -> None:
    (found,) = warned(variant(tmp_path, "b: {set: {op: separable_conv}}"))
    assert found.message == "another operator loses `norm` and `activation` of `b`"
    help_ = "defaults.separable_conv: {norm: batch_norm, activation: relu}"
    assert found.helps == (f"write `{help_}` under `override`",)
    assert warned(variant(tmp_path, f"b: {{set: {{op: separable_conv}}}}\n  {help_}")) == ()
    own = "b: {set: {op: separable_conv, norm: none, activation: relu}}"
    assert warned(variant(tmp_path, own)) == ()
    (found,) = warned(variant(tmp_path, own.replace("norm: none, ", "")))
    assert found.message == "another operator loses `norm` of `b`"


@pytest.mark.parametrize(
    ("layer", "size", "message"),
    [
        ("kernel: 2, stride: 4, padding: 0", "16x16",
         "the windows of this `conv` skip 2 of every 4 rows and 2 of every 4 columns of its input"),
        ("kernel: 1, stride: 1x3", "16x16",
         "the windows of this `conv` skip 2 of every 3 columns of its input"),
        ("kernel: 3, stride: 4, dilation: 4", "32x32",
         "the windows of this `conv` skip 3 of every 4 rows and 3 of every 4 columns of its input"),
        ("kernel: 3, stride: 4, padding: {top: 1, bottom: 0, left: 0, right: 0}", "20x19",
         "the last 2 rows of the input of this `conv` are never read"),
    ],
)  # fmt: skip
def test_rows_that_no_window_reads(layer: str, size: str, message: str) -> None:
    (found,) = warned(spec(f"- {{op: conv, filters: 4, {layer}}}", size=size), "W0104")
    assert found.message == message


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        ("kernel: 1, stride: 2", "16x16"),
        ("kernel: 3, stride: 2, dilation: 2", "16x16"),
        ("kernel: 3, stride: 4, padding: {top: 0, bottom: 4, left: 0, right: 4}", "17x17"),
        ("kernel: map, stride: 5, padding: valid", "16x16"),
    ],
)
def test_rows_that_are_read_or_nearly(layer: str, size: str) -> None:
    assert warned(spec(f"- {{op: conv, filters: 4, {layer}}}", size=size), "W0104") == ()


def test_advice_on_rows_is_given_only_if_the_network_links_with_it() -> None:
    text = spec(
        "- {branches: [[{op: conv, kernel: 3, stride: 6, padding: valid, filters: 4}], "
        "[{op: max_pool, kernel: 8, stride: 6, padding: 0}]]}",
        size="26x26",
    )
    (found,) = warned(text, "W0104")
    assert found.helps == ()


@pytest.mark.parametrize(
    ("layer", "help_"),
    [
        ("{op: conv, name: hot, kernel: 1, filters: 300}", "give it fewer filters, or `groups`"),
        ("{op: conv, name: hot, kernel: 7x1, filters: 300}", "narrow what it reads with a 1x1"),
        ("{op: conv, name: hot, kernel: 7, filters: 300}",
         "narrow what it reads with a 1x1, or split its kernel in two"),
        ("{op: flatten}\n- {op: dense, name: hot, units: 300}",
         "pool or narrow the map before it is flattened"),
        ("{op: global_avg_pool}\n- {op: dense, name: hot, units: 300}", "narrow what it reads"),
    ],
)  # fmt: skip
def test_advice_on_a_hot_spot_can_apply(layer: str, help_: str) -> None:
    text = spec("- {op: conv, kernel: 1, filters: 4}\n" * 20 + f"- {layer}")
    found = [one for one in warned(text, "W0108") if "parameters" in one.message]
    assert [one.helps for one in found] == [(help_,)]


def test_a_thousand_uncalled_blocks_are_one_pass() -> None:
    blocks = "".join(f"  b{n}: {{layers: [{{block: b{n + 1}}}]}}\n" for n in range(2000))
    text = spec("- {op: flatten}", rest=f"blocks:\n{blocks}  b2000: {{layers: []}}")
    assert len(warned(text, "W0102")) == 2001
