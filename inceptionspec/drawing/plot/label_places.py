"""Places for the labels of points: near them, none on another, on a point or on a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

Point = tuple[float, float]
#: Distances from a point at which a place is looked for.
_DISTANCES = (7.0, 15.0, 25.0, 38.0, 54.0)
_GAP = 2.0
"""Between a label and anything else."""
NEAR = 11.0
"""Up to this distance a label needs no line to its point."""


class Box(NamedTuple):
    """A rectangle: the left, lower, right and upper ends."""

    left: float
    low: float
    right: float
    high: float

    def grown(self, by: float) -> Box:
        """The rectangle with a margin."""
        return Box(self.left - by, self.low - by, self.right + by, self.high + by)

    def touches(self, other: Box) -> bool:
        """Whether the two share any point."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.low < other.high
            and other.low < self.high
        )

    def nearest(self, point: Point) -> Point:
        """Its place that is nearest to a point."""
        return (
            min(max(point[0], self.left), self.right),
            min(max(point[1], self.low), self.high),
        )

    def crossed(self, start: Point, end: Point) -> bool:
        """Whether a straight line runs through it (Liang and Barsky, 1984)."""
        first, last = 0.0, 1.0
        for place, move, low, high in (
            (start[0], end[0] - start[0], self.left, self.right),
            (start[1], end[1] - start[1], self.low, self.high),
        ):
            if move == 0:
                if not low <= place <= high:
                    return False
                continue
            enter, leave = sorted(((low - place) / move, (high - place) / move))
            first, last = max(first, enter), min(last, leave)
        return first <= last

    def holds(self, other: Box) -> bool:
        """Whether the other one is inside."""
        return (
            self.left <= other.left
            and self.low <= other.low
            and other.right <= self.right
            and other.high <= self.high
        )


def place_labels(
    points: Sequence[Point],
    sizes: Sequence[Point],
    bounds: Box,
    taken: Iterable[Box],
    side: Point,
) -> list[Box | None]:
    """A place for the label of each point, or None where there is none.

    The ends of a row of points come first, then those between them, so that the labels are
    spread over all of it.

    Args:
        points: in the order along a line.
        sizes: width and height of the labels.
        bounds: what no label may leave.
        taken: rectangles that no label may touch: marks, lines, other texts.
        side: where there is room: -1 for left or below, 1 for right or above.
    """
    obstacles = list(taken)
    places: list[Box | None] = [None] * len(points)
    labels: list[Box] = []
    leaders: list[tuple[Point, Point]] = []
    for number in spread_order(len(points)):
        point = points[number]
        for box in _candidates(point, sizes[number], side):
            near, leader = box.grown(_GAP), leader_of(point, box)
            if (
                bounds.holds(box)
                and not any(near.touches(one) for one in (*obstacles, *labels))
                and not any(box.crossed(*one) for one in leaders)
                and not (leader and any(one.crossed(*leader) for one in labels))
            ):
                places[number] = box
                labels.append(box)
                leaders += [leader] if leader else []
                break
    return places


def leader_of(point: Point, box: Box) -> tuple[Point, Point] | None:
    """The line from a point to its label; None where they are near."""
    end = box.nearest(point)
    far = abs(end[0] - point[0]) + abs(end[1] - point[1]) > NEAR
    return (point, end) if far else None


def spread_order(count: int) -> list[int]:
    """Numbers from 0 on: the ends, then the middle, then the middles of what is between."""
    order = list(dict.fromkeys((0, count - 1))) if count else []
    gaps = [(0, count - 1)]
    for low, high in gaps:
        middle = (low + high) // 2
        if low < middle < high:
            order.append(middle)
            gaps += [(low, middle), (middle, high)]
    return order


def around(first: Point, second: Point) -> Box:
    """What a line takes that runs across or upright."""
    return Box(
        min(first[0], second[0]), min(first[1], second[1]),
        max(first[0], second[0]), max(first[1], second[1]),
    )  # fmt: skip


def _candidates(point: Point, size: Point, side: Point) -> Iterator[Box]:
    """Places for a label, the best first: on the free side, near, then farther and around."""
    x, y = point
    width, height = size
    across, up = side
    for distance in _DISTANCES:
        for right, above in (
            (across, 0), (across, up), (0, up), (-across, -up), (across, -up), (-across, up),
            (-across, 0), (0, -up),
        ):  # fmt: skip
            reach = distance if not right or not above else distance * 0.7
            left = x - width / 2 + right * (width / 2 + reach)
            low = y - height / 2 + above * (height / 2 + reach)
            yield Box(left, low, left + width, low + height)
