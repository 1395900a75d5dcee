"""The timing loop: any callable, any clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

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
