"""What a pass says of its work: the steps that it took, and those that it left."""

from __future__ import annotations

from dataclasses import dataclass

from inceptionspec.ir.graph import Origin


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was rewritten.

    ``paths`` are the layers of the original network that it was done to, ``origin`` is
    where the first of them was written. ``what`` reads on from them: ``takes in its norm``.
    """

    of: str
    paths: tuple[str, ...]
    what: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Skipped:
    """One thing that looks like it could be rewritten and was not, and why."""

    of: str
    paths: tuple[str, ...]
    why: str
    origin: Origin
