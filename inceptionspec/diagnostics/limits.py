"""What is refused for its size, whatever it means. Raised by a flag, never by a spec."""

from __future__ import annotations

from dataclasses import dataclass

DEEPEST = 64
"""The depth that can be allowed at most: what is nested is walked by functions that are."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest input that is read and the largest network that is built.

    Units: ``text`` in bytes (those of its bases included), ``scalar`` in characters,
    ``dimension`` in pixels or channels, the others are counts. Each is checked before
    anything large is built. ``depth`` is at most ``DEEPEST``. ``findings`` is how many a
    stage collects before it stops: hostile files hold more than anyone reads on.
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
