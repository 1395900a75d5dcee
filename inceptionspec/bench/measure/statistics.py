"""Durations to figures: plain Python, in the unit of the durations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

BEYOND = 5
"""How many durations must lie beyond a percentile for it to be more than one outlier."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of many durations, all in their unit (seconds in a benchmark).

    Attributes:
        mean: sum / n.
        sd: sqrt(sum((x - mean)^2) / n), the population's, as TF-Slim's benchmark prints it.
        median: the 50th percentile.
        iqr: the interquartile range: the 75th percentile minus the 25th.
        p90: the 90th percentile; None where fewer than ``BEYOND`` durations lie beyond it.
        p99: the 99th percentile, likewise.
        min: the shortest.
        max: the longest.
    """

    mean: float
    sd: float
    median: float
    iqr: float
    p90: float | None
    p99: float | None
    min: float
    max: float


def statistics(durations: Sequence[float]) -> Statistics:
    """The figures of at least one duration."""
    ordered = sorted(durations)
    mean = math.fsum(ordered) / len(ordered)
    # From the deviations, not as mean(x^2) - mean(x)^2: where steps hardly vary, that
    # difference of nearly equal numbers loses all digits, and may fall below 0.
    variance = math.fsum((value - mean) ** 2 for value in ordered) / len(ordered)
    return Statistics(
        mean=mean,
        sd=math.sqrt(variance),
        median=percentile(ordered, 50),
        iqr=percentile(ordered, 75) - percentile(ordered, 25),
        p90=_trusted(ordered, 90),
        p99=_trusted(ordered, 99),
        min=ordered[0],
        max=ordered[-1],
    )


def least_count(percent: int) -> int:
    """How many durations a percentile needs for ``BEYOND`` of them to lie beyond it."""
    return math.ceil(BEYOND * 100 / (100 - percent))


def percentile(ordered: Sequence[float], percent: int) -> float:
    """A percentile of ascending values x[0] to x[n - 1], by linear interpolation.

    With r = percent / 100 x (n - 1) it is x[floor r] + (r - floor r) x (x[floor r + 1] -
    x[floor r]).
    """
    below, rest = divmod(percent * (len(ordered) - 1), 100)
    if rest == 0:
        return ordered[below]
    return ordered[below] + rest / 100 * (ordered[below + 1] - ordered[below])


def _trusted(ordered: Sequence[float], percent: int) -> float | None:
    return percentile(ordered, percent) if len(ordered) >= least_count(percent) else None
