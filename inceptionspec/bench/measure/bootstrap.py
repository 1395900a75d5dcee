"""Intervals of a ratio of times: percentile bootstrap in plain Python, the same each time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

RESAMPLES = 2_000
SHARE = 95
"""The percentage of resamples that an interval holds."""
BLOCK = 5
"""Neighboring steps of one run are alike, so they are drawn in blocks of this many."""
FASTER = "faster"
SLOWER = "slower"
UNDECIDED = "no difference shown"


class Ratio(NamedTuple):
    """A ratio of times with its 95 % interval.

    Above 1 the first side takes less time than the second.
    """

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What the interval shows about the first side."""
        if self.low > 1:
            return FASTER
        return SLOWER if self.high < 1 else UNDECIDED

    @property
    def half_width(self) -> float:
        """The distance to the farther end of the interval, as a share of the ratio."""
        return max(self.high - self.value, self.value - self.low) / self.value


def ratio_of_pairs(ratios: Sequence[float]) -> Ratio:
    """The median of ratios that were measured pair by pair, with its interval."""
    generator = random.Random(len(ratios))
    medians = sorted(median(generator.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    return Ratio(median(ratios), *percentile_interval(medians))


def ratio_of_runs(first: Sequence[float], second: Sequence[float]) -> Ratio:
    """The second run's median over the first's, for runs that did not alternate.

    The interval covers how steps vary within each run, and nothing of how the machine
    changed between the two.
    """
    generator = random.Random(len(first) + len(second))
    medians = sorted(
        median(_resample(second, generator)) / median(_resample(first, generator))
        for _ in range(RESAMPLES)
    )
    return Ratio(median(second) / median(first), *percentile_interval(medians))


def _resample(values: Sequence[float], generator: random.Random) -> list[float]:
    """A sample of the same size, drawn in blocks of neighbors."""
    size = min(BLOCK, len(values))
    sample: list[float] = []
    while len(sample) < len(values):
        start = generator.randrange(len(values) - size + 1)
        sample += values[start : start + size]
    return sample[: len(values)]


def percentile_interval(ordered: Sequence[float]) -> tuple[float, float]:
    """What the middle of some resamples' figures spans, which are in order."""
    outside = round(len(ordered) * (100 - SHARE) / 200)
    return ordered[outside], ordered[-1 - outside]
