"""A side of a map as a function of a side of the input image.

Every operator maps a side n to floor((n + offset) / stride), or to a constant, and such
functions are closed under composition: floor((floor((n + a) / s) + b) / t) is
floor((n + a + s b) / (s t)). A window that is clipped to the map adds a least value,
which composition keeps. So the side of any map of a network is one ``Side``.
"""

from __future__ import annotations

from typing import NamedTuple


class Side(NamedTuple):
    """The function n -> max(least, floor((n + offset) / stride)). It never falls as n grows."""

    offset: int = 0
    stride: int = 1
    least: int = 0

    def at(self, size: int) -> int:
        """Its value at a size."""
        return max(self.least, (size + self.offset) // self.stride)

    def after(self, inner: Side | int) -> Side | int:
        """The composition: this side of what ``inner`` gives."""
        if isinstance(inner, int):
            return self.at(inner)
        least = max(self.least, (inner.least + self.offset) // self.stride) if inner.least else 0
        return Side(
            inner.offset + inner.stride * self.offset,
            inner.stride * self.stride,
            max(self.least, least),
        )

    def first(self, value: int) -> int:
        """The smallest size of at least 1 at which it is ``value`` or more."""
        return 1 if value <= self.least else max(1, value * self.stride - self.offset)

    def last(self, value: int) -> int:
        """The largest size at which it is ``value`` or less; 0 where there is none."""
        if self.least > value:
            return 0
        return max(0, (value + 1) * self.stride - 1 - self.offset)


KEPT = Side()
"""The side of an operator that keeps height and width."""


class SideRule(NamedTuple):
    """What an operator makes of a side, and the sides that it takes.

    ``side`` is a function of the side that comes in, a constant, or None where the output
    is no map. The operator takes sides from ``least`` to ``most``.
    """

    side: Side | int | None
    least: int = 1
    most: int | None = None
