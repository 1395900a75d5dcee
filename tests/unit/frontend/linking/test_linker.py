"""Shapes, and where the blame for a misfit goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import codes, findings, nodes, rendered, spec

from inceptionspec.ops.record import OperatorError
from inceptionspec.ops.window import padding_pixels, slide


@given(
    size=st.integers(1, 60), kernel=st.integers(1, 9), stride=st.integers(1, 5),
    dilation=st.integers(1, 3), padding=st.sampled_from(["same", "valid", (1, 2, 0, 3)]),
)  # fmt: skip
def test_a_window_slides_as_one_counts_it(
    size: int, kernel: int, stride: int, dilation: int, padding: object
) -> None:
    attributes = {"kernel": (kernel, kernel), "stride": (stride, stride),
                  "dilation": (dilation, dilation), "padding": padding}  # fmt: skip
    reach = dilation * (kernel - 1) + 1
    pads = padding_pixels(attributes, (size, size, 1))
    assert pads is not None
    padded = size + pads[0] + pads[1]
    starts = range(0, padded - reach + 1, stride)
    try:
        height, _ = slide(attributes, [(size, size, 1)])
    except OperatorError:
        assert not starts
        return
    assert height == len(starts)
    if padding == "same":
        assert height == -(-size // stride)
        assert 0 <= pads[1] - pads[0] <= 1


@pytest.mark.parametrize(
    ("layers", "code", "line", "words"),
    [
        ("- {op: conv, kernel: 17, filters: 1, padding: valid}", "E0401", 6, "at least 17x17"),
        ("- {op: max_pool, kernel: 17, padding: valid}", "E0401", 6, "17x17 window"),
        ("- {op: flatten}\n- {op: conv, kernel: 1, filters: 1}", "E0404", 7, "768 features"),
        ("- {op: dense, units: 3}", "E0404", 6, "put `global_avg_pool` or `flatten`"),
        ("- {op: squeeze}", "E0405", 6, "16x16"),
        ("- {op: conv, kernel: 1, filters: 4, groups: 2}", "E0408", 6, "3 input channels"),
        ("- {op: conv, kernel: 1, filters: 70000}", "E0506", 6, "70,000"),
        (
            "- {op: conv, kernel: 1, filters: 60000}\n- {op: pad, padding: 100}",
            "E0507", 7, "elements",
        ),
    ],
)  # fmt: skip
def test_misfits(layers: str, code: str, line: int, words: str) -> None:
    (found,) = findings(spec(layers))
    shown = rendered(spec(layers))
    assert found.code == code, shown
    assert found.primary.span.line == line, shown
    assert words in shown, shown


BRANCHES = """\
- name: M
  branches:
    A: [{op: conv, name: a, kernel: 1, filters: 2}]
    B:
      - {op: conv, name: b1, kernel: 1, filters: 2}
      - {op: conv, name: b2, kernel: 3, padding: valid, filters: 2}
      - {op: conv, name: b3, kernel: 1, filters: 2}
    C: []
"""


def test_a_concat_is_blamed_on_the_layer_where_shapes_parted() -> None:
    assert rendered(spec(BRANCHES)) == (
        "error[E0402]: the branches of `M` cannot be concatenated\n"
        "  --> <text>:11:43\n"
        "   |\n"
        " 7 |     branches:\n"
        "   |     -------- `A` is 16x16, `B` is 14x14\n"
        "...\n"
        "11 |         - {op: conv, name: b2, kernel: 3, padding: valid, filters: 2}\n"
        "   |                                           ^^^^^^^^^^^^^^ `B` becomes 14x14 here\n"
        "   |\n"
        "   = help: set `padding: same`\n"
    )


def test_a_branch_with_another_stride_is_blamed() -> None:
    layers = BRANCHES.replace("padding: valid", "stride: 2")
    (found,) = findings(spec(layers))
    assert found.primary.span.line == 11
    assert "8x8" in found.primary.text


def test_unequal_channels_of_a_sum_are_blamed_on_the_filters() -> None:
    (found,) = findings(
        spec("- name: X\n  residual: {}\n  layers: [{op: conv, name: a, kernel: 3, filters: 7}]")
    )
    assert found.code == "E0403"
    assert found.primary.span.line == 8


def test_every_independent_misfit_is_reported() -> None:
    text = spec(
        "- {op: conv, name: c, kernel: 1, filters: 2}",
        rest="main: A\nheads:\n  A: {from: c, layers: [{op: squeeze}]}\n"
        "  B: {from: c, layers: [{op: dense, units: 2}]}",
    )
    assert codes(text) == ["E0405", "E0404"]


HEAD = """main: Logits
heads:
  Aux:
    from: c
    layers:
      - {op: avg_pool, kernel: 5, stride: 3, padding: valid}
      - {op: conv, kernel: 1, filters: 2}
      - {op: global_avg_pool}
  Logits: {from: c, layers: [{op: global_avg_pool}]}
"""


def test_an_input_too_small_for_a_head_names_the_head_and_its_smallest_input() -> None:
    text = spec("- {op: conv, name: c, kernel: 3, filters: 2, padding: valid}", rest=HEAD)
    (found,) = findings(text, input=6)
    assert found.code == "E0406"
    assert found.message == "the head `Aux` needs an input of at least 7x7, this one is 6x6"
    assert found.primary.span.source.name == "input=6"
    assert "--head Logits" in found.helps[0]
    import inceptionspec

    assert inceptionspec.load(text, input=6, head="Logits").graph.heads[0].name == "Logits"
    assert inceptionspec.load(text, input=7)


def test_open_sizes() -> None:
    text = spec("- {op: conv, name: c, kernel: 3, filters: 2}\n- {op: global_avg_pool}", size="any")
    assert nodes(text)["c"].shape == (None, None, 2)
    assert codes(spec("- {op: flatten}\n- {op: dense, units: 2}", size="any")) == ["E0407"]
    assert codes(spec("- {op: conv, kernel: map, filters: 2}", size="any")) == ["E0407"]


def test_kernel_map_and_clip() -> None:
    found = nodes(
        spec(
            "- {op: conv, name: c, kernel: map, filters: 2, padding: valid}\n"
            "- {op: conv, name: d, kernel: 5, filters: 2, padding: valid, clip: true}"
        )
    )
    assert found["c"].attributes["kernel"] == (16, 16)
    assert found["d"].attributes["kernel"] == (1, 1)


def test_width() -> None:
    text = spec(
        "- {op: conv, name: a, kernel: 1, filters: 100}\n"
        "- {op: conv, name: b, kernel: 1, filters: 100, fixed: true}\n"
        "- {op: conv, name: c, kernel: 1, filters: 20}"
    )
    half = nodes(text, width=0.5)
    assert [half[name].shape[-1] for name in "abc"] == [50, 100, 16]
    assert nodes(text, width=0.5, min_filters=4)["c"].shape[-1] == 10
    assert nodes(text, width=2.01)["c"].shape[-1] == 40
    for width in (0, -1, float("nan"), float("inf")):
        assert codes(text, width=width) == ["E0805"]
    assert codes(text, width=0.5, min_filters=0) == ["E0805"]


@pytest.mark.parametrize(
    ("layers", "limits", "code"),
    [
        ("- {op: flatten}\n- {op: dense, units: 60000}", {"parameters": 1000}, "E0508"),
        ("- {op: dropout, rate: 0}\n- {op: dropout, rate: 0}", {"layers": 1}, "E0505"),
    ],
)
def test_raised_and_lowered_limits(layers: str, limits: dict[str, int], code: str) -> None:
    from inceptionspec.diagnostics.limits import Limits

    assert codes(spec(layers), limits=Limits(**limits)) == [code]


def test_explicit_padding_in_all_its_forms() -> None:
    found = nodes(
        spec(
            "- {op: pad, name: a, padding: 1}\n- {op: pad, name: b, padding: 0x3}\n"
            "- {op: pad, name: c, padding: {top: 1, bottom: 2, left: 3, right: 4}}"
        )
    )
    assert [found[name].shape for name in "abc"] == [(18, 18, 3), (18, 24, 3), (21, 31, 3)]
