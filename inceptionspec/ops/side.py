"""A side of a map as a function of a side of the input image.

Every operator maps a side n to floor((factor n + offset) / stride), or to a constant; factor is 1
but where a map grows by upsampling. Such functions compose: floor((floor((f n + a) / s) + b) / t)
is floor((f n + a + s b) / (s t)). Only a factor over what was divided before keeps a stage of its
own, as 2 floor(n / 2) does. A window that is clipped to the map adds a least value, which
composition keeps. So the side of any map of a network is one ``Side``.
"""

from __future__ import annotations

from math import gcd
from typing import NamedTuple


class Side(NamedTuple):
    """The function n -> max(least, floor((factor m + offset) / stride)). It never falls.

    m is what ``inner`` makes of n, and n itself without one.
    """

    offset: int = 0
    stride: int = 1
    least: int = 0
    factor: int = 1
    inner: Side | None = None

    def at(self, size: int) -> int:
        """Its value at a size."""
        if self.inner is None:
            return max(self.least, (self.factor * size + self.offset) // self.stride)
        for stage in self._stages():
            size = stage.at(size)
        return size

    def after(self, inner: Side | int) -> Side | int:
        """The composition: this side of what ``inner`` gives."""
        if isinstance(inner, int):
            return self.at(inner)
        composed: Side = inner
        for stage in self._stages():
            composed = stage._on(composed)
        return composed

    def _on(self, inner: Side) -> Side:
        """The composition of one stage and what is before it."""
        if inner == KEPT:
            return self
        if self == KEPT:
            return inner
        if self.factor != 1 and inner.stride != 1:
            return self._replace(inner=inner)
        value = (self.factor * inner.least + self.offset) // self.stride
        stride, factor = inner.stride * self.stride, inner.factor * self.factor
        offset = self.factor * inner.offset + inner.stride * self.offset
        common = gcd(stride, factor)
        least = max(self.least, value if inner.least else 0)
        stage = Side(offset // common, stride // common, least, factor // common)
        return stage if inner.inner is None else stage._on(inner.inner)

    def first(self, value: int) -> int:
        """The smallest size of at least 1 at which it is ``value`` or more."""
        for stage in reversed(self._stages()):
            if value <= stage.least:
                return 1
            value = -((stage.offset - value * stage.stride) // stage.factor)
        return max(1, value)

    def last(self, value: int) -> int:
        """The largest size at which it is ``value`` or less; 0 where there is none."""
        for stage in reversed(self._stages()):
            if stage.least > value:
                return 0
            value = ((value + 1) * stage.stride - 1 - stage.offset) // stage.factor
        return max(0, value)

    def is_shifted(self, other: Side) -> bool:
        """Whether both are of one form, but for their offsets, and have no least value."""
        return (
            self._replace(offset=0) == other._replace(offset=0)
            and not self.least
            and not other.least
        )

    def _stages(self) -> list[Side]:
        """Its stages, the innermost first, each without what is inside it."""
        stages: list[Side] = []
        stage: Side | None = self
        while stage is not None:
            stages.append(stage if stage.inner is None else stage._replace(inner=None))
            stage = stage.inner
        return stages[::-1]


KEPT = Side()
"""The side of an operator that keeps height and width."""


class SideRule(NamedTuple):
    """What an operator makes of a side, and the sides that it takes.

    ``side`` is a function of the side that comes in, a constant, or None where the output
    is no map. The operator takes sides from ``least`` to ``most``, multiples of ``multiple``.
    """

    side: Side | int | None
    least: int = 1
    most: int | None = None
    multiple: int = 1

    def whole(self, inner: Side | int) -> Side | int:
        """The largest multiple up to the side that comes in: equal to it where that is taken."""
        return Side(factor=self.multiple, inner=Side(stride=self.multiple)).after(inner)
