"""The Pareto front: variants that no other beats in every objective."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence

from inceptionspec.sweep.records import Objective, Variant

Point = tuple[float, ...]
"""A number for each objective, of which less is better."""


class Front:
    """Variants that none beats so far: no other is as good in all objectives, and better in one.

    Variants that are equal in all objectives stay next to each other.
    """

    def __init__(self, objectives: Sequence[Objective]) -> None:
        self.objectives = tuple(objectives)
        self._entries: list[tuple[Point, int]] = []

    def __iter__(self) -> Iterator[int]:
        """The numbers of the variants, the best in the first objective first."""
        return (number for _, number in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, variant: Variant) -> bool:
        """Whether a variant is on the front for now; one that lacks a figure never is."""
        point = self._point(variant)
        if point is None or self._is_beaten(point):
            return False
        after = bisect_right(self._entries, (point, variant.number))
        self._entries[after:] = [
            entry for entry in self._entries[after:] if not _beats(point, entry[0])
        ]
        insort(self._entries, (point, variant.number))
        return True

    def _is_beaten(self, point: Point) -> bool:
        # What beats it comes before it. Of two objectives, what comes last before it is the best
        # in the second one.
        before = bisect_left(self._entries, (point, 0))
        first = max(before - 1, 0) if len(point) <= 2 else 0
        return any(_beats(other, point) for other, _ in self._entries[first:before])

    def _point(self, variant: Variant) -> Point | None:
        numbers: list[float] = []
        for objective in self.objectives:
            value = variant.figure(objective.figure)
            if value is None:
                return None
            numbers.append(-value if objective.most else value)
        return tuple(numbers)


def _beats(one: Point, other: Point) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
