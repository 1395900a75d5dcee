"""Signs that a figure is doubtful: a closed list, each sign with its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from inceptionspec.bench.machine.cpu_time import MachineCounters
from inceptionspec.bench.measure.statistics import statistics

OTHERS = 0.10
"""Share of the usable cores that other processes used during the run."""
STOLEN = 0.02
"""Share of the cores that a virtual machine's host gave to others."""
SPREAD = 0.10
"""Interquartile range over the median."""
DRIFT = 0.05
"""Difference between the medians of the last and the first third, over the median."""
DRIFT_STEPS = 15
IDLE = 0.05
"""Share of one core that a side may use while it waits for its turn."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was observed while steps ran.

    Attributes:
        seconds: clock time.
        before: the machine's counters at the beginning.
        after: the counters at the end.
        own: processor time of the benchmark's own processes, in seconds.
        cores: the number of usable cores.
        steady: whether the warm-up became steady; None where a number of steps was given.
        idle: processor time over clock time of a side that waited for its turn.
    """

    seconds: float
    before: MachineCounters
    after: MachineCounters
    own: float | None
    cores: int
    steady: bool | None = None
    idle: float | None = None


def noise(durations: Sequence[float], observed: Observation) -> tuple[str, ...]:
    """The signs of noise, each as a sentence with its figure and its threshold."""
    signs = [
        _others(observed),
        _stolen(observed),
        _throttled(observed),
        _idle(observed),
        _unsteady(observed),
        _spread(durations),
        _drift(durations),
    ]
    return tuple(sign for sign in signs if sign)


def _others(observed: Observation) -> str:
    before, after = observed.before.busy, observed.after.busy
    if before is None or after is None or observed.own is None:
        return ""
    available = observed.seconds * observed.cores
    share = (after - before - observed.own) / available if available else 0.0
    if share <= OTHERS:
        return ""
    return f"other processes used {share:.0%} of the cores (threshold {OTHERS:.0%})"


def _stolen(observed: Observation) -> str:
    before, after = observed.before.stolen, observed.after.stolen
    if before is None or after is None or not observed.seconds:
        return ""
    share = (after - before) / (observed.seconds * observed.cores)
    if share <= STOLEN:
        return ""
    return f"the host took {share:.0%} of this virtual machine's cores (threshold {STOLEN:.0%})"


def _throttled(observed: Observation) -> str:
    before, after = observed.before.throttled, observed.after.throttled
    if before is None or after is None or after <= before:
        return ""
    return f"heat or a quota slowed the processors down {after - before} times"


def _idle(observed: Observation) -> str:
    if observed.idle is None or observed.idle <= IDLE:
        return ""
    return f"the side that waited used {observed.idle:.0%} of a core (threshold {IDLE:.0%})"


def _unsteady(observed: Observation) -> str:
    if observed.steady is not False:
        return ""
    return "the warm-up was given up before steps became steady"


def _spread(durations: Sequence[float]) -> str:
    figures = statistics(durations)
    share = figures.iqr / figures.median if figures.median else 0.0
    if share <= SPREAD:
        return ""
    return f"the interquartile range is {share:.0%} of the median (threshold {SPREAD:.0%})"


def _drift(durations: Sequence[float]) -> str:
    if len(durations) < DRIFT_STEPS:
        return ""
    third = len(durations) // 3
    first, last = median(durations[:third]), median(durations[-third:])
    share = (last - first) / median(durations)
    if abs(share) <= DRIFT:
        return ""
    word = "slower" if share > 0 else "faster"
    return f"the last third was {abs(share):.0%} {word} than the first (threshold {DRIFT:.0%})"
