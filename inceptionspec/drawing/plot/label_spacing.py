"""Labels along a line, moved apart until none touches another."""

from __future__ import annotations

from collections.abc import Sequence


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places in the order of the wanted ones, at least ``gap`` apart, moved as little as can be.

    Neighbors that would touch become a cluster, placed at the mean of what its
    members want (pool adjacent violators); so the sum of squared moves is the least. All
    stay between ``low`` and ``high`` if there is room.
    """
    # In places from which the gaps are taken away, the order alone must hold.
    clusters: list[tuple[float, int]] = []  # the mean of what is wanted, and of how many
    for number, place in enumerate(wanted):
        mean, count = place - number * gap, 1
        while clusters and clusters[-1][0] >= mean:
            before, members = clusters.pop()
            mean = (before * members + mean * count) / (members + count)
            count += members
        clusters.append((mean, count))
    last = max(low, high - (len(wanted) - 1) * gap)
    shifted = [min(max(mean, low), last) for mean, count in clusters for _ in range(count)]
    return [place + number * gap for number, place in enumerate(shifted)]
