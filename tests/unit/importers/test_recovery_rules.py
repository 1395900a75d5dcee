"""What becomes of a few layers: what is joined, nested, lifted and named, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

import inceptionspec
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.importers.imported_network import ImportedLayer, ImportedNetwork
from inceptionspec.importers.recovery.recovered import recovered

Line = tuple[str, str, dict[str, Any], str]


def layers(*lines: Line) -> tuple[ImportedLayer, ...]:
    """Layers of lines: name, operator, attributes, and what is read, a space between names."""
    return tuple(
        ImportedLayer(name, op, attributes, tuple(read.split(" ")))
        for name, op, attributes, read in lines
    )


def network(*lines: Line, size: int = 32, outputs: tuple[str, ...] = ()) -> ImportedNetwork:
    found = layers(*lines)
    return ImportedNetwork("t", (size, size), 3, found, outputs or (found[-1].name,), "")


def text(*lines: Line, **options: Any) -> str:
    found = recovered(network(*lines, **options)).text
    assert not inceptionspec.load(found).check().findings, found
    return found


def conv(name: str, read: str, filters: int = 8, kernel: str = "3x3", **more: Any) -> Line:
    return (name, "conv", {"kernel": kernel, "filters": filters, **more}, read)


def relu(name: str, read: str) -> Line:
    return (name, "activation", {"function": "relu"}, read)


def test_a_norm_and_an_activation_join_their_convolution() -> None:
    found = recovered(
        network(conv("a", "", bias=False), ("n", "batch_norm", {}, "a"), relu("r", "n"))
    )
    line = "- {op: conv, name: a, kernel: 3x3, filters: 8, norm: batch_norm, activation: relu}"
    assert line in found.text
    assert dict(found.mapping) == {"a": "a", "n": "a", "r": "a"}


def test_what_others_read_too_stays_a_layer() -> None:
    found = text(
        conv("a", ""), ("n", "batch_norm", {}, "a"), relu("r", "n"), ("s", "add", {}, "n r")
    )
    assert "norm: batch_norm}" in found
    assert "{op: activation, name: r, function: relu}" in found


def test_an_activation_before_a_norm_stays_before_it() -> None:
    found = text(conv("a", ""), relu("r", "a"), ("n", "batch_norm", {}, "r"))
    assert "filters: 8, activation: relu}" in found
    assert "{op: batch_norm, name: n}" in found


@pytest.mark.parametrize(
    ("before", "window", "line"),
    [
        (conv("a", ""), conv("w", "p", kernel="7x7", stride=2, padding="valid"), "padding: 3}"),
        (relu("a", ""), ("w", "max_pool", {"kernel": 3, "stride": 2, "padding": "valid"}, "p"),
         "{op: pad, name: p, padding: 3}"),  # windows that lie in the padding
        (conv("a", "", activation="relu"),
         ("w", "max_pool", {"kernel": 7, "stride": 2, "padding": "valid"}, "p"), "padding: 3}"),
        (conv("a", ""), ("w", "max_pool", {"kernel": 7, "stride": 2, "padding": "valid"}, "p"),
         "{op: pad, name: p, padding: 3}"),  # zeros would win against what is below zero
        (conv("a", ""), ("w", "avg_pool", {"kernel": 7, "stride": 2, "padding": "valid"}, "p"),
         "padding: 3, count_padding: true}"),
    ],
)  # fmt: skip
def test_a_padding_joins_its_window_where_that_is_the_same(
    before: Line, window: Line, line: str
) -> None:
    assert line in text(before, ("p", "pad", {"padding": 3}, "a"), window)


def test_pixels_that_same_would_add_are_same() -> None:
    found = text(
        conv("a", "", padding=1),
        conv(
            "b", "a", kernel="5x5", padding={"top": 1, "bottom": 2, "left": 1, "right": 2}, stride=2
        ),
    )
    assert "padding" not in found


def test_windows_of_one_kernel_keep_one_padding() -> None:
    found = text(conv("a", "", padding=1), conv("b", "a", padding=1, stride=2))
    assert found.count("padding: 1") + found.count("conv: {padding: 1") >= 1
    assert "same" not in found


def test_branches_nest_and_a_short_way_around_is_a_residual() -> None:
    found = text(
        conv("stem", ""),
        conv("in/a/one", "stem", kernel="1x1"),
        conv("in/b/two", "stem"),
        conv("in/b/three", "in/b/two"),
        ("in/all", "concat", {}, "in/a/one in/b/three"),
        conv("res_1", "in/all", 16),
        conv("res_2", "res_1", 16),
        ("res_sum", "add", {}, "res_2 in/all"),
        relu("res_out", "res_sum"),
    )
    assert "- name: in\n    branches:\n      a:\n" in found
    assert "residual: {activation: relu}" in found


def test_what_does_not_nest_reads_by_name() -> None:
    found = text(
        conv("a", ""),
        conv("b", "a"),
        conv("c", "b"),
        ("ab", "add", {}, "a c"),
        ("bc", "add", {}, "b ab"),
    )
    assert "from: [" in found


def test_what_is_read_by_name_is_inside_of_no_block() -> None:
    lines: list[Line] = []
    last = ""
    for number in range(12):
        lines += [
            (f"p{number}", "max_pool", {"kernel": 3, "padding": "same"}, last),
            conv(f"c{number}", f"p{number}"),
        ]
        last = f"c{number}"
    # Nothing could name the last pool, which is read twice more, were it in a block.
    lines += [conv("side", "p11"), ("sum", "add", {}, "c11 side")]
    lines += [("end", "concat", {}, "sum c11 p11")]
    found = text(*lines)
    assert "name: p11" in found
    assert "from: p11" in found
    assert "repeat: 11" in found


def test_repeated_parts_are_a_block_with_arguments_and_equal_calls_a_repeat() -> None:
    lines: list[Line] = [conv("stem", "", 16)]
    last, width = "stem", 16
    for number in range(10):
        width = 32 if number == 5 else width
        prefix = f"stage_{number}"
        lines += [
            conv(f"{prefix}_narrow", last, width // 2, "1x1", activation="relu"),
            conv(f"{prefix}_wide", f"{prefix}_narrow", width, activation="relu"),
            ("x" if number == 9 else f"{prefix}_pool", "lrn", {}, f"{prefix}_wide"),
        ]
        last = lines[-1][0]
    found = text(*lines)
    assert "repeat: 5" in found or "repeat: 4" in found
    assert "args: {filters: int" in found


def test_what_some_calls_leave_out_has_a_flag() -> None:
    lines: list[Line] = [conv("stem", "", 16)]
    last = "stem"
    for number in range(8):
        p, width = f"unit{number}", 16 * (1 + number // 2)
        lines += [
            conv(f"{p}_expand", last, 96, "1x1", activation="relu6"),
            (
                f"{p}_deep",
                "depthwise_conv",
                {"kernel": "3x3", "activation": "relu6"},
                f"{p}_expand",
            ),
            (f"{p}_pool", "global_avg_pool", {"keep_dims": True}, f"{p}_deep"),
            conv(f"{p}_down", f"{p}_pool", 4, "1x1", activation="relu"),
            conv(f"{p}_up", f"{p}_down", 96, "1x1", activation="sigmoid"),
            (f"{p}_gated", "multiply", {}, f"{p}_deep {p}_up"),
            conv(f"{p}_end", f"{p}_gated", width, "1x1"),
        ]
        last = f"{p}_end"
        if number % 2:
            lines.append((f"{p}_sum", "add", {}, f"{last} unit{number - 1}_end"))
            last = f"{p}_sum"
    found = text(*lines)
    assert "residual: {when: $residual}" in found
    assert found.count("op: depthwise_conv") == 1


def test_predictions_and_classes_belong_to_the_head() -> None:
    found = recovered(
        network(
            conv("a", ""),
            ("pool", "global_avg_pool", {}, "a"),
            ("fc", "dense", {"units": 10, "activation": "softmax"}, "pool"),
        )
    )
    assert "args: {classes: 10}" in found.text
    assert "    predictions: softmax\n" in found.text
    assert "{op: dense, name: fc, units: $classes}" in found.text


@pytest.mark.parametrize("outputs", [("fc", "side/fc", "a"), ("a", "side/fc", "fc")])
def test_every_output_is_a_head_or_an_end_point(outputs: tuple[str, ...]) -> None:
    found = recovered(
        network(
            conv("a", ""),
            conv("b", "a"),
            ("pool", "global_avg_pool", {}, "b"),
            ("fc", "dense", {"units": 10}, "pool"),
            ("side/pool", "global_avg_pool", {}, "a"),
            ("side/fc", "dense", {"units": 10}, "side/pool"),
            outputs=outputs,
        )
    )
    assert [head.name for head in found.loaded.graph.heads] == ["Logits", "side"]
    assert found.loaded.graph.main == "Logits"
    assert found.loaded.graph.end_points["a"] == 1


def test_what_no_output_needs_is_left_out() -> None:
    found = recovered(network(conv("a", ""), conv("unread", "a"), conv("b", "a"), outputs=("b",)))
    assert "unread" not in found.text
    assert "unread" not in found.mapping


def test_names_that_specs_do_not_admit_are_changed_and_mapped() -> None:
    found = recovered(network(conv("1_conv", ""), conv("a-b", "1_conv"), conv("conv2d_7", "a-b")))
    assert dict(found.mapping) == {"1_conv": "conv_1", "a-b": "a_b", "conv2d_7": "conv"}


def test_layers_that_do_not_fit_are_a_finding() -> None:
    lines = (conv("a", "", kernel="9x9", padding="valid"),)
    with pytest.raises(SpecError) as raised:
        recovered(network(*lines, size=4))
    assert raised.value.findings[0].code == "E0740"
    assert "`a`" in raised.value.findings[0].message


def test_cells_that_read_two_tensors_are_blocks_with_an_argument_for_one() -> None:
    lines: list[Line] = [conv("stem_1", ""), conv("stem_2", "stem_1")]
    before, last = "stem_1", "stem_2"
    for number in range(4):
        c = f"cell{number}"
        lines += [
            conv(f"{c}_h", last, kernel="1x1"),
            conv(f"{c}_p", before, kernel="1x1"),
            conv(f"{c}_left", f"{c}_h", activation="relu"),
            ("x" if number == 9 else f"{c}_right", "max_pool", {"kernel": 3}, f"{c}_p"),
            (f"{c}_sum", "add", {}, f"{c}_left {c}_right"),
            (f"{c}_other", "add", {}, f"{c}_h {c}_right"),
            (f"{c}_all", "concat", {}, f"{c}_p {c}_sum {c}_other"),
        ]
        before, last = last, f"{c}_all"
    found = text(*lines)
    assert "args: {previous: layer}" in found
    assert "{block: cell, name: cell3_all, with: {previous: cell1_all}}" in found
    assert found.count("op: concat") == 1


def test_members_of_a_repeat_are_not_read_by_name() -> None:
    lines: list[Line] = [conv("stem", "", 16)]
    last = "stem"
    for number in range(6):
        u = f"unit_{number}"
        lines += [
            conv(f"{u}_a", last, 4, "1x1", activation="relu"),
            conv(f"{u}_b", f"{u}_a", 8, activation="relu"),
            conv(f"{u}_c", f"{u}_b", 16),
            (f"{u}_sum", "add", {"activation": "relu"}, f"{last} {u}_c"),
        ]
        last = f"{u}_sum"
    lines += [conv("end", last, 16), ("all", "concat", {}, "end unit_2_sum unit_3_b")]
    assert "from: [" in text(*lines)


VECTOR: tuple[Line, ...] = (conv("a", ""), ("pool", "global_avg_pool", {}, "a"))


@pytest.mark.parametrize(
    ("lines", "outputs", "heads", "layers_after"),
    [
        # Two heads on one vector.
        ((*VECTOR, ("one", "dense", {"units": 3, "activation": "softmax"}, "pool"),
          ("two", "dense", {"units": 4, "activation": "sigmoid"}, "pool")),
         ("one", "two"), {"Logits": "softmax", "two": "sigmoid"}, 6),
        # Logits and their predictions.
        ((*VECTOR, ("one", "dense", {"units": 3}, "pool"), ("p", "softmax", {}, "one")),
         ("one", "p"), {"Logits": "softmax"}, 4),
        # One output is read on by the other.
        ((*VECTOR, ("one", "dense", {"units": 3}, "pool"), ("two", "dense", {"units": 4}, "one")),
         ("one", "two"), {"Logits": None}, 4),
        # A head that reads two layers.
        ((*VECTOR, conv("b", "a"), ("one", "dense", {"units": 3}, "pool"), ("s", "add", {}, "a b"),
          ("g", "global_avg_pool", {}, "s"), ("two", "dense", {"units": 4}, "g")),
         ("one", "two"), {"one": None, "Logits": None}, 7),
        # Nothing before the vector, so no trunk.
        ((("f", "flatten", {}, ""), ("one", "dense", {"units": 3}, "f"),
          ("p", "softmax", {}, "one")),
         ("p",), {}, 3),
        ((("f", "flatten", {}, ""),
          ("one", "dense", {"units": 3, "activation": "softmax"}, "f")),
         ("one",), {}, 2),
    ],
)  # fmt: skip
def test_outputs_and_what_they_predict(
    lines: tuple[Line, ...],
    outputs: tuple[str, ...],
    heads: dict[str, str | None],
    layers_after: int,
) -> None:
    found = recovered(network(*lines, outputs=outputs))
    graph = found.loaded.graph
    assert len(graph.nodes) == 1 + layers_after
    assert {
        head.name: None
        if head.predictions is None
        else graph.nodes[head.predictions].attributes.get("function", "softmax")
        for head in graph.heads
    } == heads
    assert {name for name, *_ in lines} == set(found.mapping)
    assert not inceptionspec.load(found.text).check().findings
