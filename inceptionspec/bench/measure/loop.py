"""The timing loop: any callable, any clock; how many steps warm it up, and how many count."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

Clock = Callable[[], float]


def durations(
    step: Callable[[], object],
    *,
    clock: Clock = time.perf_counter,
    after: Callable[[], object] | None = None,
) -> Iterator[float]:
    """Call a step each time a duration is asked for, and yield how long it took.

    Nothing but the call stands between the two readings of the clock.

    Args:
        after: called after each step, outside of what is timed.
    """
    while True:
        start = clock()
        step()
        yield clock() - start
        if after is not None:
            after()


def counted(taken: Iterator[float], steps: int, least_seconds: float = 0.0) -> Iterator[float]:
    """So many durations, and more until they add up to some seconds."""
    count, total = 0, 0.0
    for one in taken:
        yield one
        count, total = count + 1, total + one
        if count >= steps and total >= least_seconds:
            return


WINDOW_STEPS = 5
WINDOW_SECONDS = 0.1
"""A window is so many steps, and as many more as it takes to be so long."""
TOLERANCE = 0.03
"""How far the medians of two windows may lie apart, as a share of the later one."""
MOST_SECONDS = 60.0
"""A warm-up that has lasted so long is given up."""


class Warmed(NamedTuple):
    """How a warm-up ended: its steps, their sum, and whether the last two windows agreed.

    ``steady`` is None where so many steps were asked for and no rule was.
    """

    steps: int
    seconds: float
    steady: bool | None


@dataclass(slots=True)
class Warmup:
    """Counts steps before those that are measured, until they are enough.

    Without ``steps`` they are enough when the medians of two successive windows lie within
    the tolerance of each other, or when the warm-up is given up.
    """

    steps: int | None = None

    def run(self, taken: Iterable[float]) -> Warmed:
        """Take as many durations as are needed."""
        count, total, before = 0, 0.0, 0.0
        window: list[float] = []
        if self.steps == 0:
            return Warmed(0, 0.0, None)
        for one in taken:
            count, total = count + 1, total + one
            window.append(one)
            if self.steps is not None:
                if count == self.steps:
                    break
            elif len(window) >= WINDOW_STEPS and sum(window) >= WINDOW_SECONDS:
                middle = median(window)
                if abs(middle - before) <= TOLERANCE * middle:
                    return Warmed(count, total, True)
                if total >= MOST_SECONDS:
                    return Warmed(count, total, False)
                before, window = middle, []
        return Warmed(count, total, None)
