"""Boxes as rows, branches side by side, and frames around them.

Branches of a spec always meet again, so that a network without `from` is a row of boxes and
of such forks and merges, over and over (series-parallel). Heads are rows next to it. Entries
that read earlier ones by name may make other graphs, which have no rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inceptionspec.drawing.diagram.boxes import Box, forks_of
from inceptionspec.drawing.diagram.frames import Frames
from inceptionspec.drawing.diagram.skips import without_skips


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
    """The trunk, which ends in the main head, and the heads next to it.

    ``lines`` are the trunk in pieces where it is wrapped. ``skips`` are inputs that it is laid
    out without, by box and number.
    """

    trunk: tuple[Item, ...]
    heads: tuple[HeadRow, ...]
    lines: tuple[tuple[Item, ...], ...] = ()
    skips: tuple[tuple[int, int], ...] = ()


_DEEPEST = 100
"""Forks nested deeper than this are left to another layout."""


def rows_of(boxes: Sequence[Box], frames: Frames, main: str, *, compared: bool) -> Structure | None:
    """The rows of a network; None where it has none, or a frame would hold what is not its own.

    A comparison draws the layers of both networks, so that a frame of it may be torn.
    """
    if compared:
        return structure_of(boxes, frames, main) if is_series_parallel(boxes) else None

    def nested(some: Sequence[Box]) -> Structure | None:
        if not is_series_parallel(some):
            return None
        structure = structure_of(some, frames, main)
        return structure if _frames_are_whole(structure, some, frames) else None

    found = nested(boxes)
    if found is not None:
        return found
    left = without_skips(boxes, lambda some: nested(some) is not None)
    return None if left is None else replace(structure_of(left[0], frames, main), skips=left[1])


def _frames_are_whole(structure: Structure, boxes: Sequence[Box], frames: Frames) -> bool:
    """Whether each frame but a group, which may be torn, holds its own boxes and no other."""
    own: dict[str, int] = {}
    for box in boxes:
        for key in frames.around(box.frame):
            own[key] = own.get(key, 0) + 1
    waiting: list[tuple[Item, tuple[str, ...]]] = [(item, ()) for item in structure.trunk]
    waiting += [(item, ()) for head in structure.heads for item in head.row]
    held: dict[str, int] = {}
    while waiting:
        item, around = waiting.pop()
        if isinstance(item, Framed):
            waiting += [(inner, (*around, item.key)) for inner in item.row]
            continue
        if isinstance(item, Fork):
            waiting += [(inner, around) for branch in item.branches for inner in branch]
        known = set(frames.around(boxes[_end(item)].frame))
        for key in around:
            held[key] = held.get(key, 0) + 1
            if key not in known:
                return False
    return all(
        held.get(key) == count for key, count in own.items() if frames.by_key[key].kind != "group"
    )


def structure_of(boxes: Sequence[Box], frames: Frames, main: str) -> Structure:
    """The rows of a network that has some."""
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
    last = {box.head: at for at, box in enumerate(boxes)}
    first: dict[str, int] = {}
    for at, box in enumerate(boxes):
        first.setdefault(box.head, at)
    seen: set[int] = set()
    # The trunk starts at the input. So does an old network that stands next to the new one.
    rows: list[tuple[int | None, int, int]] = [
        (forks[first[name]] if boxes[first[name]].inputs else None, end, 0)
        for name, end in last.items()
    ]
    while rows:
        start, at, depth = rows.pop()
        while at != start:
            box = boxes[at]
            if at in seen or depth > _DEEPEST or not (box.inputs or start is None):
                return False
            seen.add(at)
            if not box.inputs:
                break
            if len(box.inputs) > 1:
                rows += [(forks[at], source, depth + 1) for source in box.inputs]
            at = forks[at]
    return len(seen) == len(boxes)


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
