"""The calls of a block: what is written of it, and what each call has of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inceptionspec.importers.recovery.nest import Row, order


@dataclass(frozen=True, slots=True)
class Calls:
    """The row of a block, and the rows that it stands for.

    Attributes:
        row: what the block says; its layers are those of the first call that has them.
        rows: what each call stands for.
        places: for each call its own layer by the layer of ``row``; none where a call leaves one
            out.
    """

    row: Row
    rows: tuple[Row, ...]
    places: tuple[Mapping[int, int], ...]

    def column(self, layer: int) -> list[int | None]:
        """What each call has in the place of a layer of the block."""
        return [place.get(layer) for place in self.places]


def alike(rows: Sequence[Row]) -> Calls:
    """Calls of one structure, which leave nothing out."""
    first = list(order(rows[0]))
    places = tuple(dict(zip(first, order(row), strict=True)) for row in rows)
    return Calls(rows[0], tuple(rows), places)
