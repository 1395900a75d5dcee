"""Whether probabilities mean what they say: of all that is said with 80 %, are 80 % right?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from inceptionspec.training.evaluation.results import Bin

BINS = 15
"""As many as in the paper that made the measure known (Guo et al. 2017, arXiv:1706.04599)."""


def reliability(confidences: Any, right: Any, bins: int = BINS) -> tuple[Bin, ...]:
    """Pictures by the probability of their likeliest class, in bins of one width.

    Args:
        confidences: that probability, of each picture.
        right: whether that class is the picture's.
        bins: how many.
    """
    # A probability at an end belongs to the bin below, as in the paper.
    places = np.clip(np.ceil(confidences * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    sums = np.bincount(places, confidences, bins)
    hits = np.bincount(places, right, bins)
    return tuple(
        Bin(
            number / bins,
            (number + 1) / bins,
            int(counts[number]),
            float(sums[number] / max(counts[number], 1)),
            float(hits[number] / max(counts[number], 1)),
        )
        for number in range(bins)
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error: how far a bin's accuracy is from its confidence.

    It is the mean over pictures, a share.
    """
    count = sum(one.pictures for one in bins)
    return sum(one.pictures * abs(one.accuracy - one.confidence) for one in bins) / max(count, 1)
