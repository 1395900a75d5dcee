"""What makes a figure doubtful: a closed list of signs, each with its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from inceptionspec.bench.machine.cpu_time import Machine
from inceptionspec.bench.measure.statistics import statistics

OTHERS = 0.10
"""Share of the usable cores that other processes took during the run."""
STOLEN = 0.02
"""Share of the cores that a virtual machine's host gave to others."""
SPREAD = 0.10
"""Interquartile range over the median."""
DRIFT = 0.05
"""Difference between the medians of the last and the first third, over the median."""
DRIFT_STEPS = 15
IDLE = 0.05
"""Share of one core that the side whose turn it is not may use."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What was seen while steps ran.

    Attributes:
        seconds: how long it lasted by the clock.
        before: the machine's counters when it began.
        after: the counters when it ended.
        own: processor time of the benchmark's own processes.
        cores: how many cores there are to use.
        steady: whether the warm-up became steady; None where no rule was asked for.
        idle: processor time over clock time of sides whose turn it was not.
    """

    seconds: float
    before: Machine
    after: Machine
    own: float | None
    cores: int
    steady: bool | None = None
    idle: float | None = None


def noise(durations: Sequence[float], watch: Watch) -> tuple[str, ...]:
    """The signs of noise, each as a sentence with its figure and its threshold."""
    signs = [
        _others(watch),
        _stolen(watch),
        _throttled(watch),
        _idle(watch),
        _unsteady(watch),
        _spread(durations),
        _drift(durations),
    ]
    return tuple(sign for sign in signs if sign)


def _others(watch: Watch) -> str:
    if watch.before.busy is None or watch.after.busy is None or watch.own is None:
        return ""
    whole = watch.seconds * watch.cores
    share = (watch.after.busy - watch.before.busy - watch.own) / whole if whole else 0.0
    if share <= OTHERS:
        return ""
    return f"other processes took {share:.0%} of the cores (more than {OTHERS:.0%} disturbs)"


def _stolen(watch: Watch) -> str:
    if watch.before.stolen is None or watch.after.stolen is None or not watch.seconds:
        return ""
    share = (watch.after.stolen - watch.before.stolen) / (watch.seconds * watch.cores)
    if share <= STOLEN:
        return ""
    return f"the host took {share:.0%} of this virtual machine's cores (bound {STOLEN:.0%})"


def _throttled(watch: Watch) -> str:
    if watch.before.throttled is None or watch.after.throttled is None:
        return ""
    count = watch.after.throttled - watch.before.throttled
    return f"the processors were held back {count} times by heat or a quota" if count > 0 else ""


def _idle(watch: Watch) -> str:
    if watch.idle is None or watch.idle <= IDLE:
        return ""
    return f"the side that waited used {watch.idle:.0%} of a core (bound {IDLE:.0%})"


def _unsteady(watch: Watch) -> str:
    return "the warm-up was given up before steps became steady" if watch.steady is False else ""


def _spread(durations: Sequence[float]) -> str:
    figures = statistics(durations)
    share = figures.iqr / figures.median if figures.median else 0.0
    if share <= SPREAD:
        return ""
    return f"the interquartile range is {share:.0%} of the median (bound {SPREAD:.0%})"


def _drift(durations: Sequence[float]) -> str:
    if len(durations) < DRIFT_STEPS:
        return ""
    third = len(durations) // 3
    first, last = median(durations[:third]), median(durations[-third:])
    share = (last - first) / median(durations)
    if abs(share) <= DRIFT:
        return ""
    word = "slower" if share > 0 else "faster"
    return f"the last third was {abs(share):.0%} {word} than the first (bound {DRIFT:.0%})"
