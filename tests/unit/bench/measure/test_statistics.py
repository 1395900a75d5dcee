"""Statistics against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from inceptionspec.bench.measure.statistics import least_count, percentile, statistics


def test_mean_and_population_deviation() -> None:
    # Deviations -3, -1, -1, -1, 0, 0, 2, 4: squares add up to 32, a variance of 4.
    figures = statistics([2, 4, 4, 4, 5, 5, 7, 9])
    assert (figures.mean, figures.sd) == (5, 2)
    assert (figures.min, figures.median, figures.max) == (2, 4.5, 9)


def test_order_does_not_matter() -> None:
    assert statistics([3, 1, 2]) == statistics([1, 2, 3])


def test_one_duration() -> None:
    figures = statistics([0.5])
    assert (figures.mean, figures.sd, figures.median) == (0.5, 0, 0.5)
    assert (figures.iqr, figures.p90, figures.p99) == (0, None, None)


def test_deviation_of_near_equals_keeps_its_digits() -> None:
    figures = statistics([1e9 + 1e-3, 1e9 - 1e-3])
    assert figures.sd == pytest.approx(1e-3, rel=1e-4)
    assert statistics([0.1] * 7).sd == pytest.approx(0, abs=1e-16)


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 10), (25, 17.5), (50, 25), (90, 37), (99, 39.7), (100, 40)]
)
def test_percentiles_are_interpolated(percent: int, expected: float) -> None:
    assert percentile([10, 20, 30, 40], percent) == pytest.approx(expected)


@pytest.mark.parametrize(("percent", "least"), [(50, 10), (90, 50), (99, 500)])
def test_a_percentile_is_trusted_from_five_steps_beyond_it_on(percent: int, least: int) -> None:
    assert least_count(percent) == least
    values = range(1, least + 1)
    assert sum(one > percentile(values, percent) for one in values) >= 5


@pytest.mark.parametrize(("count", "p90", "p99"), [(49, None, None), (50, 45.1, None)])
def test_a_percentile_with_too_few_beyond_it_is_left_out(
    count: int, p90: float | None, p99: float | None
) -> None:
    figures = statistics(range(1, count + 1))
    assert figures.p90 == (None if p90 is None else pytest.approx(p90))
    assert figures.p99 == p99


def test_both_percentiles_of_many() -> None:
    figures = statistics(range(1, 501))
    assert (figures.p90, figures.p99) == (pytest.approx(450.1), pytest.approx(495.01))


def test_interquartile_range() -> None:
    assert statistics([10, 20, 30, 40, 50]).iqr == 20


def test_a_slow_step_moves_the_mean_and_not_the_median() -> None:
    figures = statistics([1.0] * 99 + [101.0])
    assert math.isclose(figures.mean, 2)
    assert figures.median == 1
