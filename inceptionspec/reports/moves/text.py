"""Moves and what they did, as text of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from inceptionspec.analysis.diff.compare import compare
from inceptionspec.moves.draft import reasons
from inceptionspec.moves.record import Kind, Move
from inceptionspec.moves.variant import Moved, Variant
from inceptionspec.reports.diff.text import totals_text
from inceptionspec.reports.wrapped import wrapped

#: Places that a report names for a move; the others are counted.
_FEW = 6
_WEIGHTS: Mapping[Kind, str] = {
    "equivalent": "all weights of the base follow, and at inference the outputs are the same",
    "approximate": "all weights of the base follow, and the outputs differ",
    "new architecture": "what is new starts fresh, and all else keeps the weights of the base",
}


def to_text(found: Variant) -> str:
    """What each move changed and left, and what the network costs before and after."""
    lines = [line for moved in found.moved for line in _moved(moved)]
    return "\n".join(lines) + "\n\n" + totals_text(compare(found.base, found.loaded))


def _moved(moved: Moved) -> Iterator[str]:
    where = f" at {moved.at}" if moved.at else ""
    count = len(moved.paths)
    places = f"{count:,} place{'' if count == 1 else 's'}"
    yield from wrapped(f"{moved.move.name}{where}: {places}, {moved.kind}", "", "  ")
    shown = ", ".join(moved.paths[:_FEW])
    more = f" and {count - _FEW:,} more" if count > _FEW else ""
    yield from wrapped(f"{shown}{more}", "  changed  ", "           ")
    for reason in reasons(moved.left):
        yield from wrapped(reason.replace("`", ""), "  left     ", "           ")
    yield from wrapped(_WEIGHTS[moved.kind], "  weights  ", "           ")


def list_text(moves: Iterable[Move]) -> str:
    """Each move with its paper, where it is allowed, and what it does to a network."""
    return "\n".join("\n".join(_listed(move)) for move in moves)


def _listed(move: Move) -> Iterator[str]:
    yield move.name
    rows = (
        ("does", move.doc),
        ("takes", move.where),
        ("kind", move.kind),
        ("source", move.source),
    )
    for name, text in rows:
        yield from wrapped(text, f"  {name:<6}  ", " " * 10)
    yield ""
