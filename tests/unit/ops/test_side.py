"""Sides of maps as functions of a side of the input."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inceptionspec.ops import OPS
from inceptionspec.ops.attribute_types import MAP
from inceptionspec.ops.record import OperatorError
from inceptionspec.ops.side import Side

SIDES = st.builds(
    Side, offset=st.integers(-20, 20), stride=st.integers(1, 6), least=st.integers(0, 4)
)


@given(outer=SIDES, inner=SIDES, size=st.integers(30, 400))
def test_composition_is_one_after_the_other(outer: Side, inner: Side, size: int) -> None:
    both = outer.after(inner)
    assert isinstance(both, Side)
    if inner.at(size) >= 1:
        assert both.at(size) == outer.at(inner.at(size))
    assert outer.after(5) == outer.at(5)


@given(side=SIDES, value=st.integers(0, 60))
def test_the_first_and_the_last_size_of_a_value(side: Side, value: int) -> None:
    sizes = range(1, 500)
    assert side.first(value) == next(n for n in sizes if side.at(n) >= value)
    assert side.last(value) == max((n for n in sizes if side.at(n) <= value), default=0)


@given(
    kernel=st.integers(1, 7) | st.just(MAP), stride=st.integers(1, 4), dilation=st.integers(1, 3),
    padding=st.sampled_from(["same", "valid", (1, 2, 0, 3)]), clip=st.booleans(),
    size=st.integers(1, 40),
)  # fmt: skip
def test_the_side_of_a_window_is_what_it_yields(
    kernel: object, stride: int, dilation: int, padding: object, clip: bool, size: int
) -> None:
    op = OPS["conv"]
    attributes = {
        "kernel": MAP if kernel == MAP else (kernel, kernel), "stride": (stride, stride),
        "dilation": (dilation, dilation), "padding": padding, "clip": clip, "groups": 1,
        "filters": 2, "bias": False, "norm": None,
    }  # fmt: skip
    if dilation > 1 and (clip or kernel == MAP):
        return  # a dilated window outgrows the map that it is cut to
    rule = op.side(attributes, 0)
    inputs = [(size, size, 1)]
    try:
        height = op.shape(op.resolve(attributes, inputs), inputs)[0]
    except OperatorError:
        assert size < rule.least
        return
    assert size >= rule.least
    assert height == (rule.side if isinstance(rule.side, int) else rule.side.at(size))
