"""How sure a ratio of times is: percentile bootstrap, plain Python, the same each time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

RESAMPLES = 2_000
SHARE = 95
"""Per cent of the resamples that lie in an interval."""
BLOCK = 5
"""Neighboring steps of one run are alike, so that they are drawn in blocks of so many."""
FASTER = "faster"
SLOWER = "slower"
UNDECIDED = "no difference shown"


class Ratio(NamedTuple):
    """A ratio of times with its 95 % interval.

    Above 1 means that the first side takes less time than the second.
    """

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What the interval shows of the first side."""
        if self.low > 1:
            return FASTER
        return SLOWER if self.high < 1 else UNDECIDED

    @property
    def half_width(self) -> float:
        """How far the interval reaches to its farther end, as a share of the ratio."""
        return max(self.high - self.value, self.value - self.low) / self.value


def of_pairs(ratios: Sequence[float]) -> Ratio:
    """The median of ratios that were measured pair by pair, and of their resamples."""
    generator = random.Random(len(ratios))
    found = sorted(median(generator.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    return Ratio(median(ratios), *_ends(found))


def of_runs(first: Sequence[float], second: Sequence[float]) -> Ratio:
    """The second's median over the first's, of two runs that were made apart.

    The interval knows how steps vary within each run, and nothing of how the machine
    changed between the two.
    """
    generator = random.Random(len(first) + len(second))
    found = sorted(
        median(_blocks(second, generator)) / median(_blocks(first, generator))
        for _ in range(RESAMPLES)
    )
    return Ratio(median(second) / median(first), *_ends(found))


def _blocks(values: Sequence[float], generator: random.Random) -> list[float]:
    """As many values as there are, drawn in runs of neighbors."""
    size = min(BLOCK, len(values))
    drawn: list[float] = []
    while len(drawn) < len(values):
        start = generator.randrange(len(values) - size + 1)
        drawn += values[start : start + size]
    return drawn[: len(values)]


def _ends(ordered: Sequence[float]) -> tuple[float, float]:
    beyond = round(len(ordered) * (100 - SHARE) / 200)
    return ordered[beyond], ordered[-1 - beyond]
