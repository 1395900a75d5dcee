"""Edges by their corners to the splines that the DOT language writes."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.drawing.diagram.geometry import Point

RADIUS = 5.0
"""The radius of a rounded corner."""
ARROW = 6.0
"""The length of an arrow's head: ten points, times the `arrowsize` of the style."""


def spline(points: Sequence[Point], scale: float = 1.0) -> str:
    """The `pos` of an edge: the tip of its arrow, and Bezier curves up to its head."""
    tip, curve = curve_of(points, scale)
    return " ".join([f"e,{_text(tip)}", *map(_text, curve)])


def curve_of(points: Sequence[Point], scale: float = 1.0) -> tuple[Point, list[Point]]:
    """The tip of an edge's arrow, and the points of the Bezier curves up to its head."""
    turns = corners(points)
    tip, before = turns[-1], turns[-2]
    length = abs(tip[0] - before[0]) + abs(tip[1] - before[1])
    back = min(ARROW * scale, length / 2) / length
    foot = (tip[0] + (before[0] - tip[0]) * back, tip[1] + (before[1] - tip[1]) * back)
    turns = [*turns[:-1], foot]
    curve = [turns[0]]
    for place in range(1, len(turns) - 1):
        before, corner, after = turns[place - 1 : place + 2]
        start, end = _toward(corner, before, scale), _toward(corner, after, scale)
        _line(curve, start)
        curve += [_middle(start, corner), _middle(end, corner), end]
    _line(curve, turns[-1])
    return tip, curve


def corners(points: Sequence[Point]) -> list[Point]:
    """Points without repetitions and without those in the middle of a straight line."""
    found: list[Point] = []
    for point in points:
        if found and found[-1] == point:
            continue
        if len(found) > 1 and _straight(found[-2], found[-1], point):
            found.pop()
        found.append(point)
    return found


def _straight(first: Point, second: Point, third: Point) -> bool:
    return first[0] == second[0] == third[0] or first[1] == second[1] == third[1]


def _toward(corner: Point, other: Point, scale: float) -> Point:
    """Where the rounding of a corner meets the line to another one."""
    length = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    share = min(RADIUS * scale, length / 2) / length
    return (
        corner[0] + (other[0] - corner[0]) * share,
        corner[1] + (other[1] - corner[1]) * share,
    )


def _middle(start: Point, end: Point) -> Point:
    return ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)


def _line(curve: list[Point], end: Point) -> None:
    """A straight line as a Bezier curve."""
    start = curve[-1]
    if start == end:
        return
    third = ((2 * start[0] + end[0]) / 3, (2 * start[1] + end[1]) / 3)
    other = ((start[0] + 2 * end[0]) / 3, (start[1] + 2 * end[1]) / 3)
    curve += [third, other, end]


def _text(point: Point) -> str:
    return f"{number(point[0])},{number(point[1])}"


def number(value: float) -> str:
    """A number of points with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
