"""The timing loop under a clock that the test sets; when a warm-up ends."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from inceptionspec.bench.measure.loop import MAX_SECONDS, Warmed, Warmup, counted, durations


class Clock:
    """A clock that only moves when a step or what follows it moves it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls = 0

    def __call__(self) -> float:
        return self.now

    def step(self) -> None:
        """Each call lasts as many seconds as were made, this one included."""
        self.calls += 1
        self.now += self.calls


def test_each_step_is_timed_when_it_is_asked_for() -> None:
    clock = Clock()
    taken = durations(clock.step, clock=clock)
    assert clock.calls == 0
    assert list(itertools.islice(taken, 3)) == [1, 2, 3]
    assert clock.calls == 3


def test_what_follows_a_step_is_not_timed() -> None:
    clock = Clock()

    def after() -> None:
        clock.now += 1000

    assert list(itertools.islice(durations(clock.step, clock=clock, after=after), 3)) == [1, 2, 3]
    assert clock.now == 2006


def test_so_many_steps_are_counted() -> None:
    taken = iter([1.0, 2.0, 3.0, 4.0])
    assert list(counted(taken, 2)) == [1, 2]
    assert next(taken) == 3  # no step runs that is not counted


def test_steps_are_counted_until_they_last_long_enough() -> None:
    assert list(counted(itertools.repeat(0.5), 2, min_seconds=2.0)) == [0.5] * 4
    assert list(counted(itertools.repeat(3.0), 2, min_seconds=2.0)) == [3.0] * 2


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
