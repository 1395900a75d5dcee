"""Ratios and their intervals, against what is known of made-up durations."""

from __future__ import annotations

import random

import pytest

from inceptionspec.bench.measure.bootstrap import (
    FASTER,
    SLOWER,
    UNDECIDED,
    Ratio,
    ratio_of_pairs,
    ratio_of_runs,
)


def test_equal_pairs_leave_no_doubt() -> None:
    assert ratio_of_pairs([2.0] * 20) == (2.0, 2.0, 2.0)


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        (Ratio(1.2, 1.1, 1.3), FASTER),
        (Ratio(0.9, 0.8, 0.99), SLOWER),
        (Ratio(1.2, 0.9, 1.5), UNDECIDED),
        (Ratio(1.0, 1.0, 1.0), UNDECIDED),
    ],
)
def test_the_interval_decides(ratio: Ratio, verdict: str) -> None:
    assert ratio.verdict == verdict


def test_the_interval_covers_the_truth_about_95_times_in_100() -> None:
    generator = random.Random(1)
    hits = 0
    for _ in range(100):
        pairs = [generator.lognormvariate(0, 0.1) for _ in range(31)]  # a median of 1
        found = ratio_of_pairs(pairs)
        hits += found.low <= 1 <= found.high
    assert 88 <= hits <= 100


def test_a_slow_pair_moves_nothing() -> None:
    assert ratio_of_pairs([1.25] * 30 + [50.0]).value == 1.25


def test_the_half_width_is_that_of_the_wider_side() -> None:
    assert Ratio(2.0, 1.9, 2.4).half_width == pytest.approx(0.2)


def test_runs_that_were_made_apart() -> None:
    generator = random.Random(2)
    hits = 0
    for _ in range(40):
        first = [generator.gauss(1.0, 0.02) for _ in range(60)]
        second = [generator.gauss(1.1, 0.02) for _ in range(40)]
        found = ratio_of_runs(first, second)
        assert 1.06 < found.low < found.high < 1.14
        hits += found.low <= 1.1 <= found.high
    assert hits >= 33


def test_neighbors_that_are_alike_widen_the_interval() -> None:
    generator = random.Random(3)
    apart = [generator.gauss(1.0, 0.1) for _ in range(100)]
    waves = [one for one in apart[:20] for _ in range(5)]
    assert ratio_of_runs(waves, waves).half_width > ratio_of_runs(apart, apart).half_width


def test_the_same_numbers_give_the_same_interval() -> None:
    values = [1.0, 1.5, 1.2, 0.9, 1.1]
    assert ratio_of_pairs(values) == ratio_of_pairs(values)
    assert ratio_of_runs(values, values[:3]) == ratio_of_runs(values, values[:3])
