"""The timing loop: how a step is timed, how many warm it up, and how many are counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

WINDOW_STEPS = 5
WINDOW_SECONDS = 0.1
"""A window has at least this many steps, and lasts at least this long."""
TOLERANCE = 0.03
"""How much the medians of two windows may differ, as a share of the later one."""
MAX_SECONDS = 60.0
"""A warm-up that lasts longer is given up."""

Clock = Callable[[], float]


def durations(
    step: Callable[[], object],
    *,
    clock: Clock = time.perf_counter,
    after: Callable[[], object] | None = None,
) -> Iterator[float]:
    """Call a step each time a duration is asked for, and yield its seconds.

    Nothing but the call stands between the two readings of the clock.

    Args:
        step: what is timed.
        clock: gives seconds.
        after: called after each step, outside of what is timed.
    """
    while True:
        start = clock()
        step()
        yield clock() - start
        if after is not None:
            after()


def counted(steps: Iterator[float], count: int, min_seconds: float = 0.0) -> Iterator[float]:
    """At least ``count`` durations, and more until they add up to ``min_seconds``."""
    total = 0.0
    for number, seconds in enumerate(steps, start=1):
        yield seconds
        total += seconds
        if number >= count and total >= min_seconds:
            return


class Warmed(NamedTuple):
    """How a warm-up ended.

    Attributes:
        steps: how many there were.
        seconds: their sum.
        steady: whether the last two windows agreed; None where a number of steps was given.
    """

    steps: int
    seconds: float
    steady: bool | None


@dataclass(slots=True)
class Warmup:
    """The steps before those that are counted.

    Attributes:
        steps: how many; None for as many as it takes until the medians of two successive
            windows agree, or until the warm-up is given up.
    """

    steps: int | None = None

    def run(self, steps: Iterable[float]) -> Warmed:
        """Take as many durations as are needed."""
        count, total, earlier = 0, 0.0, 0.0
        window: list[float] = []
        if self.steps == 0:
            return Warmed(0, 0.0, None)
        for seconds in steps:
            count, total = count + 1, total + seconds
            window.append(seconds)
            if self.steps is not None:
                if count == self.steps:
                    break
            elif len(window) >= WINDOW_STEPS and sum(window) >= WINDOW_SECONDS:
                later = median(window)
                if abs(later - earlier) <= TOLERANCE * later:
                    return Warmed(count, total, True)
                if total >= MAX_SECONDS:
                    return Warmed(count, total, False)
                earlier, window = later, []
        return Warmed(count, total, None)
