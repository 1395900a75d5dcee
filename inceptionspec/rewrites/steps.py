"""What a pass reports: the steps that it took, and those that it skipped."""

from __future__ import annotations

from dataclasses import dataclass

from inceptionspec.ir.graph import Origin


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was rewritten.

    ``paths`` are the layers of the original network that it was done to, and ``origin`` is
    where the first of them was written. ``what`` continues a sentence that starts with them:
    ``takes in its own norm``.
    """

    of: str
    paths: tuple[str, ...]
    what: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that looks as if it could be rewritten and was not, and why."""

    of: str
    paths: tuple[str, ...]
    why: str
    origin: Origin
