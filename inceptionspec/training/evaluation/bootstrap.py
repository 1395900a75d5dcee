"""Intervals of means over pictures: percentile bootstrap, the same each time.

The resamples come from ``data.order``, so that they are the same with every version of NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from inceptionspec.bench.measure.bootstrap import RESAMPLES, percentile_interval
from inceptionspec.training.data.order import resample
from inceptionspec.training.evaluation.results import Interval

_SEED = 0


def mean_intervals(columns: Any, seed: int = _SEED) -> list[Interval]:
    """The mean of each column with its interval.

    All columns are resampled together, so that a column of differences is compared in pairs.

    Args:
        columns: pictures x columns.
        seed: of the resamples.
    """
    count = len(columns)
    means = np.empty((RESAMPLES, columns.shape[1]))
    for number in range(RESAMPLES):
        times = np.bincount(resample(count, seed, number), minlength=count)
        means[number] = times @ columns / count
    means.sort(axis=0)
    return [
        Interval(float(column.mean()), *map(float, percentile_interval(ordered)))
        for column, ordered in zip(columns.T, means.T, strict=True)
    ]
