"""The timing loop under a clock that the test turns."""

from __future__ import annotations

import time

import pytest

from inceptionspec.runs.loop import timed


class Clock:
    """A clock that only moves when a step or a message moves it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls = 0
        self.slow = 100.0

    def __call__(self) -> float:
        return self.now

    def step(self) -> None:
        """The first call lasts 100 s, later ones as many as were made before."""
        self.now += self.calls or self.slow
        self.calls += 1


def test_first_and_burn_in_steps_do_not_count() -> None:
    clock = Clock()
    timing = timed(clock.step, steps=3, burn_in=2, clock=clock)
    assert timing.first == 100
    assert timing.durations == (3, 4, 5)
    assert not timing.interrupted
    assert clock.calls == 6


def test_without_burn_in() -> None:
    clock = Clock()
    assert timed(clock.step, steps=1, burn_in=0, clock=clock).durations == (1,)


def test_progress_is_told_and_not_timed() -> None:
    clock = Clock()
    told: list[tuple[str, int, int]] = []

    def progress(phase: str, done: int, whole: int) -> None:
        told.append((phase, done, whole))
        clock.now += 1000

    timing = timed(clock.step, steps=2, burn_in=1, clock=clock, progress=progress)
    assert timing.first == 100
    assert timing.durations == (2, 3)
    assert told == [
        ("first step", 0, 1),
        ("first step", 1, 1),
        ("burn-in", 1, 1),
        ("steps", 1, 2),
        ("steps", 2, 2),
    ]


def test_interrupt_keeps_what_was_measured() -> None:
    clock = Clock()

    def step() -> None:
        if clock.calls == 4:
            raise KeyboardInterrupt
        clock.step()

    timing = timed(step, steps=100, burn_in=1, clock=clock)
    assert timing.durations == (2, 3)
    assert timing.interrupted


def test_interrupt_after_the_last_step_loses_nothing() -> None:
    clock = Clock()

    def progress(phase: str, done: int, whole: int) -> None:
        if (phase, done) == ("steps", 2):
            raise KeyboardInterrupt

    timing = timed(clock.step, steps=2, burn_in=0, clock=clock, progress=progress)
    assert timing.durations == (1, 2)
    assert not timing.interrupted


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_interrupt_before_a_step_counts_goes_on(calls: int) -> None:
    clock = Clock()

    def step() -> None:
        if clock.calls == calls:
            raise KeyboardInterrupt
        clock.step()

    with pytest.raises(KeyboardInterrupt):
        timed(step, steps=5, burn_in=1, clock=clock)


def test_the_clock_by_default_measures_seconds() -> None:
    timing = timed(lambda: time.sleep(0.02), steps=3, burn_in=0)
    # Never less than it slept; how much more depends on what else the machine does.
    assert all(0.02 <= one < 0.2 for one in timing.durations)
    assert min(timing.durations) < 0.03
