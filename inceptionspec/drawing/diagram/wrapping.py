"""Where a trunk is cut into lines that are about as long as each other.

A frame around both sides of a cut is drawn in pieces. The first keeps its key; others have a
key of their own, a word with a space in it, which no path has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from inceptionspec.drawing.diagram.boxes import Box
from inceptionspec.drawing.diagram.frames import Frames
from inceptionspec.drawing.diagram.rows import Rows, Sizes
from inceptionspec.drawing.diagram.structure import Fork, Framed, Item, Leaf, Structure

Piece = tuple[tuple[str, ...], Item]
"""An item with the frames around it, outer ones first."""

TORN = {"group": 1.0, "branch": 4.0, "block": 4.0, "head": 40.0}
"""How much a line may be longer, in gaps, before a frame of a kind is torn instead."""


def wrapped(
    structure: Structure, sizes: Sizes, boxes: Sequence[Box], frames: Frames, count: int
) -> tuple[Structure, Mapping[str, str]]:
    """A structure in at most so many lines, and for each new piece of a frame the frame.

    Nothing is changed in the frames, see ``tear``.
    """
    pieces = [piece for item in structure.trunk for piece in _pieces(item, ())]
    cuts = _cuts(pieces, structure, sizes, frames, min(count, len(pieces)))
    torn: dict[str, str] = {}
    lines = []
    seen: set[str] = set()
    for start, end in pairwise((0, *cuts, len(pieces))):
        line = pieces[start:end]
        first = boxes[_first_box(line[0][1])].nodes[0].index
        for key in line[0][0]:
            if key in seen:
                torn[_piece_key(key, first, frames)] = key
        renamed = {old: new for new, old in torn.items() if new.endswith(f" {first}")}
        lines.append(_regrouped(line, 0, renamed))
        seen.update(key for around, _ in line for key in around)
    return replace(structure, lines=tuple(lines)), torn


def tear(
    structure: Structure, torn: Mapping[str, str], boxes: Sequence[Box], frames: Frames
) -> None:
    """Give the pieces of torn frames what they hold."""
    for new, old in torn.items():
        frames.by_key[new] = replace(frames.by_key[old], key=new)
    waiting: list[tuple[Item, str]] = [(item, "") for line in structure.lines for item in line]
    while waiting:
        item, inside = waiting.pop()
        if isinstance(item, Framed):
            if item.key in torn or inside in torn:
                frames.by_key[item.key].parent = inside
            waiting += [(inner, item.key) for inner in item.row]
            continue
        held = [item.box] if isinstance(item, Leaf) else _all_boxes(item)
        if inside in torn:
            _move(held, torn[inside], inside, boxes, frames)


def _move(held: Sequence[int], old: str, new: str, boxes: Sequence[Box], frames: Frames) -> None:
    """Put boxes, and frames in the same frame around them, into a piece of it."""
    for at in held:
        box = boxes[at]
        if box.frame == old:
            box.frame = new
            continue
        for key in frames.around(box.frame):
            if frames.by_key[key].parent == old:
                frames.by_key[key].parent = new


def _pieces(item: Item, around: tuple[str, ...]) -> list[Piece]:
    """What may stand alone on a line."""
    if not isinstance(item, Framed):
        return [(around, item)]
    inside = (*around, item.key)
    return [piece for inner in item.row for piece in _pieces(inner, inside)]


def _cuts(
    pieces: Sequence[Piece], structure: Structure, sizes: Sizes, frames: Frames, count: int
) -> list[int]:
    """Where lines begin, so that the longest is as short as can be."""
    lengths = _Lengths(pieces, structure, sizes)
    torn = [0.0] + [
        sizes.space.gap * sum(TORN[frames.by_key[key].kind] for key in _shared(one[0], other[0]))
        for one, other in pairwise(pieces)
    ]
    every = range(len(pieces) + 1)
    # best[j]: the longest line, if the first j pieces are in as many lines as rounds so far.
    best = [0.0, *(lengths.until(j, 0)[-1] for j in every[1:])]
    ways: list[list[int]] = [[] for _ in every]
    for _ in range(count - 1):
        found = list(zip(best, ways, strict=True))
        for j in every[2:]:
            for i, length in zip(range(j - 1, 0, -1), lengths.until(j, 1), strict=True):
                longest = max(best[i], length) + torn[i]
                if longest < found[j][0]:
                    found[j] = (longest, [*ways[i], i])
        best, ways = [one for one, _ in found], [way for _, way in found]
    return ways[-1]


class _Lengths:
    """How long lines of some pieces are."""

    def __init__(self, pieces: Sequence[Piece], structure: Structure, sizes: Sizes) -> None:
        space = sizes.space
        rows = Rows(structure.heads, sizes)
        self.own: list[float] = []
        self.link: list[float] = []
        self.lead: list[float] = [0.0]
        self.beside: list[float] = []
        for place, (around, item) in enumerate(pieces):
            row = rows.row([item])
            before = pieces[place - 1][0] if place else ()
            shared = len(_shared(before, around))
            frames = (len(around) - shared) * 2 + len(before) - shared
            self.own.append(row.along + frames * space.pad)
            heads = [rows.row(structure.heads[tap.head].row).along for tap in row.taps]
            bare = row.along
            rows.after(row, row.exit, row.exit_end)
            taps = [tap for tap in row.taps if tap.points[-1][0] > bare]
            heads += [rows.row(structure.heads[tap.head].row).along for tap in taps]
            self.link.append(row.along - bare + space.gap)
            self.lead.append(space.label_near + sizes.shapes[row.exit][0] + space.bus + space.gap)
            self.beside.append(max(heads, default=0.0) + (2 * space.gap if heads else 0.0))

    def until(self, end: int, least: int) -> list[float]:
        """Of lines that end before a piece: those of one piece, of two, and so on."""
        found = []
        length = over = 0.0
        for place in range(end - 1, least - 1, -1):
            length += self.own[place] + (self.link[place] if place < end - 1 else 0.0)
            # A head stands next to what follows, and may reach farther than that.
            over = max(over, self.beside[place] - (length - self.own[place]))
            found.append(length + max(over, 0.0) + self.lead[place])
        return found


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    shared = []
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        shared.append(left)
    return shared


def _regrouped(line: Sequence[Piece], depth: int, renamed: Mapping[str, str]) -> tuple[Item, ...]:
    """The pieces of a line in their frames again; those that go on have another key."""
    items: list[Item] = []
    at = 0
    while at < len(line):
        around, item = line[at]
        if len(around) <= depth:
            items.append(item)
            at += 1
            continue
        wide = at
        while wide < len(line) and line[wide][0][: depth + 1] == around[: depth + 1]:
            wide += 1
        key = renamed.get(around[depth], around[depth])
        items.append(Framed(key, _regrouped(line[at:wide], depth + 1, renamed)))
        at = wide
    return tuple(items)


def _piece_key(key: str, first: int, frames: Frames) -> str:
    frame = frames.by_key[key]
    if frame.kind == "group":
        return f"group {frame.title} {first}"
    return f"piece {key} {first}"


def _first_box(item: Item) -> int:
    """The first box of an item in the order of the spec."""
    return min(_all_boxes(item))


def _all_boxes(item: Item) -> list[int]:
    if isinstance(item, Leaf):
        return [item.box]
    if isinstance(item, Framed):
        return [box for inner in item.row for box in _all_boxes(inner)]
    assert isinstance(item, Fork)
    branches = [box for branch in item.branches for inner in branch for box in _all_boxes(inner)]
    return [*branches, item.merge]
