"""Blocks, arguments, repeats, residuals, names."""

from __future__ import annotations

import pytest
from support import codes, findings, nodes, rendered, spec

BLOCK = """blocks:
  b:
    args: {n: int, act: {type: string, default: relu}}
    branches:
      A: [{op: conv, name: a, kernel: 1, filters: $n, activation: $act}]
      B: []
"""


def test_a_call_expands_with_its_arguments_and_default() -> None:
    found = nodes(spec("- {block: b, name: X, with: {n: 5}}", rest=BLOCK))
    assert list(found) == ["input", "X/A/a", "X/concat"]
    assert found["X/A/a"].attributes["filters"] == 5
    assert found["X/A/a"].attributes["activation"] == "relu"
    assert found["X/concat"].shape == (16, 16, 8)


def test_names_are_derived_in_order() -> None:
    found = nodes(
        spec(
            "- {op: conv, kernel: 1, filters: 2}\n- {op: conv, kernel: 1, filters: 2}\n"
            "- {block: b, with: {n: 1}}\n- {block: b, with: {n: 1}}\n"
            "- branches: [[], [{op: conv, kernel: 1, filters: 2}]]",
            rest=BLOCK,
        )
    )
    assert list(found) == [
        "input", "conv", "conv_2", "b/A/a", "b/concat", "b_2/A/a", "b_2/concat", "conv_3",
        "concat",
    ]  # fmt: skip


def test_nested_unnamed_branches_add_nothing_to_paths() -> None:
    found = nodes(
        spec(
            "- name: X\n  branches:\n    A:\n      - {op: conv, name: a, kernel: 1, filters: 2}\n"
            "      - branches:\n"
            "          - [{op: conv, name: l, kernel: 1x3, filters: 2}]\n"
            "          - [{op: conv, name: r, kernel: 3x1, filters: 2}]\n"
            "    B: []"
        )
    )
    assert list(found) == ["input", "X/A/a", "X/A/l", "X/A/r", "X/A/concat", "X/concat"]
    assert found["X/A/l"].attributes["kernel"] == (1, 3)


def test_a_repeat_derives_the_names_of_its_members() -> None:
    text = spec("- {block: b, name: R, repeat: 3, with: {n: 2}}", rest=BLOCK)
    assert [path for path in nodes(text) if path.endswith("concat")] == [
        "R/b_1/concat", "R/b_2/concat", "R/b_3/concat",
    ]  # fmt: skip


def test_a_residual_adds_what_comes_in() -> None:
    found = nodes(
        spec(
            "- name: X\n  residual: {scale: 0.2, activation: relu}\n"
            "  layers: [{op: conv, name: a, kernel: 3, filters: input, bias: true}]"
        )
    )
    add = found["X/add"]
    assert add.inputs == (0, 1)
    assert add.attributes == {"scale": 0.2, "activation": "relu"}
    assert found["X/a"].attributes["filters"] == 3


def test_a_shortcut_projects() -> None:
    found = nodes(
        spec(
            "- name: X\n"
            "  residual: {shortcut: [{op: conv, name: s, kernel: 1, filters: 7, stride: 2}]}\n"
            "  layers: [{op: conv, name: a, kernel: 3, filters: 7, stride: 2}]"
        )
    )
    assert found["X/add"].inputs == (found["X/s"].index, found["X/a"].index)


def test_filters_input_counts_what_comes_into_the_block() -> None:
    found = nodes(
        spec(
            "- {op: conv, name: c, kernel: 1, filters: 6}\n"
            "- name: X\n  layers:\n    - {op: conv, name: a, kernel: 1, filters: 40}\n"
            "    - branches:\n        - [{op: conv, name: b, kernel: 1, filters: input}]\n"
        )
    )
    assert found["X/b"].attributes["filters"] == 6


def test_rename_changes_layers_and_branches() -> None:
    found = nodes(
        spec("- {block: b, name: X, with: {n: 1}, rename: {A/a: z, B: C, A: Q}}", rest=BLOCK)
    )
    assert "X/Q/z" in found


def test_squeeze_and_excitation_is_plain_yaml() -> None:
    found = nodes(
        spec(
            "- {op: conv, name: c, kernel: 1, filters: 32}\n"
            "- name: se\n  merge: multiply\n  branches:\n    map: []\n    gate:\n"
            "      - {op: global_avg_pool}\n      - {op: dense, units: 2, activation: relu}\n"
            "      - {op: dense, units: input, activation: sigmoid}"
        )
    )
    assert found["se/multiply"].shape == (16, 16, 32)
    assert found["se/gate/dense_2"].shape == (32,)


def test_arguments_stand_in_scalars_of_inner_mappings_and_in_defaults() -> None:
    text = spec(
        "- {op: conv, name: a, kernel: 3, filters: 2, init: {truncated_normal: $std}}\n"
        "- {op: conv, name: b, kernel: 3, filters: 2}",
        rest="args: {std: 0.5, keep: 0.9}\ndefaults:\n"
        "  conv: {init: {normal: $std}, norm: {op: batch_norm, momentum: $keep}}",
    )
    found = nodes(text, std=0.25)
    assert found["a"].attributes["init"] == ("truncated_normal", (("stddev", 0.25),))
    assert found["b"].attributes["init"] == ("normal", (("stddev", 0.25),))
    assert found["b"].attributes["norm"]["momentum"] == 0.9


@pytest.mark.parametrize(
    ("layers", "rest", "code", "words"),
    [
        ("- {block: c}", BLOCK, "E0302", "blocks are `b`"),
        ("- {block: b}", BLOCK, "E0304", "`n`"),
        ("- {block: b, with: {n: 1, m: 2}}", BLOCK, "E0305", "`m`"),
        ("- {block: b, with: {n: x}}", BLOCK, "E0306", "of type int"),
        ("- {block: b, with: {n: true}}", BLOCK, "E0306", "of type int"),
        ("- {block: b, with: {n: 1}, rename: {A/b: c}}", BLOCK, "E0309", "did you mean `A/a`"),
        ("- {block: b, with: {n: $m}}", BLOCK, "E0303", "$m"),
        ("- {op: conv, kernel: 1, filters: $n}", "", "E0303", "declare it"),
        ("- {block: r}", "blocks: {r: {layers: [{block: r}]}}", "E0307", "r -> r"),
        (
            "- {block: r}",
            "blocks: {r: {layers: [{block: s}]}, s: {layers: [{block: r}]}}",
            "E0307",
            "r -> s -> r",
        ),
        ("- {block: b, repeat: 0, with: {n: 1}}", BLOCK, "E0205", "`repeat`"),
        ("- {block: b, repeat: 1000000000, with: {n: 1}}", BLOCK, "E0505", "10,000"),
        ("- {op: dropout, name: x, rate: 0}\n- {op: dropout, name: x, rate: 0}", "", "E0301",
         "first given here"),
        ("- {op: dropout, name: total, rate: 0}", "", "E0301", "reserved"),
    ],
)  # fmt: skip
def test_bad_calls(layers: str, rest: str, code: str, words: str) -> None:
    shown = rendered(spec(layers, rest=rest))
    assert codes(spec(layers, rest=rest))[0] == code, shown
    assert words in shown, shown


def test_products_of_nested_repeats_are_refused_at_once() -> None:
    blocks = "blocks:\n  b0: {layers: [{op: dropout, rate: 0}]}\n" + "".join(
        f"  b{i}: {{layers: [{{block: b{i - 1}, name: r, repeat: 1000}}]}}\n" for i in range(1, 9)
    )
    assert codes(spec("- {block: b8}", rest=blocks)) == ["E0505"]


def test_deep_calls_are_refused() -> None:
    blocks = "blocks:\n  b0: {layers: [{op: dropout, rate: 0}]}\n" + "".join(
        f"  b{i}: {{layers: [{{block: b{i - 1}}}]}}\n" for i in range(1, 60)
    )
    assert codes(spec("- {block: b59}", rest=blocks)) == ["E0503"]


def test_a_finding_inside_a_block_shows_where_it_was_called() -> None:
    text = spec(
        "- {block: b, name: X}\n- {block: b, name: Y}",
        rest="blocks: {b: {layers: [{op: conv, kernel: 40, filters: 1, padding: valid}]}}",
    )
    found = findings(text)
    assert [finding.code for finding in found] == ["E0401"]
    assert any(label.text == "called here" for label in found[0].labels)


def test_a_default_may_be_computed_of_the_arguments_of_the_spec() -> None:
    text = spec("- {block: b}\n- {block: b, name: c, with: {n: 3}}", rest="""args: {growth: 4}
blocks:
  b:
    args: {n: {type: int, default: 2 * $growth}}
    layers: [{op: conv, kernel: 1, filters: $n}]
""")  # fmt: skip
    found = nodes(text)
    assert (found["b/conv"].shape[-1], found["c/conv"].shape[-1]) == (8, 3)
    assert nodes(text, growth=5)["b/conv"].shape[-1] == 10
