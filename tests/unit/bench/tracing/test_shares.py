"""Time shared out among operations that run at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inceptionspec.bench.tracing.shares import Op, share_time


def _op(name: str, start: float, end: float) -> Op:
    return Op(name, "Conv2D", start, end)


def test_one_after_the_other() -> None:
    found = share_time([_op("a", 0, 2), _op("b", 2, 5), _op("a", 7, 8)])
    assert found.by_name == {"a": 3, "b": 3}
    assert found.overlapped == 0
    assert found.busy == 6


def test_at_once_each_has_an_equal_part() -> None:
    # a alone 0 to 2, a and b 2 to 4, all three 4 to 7, b and c 7 to 9, c alone 9 to 10.
    found = share_time([_op("a", 0, 7), _op("b", 2, 9), _op("c", 4, 10)])
    assert found.by_name == pytest.approx({"a": 2 + 1 + 1, "b": 1 + 1 + 1, "c": 1 + 1 + 1})
    assert found.overlapped == pytest.approx(7)
    assert found.busy == pytest.approx(10)


def test_no_time_and_no_operations() -> None:
    assert share_time([_op("a", 1, 1), _op("b", 0, 2)]).by_name == {"b": 2}
    assert share_time([]) == ({}, 0.0)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=12))
def test_the_shares_add_up_to_the_time_in_which_anything_ran(spans: list[tuple[int, int]]) -> None:
    ops = [_op(str(n), start, start + length) for n, (start, length) in enumerate(spans)]
    ran = {moment for op in ops for moment in range(int(op.start), int(op.end))}
    assert share_time(ops).busy == pytest.approx(len(ran))
