"""The largest input that is read. A flag can raise a limit; a spec cannot."""

from __future__ import annotations

from dataclasses import dataclass

DEEPEST = 64
"""The largest depth that a flag can allow, since nested parts are walked recursively."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest input that is read and the largest network that is built.

    Units: ``text`` in bytes (those of its bases included), ``scalar`` in characters,
    ``dimension`` in pixels or channels, the others are counts. Each is checked before
    anything large is built. ``depth`` is at most ``DEEPEST``. ``findings`` is how many a
    stage collects before it stops: a hostile file can hold more than anyone reads.
    """

    text: int = 1 << 20
    events: int = 200_000
    depth: int = 32
    scalar: int = 4096
    layers: int = 10_000
    dimension: int = 65_536
    elements: int = 1 << 31
    parameters: int = 1 << 33
    extends: int = 8
    findings: int = 1_000

    def __post_init__(self) -> None:
        if self.depth > DEEPEST:
            raise ValueError(f"the depth can be {DEEPEST} at most, not {self.depth}")


DEFAULT_LIMITS = Limits()
