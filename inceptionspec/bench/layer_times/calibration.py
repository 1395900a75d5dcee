"""From the sum of a network's layers to the network: what others that were measured have shown."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

LEAST_FITTED = 3
_LEAST_RANGE = 1.5
"""How much the sums of networks must differ for what a layer costs by itself to be told apart."""
_LEAST_SHARE = 0.2


class Whole(NamedTuple):
    """A network that was measured as a whole, in units of the reference's time.

    Attributes:
        time: what it takes.
        sum: that of its layers, each alone.
        layers: how many it has.
    """

    time: float
    sum: float
    layers: int


class Calibration(NamedTuple):
    """A network takes ``share`` of its sum, less ``call`` for each of its layers.

    The first is what layers gain from warm caches, the second what is left of the call in which a
    layer alone runs: it matters where layers are small.
    """

    share: float
    call: float = 0.0

    def time(self, sum_: float, layers: int) -> float:
        """What a network takes, in the units of the sum."""
        return max(self.share * sum_ - self.call * layers, _LEAST_SHARE * sum_)


def calibrate(wholes: Sequence[Whole]) -> Calibration:
    """What fits networks best, by the relative error: share and call, or else the share alone.

    Both are told apart where there are some networks of different size. Without any network the
    sum is the time.
    """
    if not wholes:
        return Calibration(1.0)
    sums = [whole.sum / whole.layers for whole in wholes]
    if len(wholes) >= LEAST_FITTED and max(sums) >= _LEAST_RANGE * min(sums):
        rows = [(one.sum / one.time, one.layers / one.time) for one in wholes]
        ss = sum(by_sum * by_sum for by_sum, _ in rows)
        sn = sum(by_sum * by_layer for by_sum, by_layer in rows)
        nn = sum(by_layer * by_layer for _, by_layer in rows)
        s, n = sum(by_sum for by_sum, _ in rows), sum(by_layer for _, by_layer in rows)
        determinant = ss * nn - sn * sn
        if determinant > 0:
            share, call = (s * nn - n * sn) / determinant, (s * sn - n * ss) / determinant
            if share > 0 and call > 0:
                return Calibration(share, call)
    return Calibration(median(one.time / one.sum for one in wholes))


def spread(calibration: Calibration, wholes: Sequence[Whole]) -> float:
    """By which share the time of any network differs from what the calibration says, at most."""
    return max(abs(calibration.time(one.sum, one.layers) / one.time - 1) for one in wholes)
