"""The front holds what no other beats, whatever comes first."""

from __future__ import annotations

import random

import pytest

from inceptionspec.sweep.front import Front
from inceptionspec.sweep.records import Figures, Objective, Variant


def variant(number: int, *counts: int | None) -> Variant:
    params, macs, memory = counts
    return Variant(number, {}, Figures(params or 0, 0, macs, 0, memory, None))


@pytest.mark.parametrize("names", [("params",), ("params", "macs"), ("params", "macs", "memory")])
@pytest.mark.parametrize("most", [False, True])
def test_the_front_is_that_of_all_pairs(names: tuple[str, ...], most: bool) -> None:
    draw = random.Random(5)
    objectives = [Objective(name, most and name == "macs") for name in names]
    variants = [
        variant(number, *(draw.randrange(12) for _ in range(3))) for number in range(1, 200)
    ]
    front = Front(objectives)
    for one in variants:
        front.add(one)

    def point(one: Variant) -> tuple[float, ...]:
        return tuple((one.figure(o.figure) or 0) * (-1 if o.most else 1) for o in objectives)

    expected = {
        one.number
        for one in variants
        if not any(
            point(other) != point(one)
            and all(a <= b for a, b in zip(point(other), point(one), strict=True))
            for other in variants
        )
    }
    assert set(front) == expected
    firsts = [point(variants[number - 1])[0] for number in front]
    assert firsts == sorted(firsts)


def test_what_lacks_a_figure_is_on_no_front() -> None:
    front = Front([Objective("macs")])
    assert not front.add(variant(1, 1, None, 1))
    assert front.add(variant(2, 1, 1, 1))
    assert list(front) == [2]
