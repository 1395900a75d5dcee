"""Boxes as rows, branches side by side, and frames around them.

Branches of a spec always meet again, so that every network is a row of boxes and of such
forks and merges, over and over (series-parallel). Heads are rows next to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inceptionspec.drawing.diagram.boxes import Box, forks_of
from inceptionspec.drawing.diagram.frames import Frames


@dataclass(frozen=True, slots=True)
class Leaf:
    """One box, by its place."""

    box: int


@dataclass(frozen=True, slots=True)
class Fork:
    """Branches in the order of the spec, some perhaps empty, and the box where they meet."""

    branches: tuple[tuple[Item, ...], ...]
    merge: int


@dataclass(frozen=True, slots=True)
class Framed:
    """A row inside a frame."""

    key: str
    row: tuple[Item, ...]


Item = Leaf | Fork | Framed


@dataclass(frozen=True, slots=True)
class HeadRow:
    """A head next to the trunk, and the box that it reads."""

    name: str
    source: int
    row: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """The trunk, which ends in the main head, and the heads next to it."""

    trunk: tuple[Item, ...]
    heads: tuple[HeadRow, ...]


def structure_of(boxes: Sequence[Box], frames: Frames, main: str) -> Structure:
    """The rows of a network."""
    forks = forks_of(boxes)
    last: dict[str, int] = {box.head: at for at, box in enumerate(boxes)}
    first: dict[str, int] = {}
    for at, box in enumerate(boxes):
        first.setdefault(box.head, at)
    heads: list[tuple[str, int, list[Item]]] = []
    trunk = [*_row(boxes, forks, None, last[""])]
    for name in first:
        if not name:
            continue
        source = forks[first[name]]
        row = _row(boxes, forks, source, last[name])
        if name == main and source == last[""]:
            trunk += row
        else:
            heads.append((name, source, row))
    used: set[str] = set()
    framed = tuple(_framed(trunk, boxes, frames, (), used))
    return Structure(
        framed,
        tuple(
            HeadRow(name, source, tuple(_framed(row, boxes, frames, (), used)))
            for name, source, row in heads
        ),
    )


def is_series_parallel(boxes: Sequence[Box]) -> bool:
    """Whether boxes are rows and branches, so that ``structure_of`` has a place for each."""
    forks = forks_of(boxes)
    seen: set[int] = set()

    def walk(start: int | None, end: int) -> bool:
        at = end
        while at != start:
            if at in seen:
                return False
            seen.add(at)
            box = boxes[at]
            if not box.inputs:
                return start is None
            if len(box.inputs) > 1 and not all(walk(forks[at], source) for source in box.inputs):
                return False
            at = forks[at]
        return True

    last = {box.head: at for at, box in enumerate(boxes)}
    first: dict[str, int] = {}
    for at, box in enumerate(boxes):
        first.setdefault(box.head, at)
    rows = all(walk(forks[first[name]] if name else None, end) for name, end in last.items())
    return rows and len(seen) == len(boxes)


def _row(boxes: Sequence[Box], forks: Sequence[int], start: int | None, end: int) -> list[Item]:
    """The items between two boxes, the first excluded, the last included."""
    items: list[Item] = []
    at = end
    while at != start:
        box = boxes[at]
        if len(box.inputs) > 1:
            branches = tuple(tuple(_row(boxes, forks, forks[at], source)) for source in box.inputs)
            items.append(Fork(branches, at))
        else:
            items.append(Leaf(at))
        if not box.inputs:
            break
        at = forks[at]
    return items[::-1]


def _framed(
    row: Sequence[Item],
    boxes: Sequence[Box],
    frames: Frames,
    inside: tuple[str, ...],
    used: set[str],
) -> list[Item]:
    """A row with frames around what belongs together.

    ``inside`` are the frames around it. Each frame is drawn once: boxes of a frame that is
    ``used`` already, away from the rest of it, have none.
    """

    def chain(item: Item) -> tuple[str, ...]:
        return tuple(frames.around(boxes[_end(item)].frame))[::-1]

    result: list[Item] = []
    depth = len(inside)
    at = 0
    while at < len(row):
        around = chain(row[at])
        if len(around) <= depth or around[depth] in used:
            result.append(_inner(row[at], boxes, frames, around, used))
            at += 1
            continue
        wide = at + 1
        while wide < len(row) and chain(row[wide])[: depth + 1] == around[: depth + 1]:
            wide += 1
        used.add(around[depth])
        inner = _framed(row[at:wide], boxes, frames, around[: depth + 1], used)
        result.append(Framed(around[depth], tuple(inner)))
        at = wide
    return result


def _inner(
    item: Item, boxes: Sequence[Box], frames: Frames, inside: tuple[str, ...], used: set[str]
) -> Item:
    """A fork with frames in its branches."""
    if not isinstance(item, Fork):
        return item
    return Fork(
        tuple(tuple(_framed(branch, boxes, frames, inside, used)) for branch in item.branches),
        item.merge,
    )


def _end(item: Item) -> int:
    """The box that an item without a frame ends in."""
    if isinstance(item, Leaf):
        return item.box
    assert isinstance(item, Fork)
    return item.merge
