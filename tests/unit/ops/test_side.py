"""Sides of maps as functions of a side of the input."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inceptionspec.ops import OPS
from inceptionspec.ops.attribute_types import MAP
from inceptionspec.ops.record import OperatorError
from inceptionspec.ops.side import KEPT, Side

STAGES = st.builds(
    Side, offset=st.integers(-20, 20), stride=st.integers(1, 6), least=st.integers(0, 4),
    factor=st.just(1) | st.integers(1, 4), inner=st.none(),
)  # fmt: skip


def chain(stages: list[Side]) -> Side:
    """Stages composed, the innermost first."""
    whole: Side | int = KEPT
    for stage in stages:
        whole = stage.after(whole)
    assert isinstance(whole, Side)
    return whole


SIDES = st.lists(STAGES, min_size=1, max_size=4).map(chain)


@given(stages=st.lists(STAGES, min_size=2, max_size=5), size=st.integers(30, 400))
def test_composition_is_one_after_the_other(stages: list[Side], size: int) -> None:
    both, sizes = chain(stages), [size]
    for stage in stages:
        sizes.append(stage.at(sizes[-1]))
    if min(sizes) >= 1:  # what comes in is a map
        assert both.at(size) == sizes[-1]
    assert both.after(5) == both.at(5)


def test_a_map_that_is_halved_and_doubled_keeps_two_stages() -> None:
    doubled, halved = Side(factor=2), Side(1, 2)
    there_and_back = doubled.after(halved)
    assert there_and_back == Side(factor=2, inner=halved)
    assert halved.after(there_and_back) == halved  # doubled and halved again
    assert Side(4, 2).after(doubled) == Side(2)


@given(side=SIDES, value=st.integers(0, 60))
def test_the_first_and_the_last_size_of_a_value(side: Side, value: int) -> None:
    first, last = side.first(value), side.last(value)
    assert side.at(first) >= value
    assert first == 1 or side.at(first - 1) < value
    assert last == 0 or side.at(last) <= value
    assert side.at(last + 1) > value


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
