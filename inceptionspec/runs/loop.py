"""The timing loop: any callable, any clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

#: Called outside of what is timed, with a phase, what is done of it, and its whole.
Progress = Callable[[str, int, int], None]

FIRST_STEP = "first step"
BURN_IN = "burn-in"
STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the steps took, in the clock's unit (seconds).

    Attributes:
        first: the first step, which pays for tracing and compilation; in no statistic.
        durations: the counted steps in order, those of the burn-in left out.
        interrupted: whether Ctrl-C came before all of them were run.
    """

    first: float
    durations: tuple[float, ...]
    interrupted: bool


def timed(
    step: Callable[[], object],
    *,
    steps: int,
    burn_in: int,
    clock: Callable[[], float] = time.perf_counter,
    progress: Progress | None = None,
) -> Timing:
    """Call a step 1 + burn_in + steps times and time the first and the last ``steps``.

    Raises:
        KeyboardInterrupt: Ctrl-C came before a counted step was finished. Later ones end
            the run early, and what was measured is kept.
    """
    tell = progress or _nobody
    tell(FIRST_STEP, 0, 1)
    first = _duration(step, clock)
    tell(FIRST_STEP, 1, 1)
    for done in range(1, burn_in + 1):
        step()
        tell(BURN_IN, done, burn_in)
    durations: list[float] = []
    try:
        while len(durations) < steps:
            durations.append(_duration(step, clock))
            tell(STEPS, len(durations), steps)
    except KeyboardInterrupt:
        if not durations:
            raise
    return Timing(first, tuple(durations), interrupted=len(durations) < steps)


def _duration(step: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    step()
    return clock() - start


def _nobody(phase: str, done: int, whole: int) -> None:
    pass
