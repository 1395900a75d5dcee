"""Points of a scatter plot without those that lie on others."""

from __future__ import annotations

from collections.abc import Iterable

#: At most this many points are drawn: a file with more is slow to show, and looks the same.
MOST = 4000
_FINEST = 1.0
"""The side of the first cells, in the unit of the places: two points in one look like one."""

Placed = tuple[float, float, int]
"""Across, upward, and the number of a color."""


def thinned(points: Iterable[Placed], most: int = MOST) -> list[Placed]:
    """The first point in each small square, which grows until few enough are left.

    The same points in the same order give the same result.
    """
    kept = list(points)
    side = _FINEST
    while True:
        cells: dict[tuple[int, int], Placed] = {}
        for point in kept:
            cells.setdefault((int(point[0] // side), int(point[1] // side)), point)
        kept = list(cells.values())
        if len(kept) <= most:
            return kept
        side *= 1.25
