"""Bootstrap intervals: the same each time, and right about as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inceptionspec.training.evaluation.bootstrap import mean_intervals


def shares(count: int, right: int) -> np.ndarray:
    return (np.arange(count) < right).astype(float)[:, None]


def test_the_same_numbers_give_the_same_interval() -> None:
    assert mean_intervals(shares(50, 30)) == mean_intervals(shares(50, 30))
    assert mean_intervals(shares(50, 30), seed=1) != mean_intervals(shares(50, 30))


def test_an_interval_is_as_wide_as_theory_says() -> None:
    (found,) = mean_intervals(shares(400, 320))
    half = 1.96 * math.sqrt(0.8 * 0.2 / 400)
    assert found.value == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx((0.8 - half, 0.8 + half), abs=0.006)


def test_about_95_of_100_intervals_hold_the_truth() -> None:
    """Of a binomial of 100 pictures and 0.7; the percentile bootstrap covers 93 to 96 % there."""
    draws = np.random.default_rng(5).random((200, 100)) < 0.7
    # One call for all: columns are resampled together, which changes no interval by itself.
    found = mean_intervals(draws.T.astype(float))
    held = sum(one.low <= 0.7 <= one.high for one in found)
    assert 180 <= held <= 198


def test_columns_are_resampled_in_pairs() -> None:
    """So a difference that is the same for each picture has no width."""
    first = np.random.default_rng(0).random(40)
    (found,) = mean_intervals(((first + 0.25) - first)[:, None])
    assert found == pytest.approx((0.25, 0.25, 0.25))


def test_what_does_not_vary_has_no_width() -> None:
    assert mean_intervals(np.ones((20, 1))) == [(1, 1, 1)]
