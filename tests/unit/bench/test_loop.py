"""The timing loop under a clock that the test turns."""

from __future__ import annotations

import itertools

from inceptionspec.bench.measure.loop import counted, durations


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
    assert next(taken) == 3  # no step is run that no_progress counts


def test_steps_are_counted_until_they_last_long_enough() -> None:
    assert list(counted(itertools.repeat(0.5), 2, min_seconds=2.0)) == [0.5] * 4
    assert list(counted(itertools.repeat(3.0), 2, min_seconds=2.0)) == [3.0] * 2
