"""When a warm-up ends, on durations that are written down."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from inceptionspec.bench.measure.loop import MAX_SECONDS, Warmed, Warmup


def falling(to: float, by: float = 0.9) -> Iterator[float]:
    """Steps that become quicker until they last so long."""
    value = 100 * to
    while True:
        yield value
        value = max(value * by, to)


@pytest.mark.parametrize("steps", [1, 10])
def test_a_fixed_number(steps: int) -> None:
    assert Warmup(steps).run(itertools.repeat(2.0)) == Warmed(steps, 2.0 * steps, None)


def test_none_runs_nothing() -> None:
    def never() -> Iterator[float]:
        raise AssertionError
        yield

    assert Warmup(0).run(never()) == Warmed(0, 0.0, None)


def test_steps_that_do_not_change_are_steady_after_two_windows() -> None:
    assert Warmup().run(itertools.repeat(0.5)) == Warmed(10, 5.0, True)


def test_a_window_of_quick_steps_lasts_a_tenth_of_a_second() -> None:
    warmed = Warmup().run(itertools.repeat(0.001))
    assert warmed.steady
    assert 200 <= warmed.steps <= 202


def test_it_waits_until_steps_stop_becoming_quicker() -> None:
    warmed = Warmup().run(falling(0.01))
    # 44 steps until the shortest duration, and two windows of five after that at most.
    assert warmed.steady
    assert 44 <= warmed.steps <= 44 + 25


def test_one_slow_step_does_not_matter() -> None:
    assert Warmup().run(itertools.chain([0.5] * 7, [9.0], itertools.repeat(0.5))).steps == 10


def test_it_is_given_up_where_steps_never_become_steady() -> None:
    growing = (1.1**number for number in itertools.count())
    warmed = Warmup().run(growing)
    assert warmed.steady is False
    assert MAX_SECONDS <= warmed.seconds < 3 * MAX_SECONDS
