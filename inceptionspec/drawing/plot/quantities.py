"""Figures of networks as axes show them: 5.72G MACs, 7.91 MiB, 12.3 ms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from inceptionspec.drawing.diagram.figures import (
    BYTES,
    COUNTS,
    SECONDS,
    bytes_text,
    count_text,
    round_text,
    seconds_text,
)

Unit = Literal["count", "bytes", "seconds", "pixels"]
#: How far the largest figure is above the smallest where an axis is logarithmic.
_DECADE = 10.0
_ROUND = (1, 2, 2.5, 5, 10)
_MOST_TICKS = 7


class Quantity(NamedTuple):
    """What an axis shows.

    Attributes:
        title: in words, such as ``MACs``.
        unit: of its figures.
        most: whether more is better.
    """

    title: str
    unit: Unit
    most: bool = False

    def text(self, value: float) -> str:
        """A round figure with its unit, as at the ticks of an axis."""
        if self.unit == "pixels":
            return f"{value:,.0f} px"
        return round_text(_TEXTS[self.unit](value))


_TEXTS: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {"count": count_text, "bytes": bytes_text, "seconds": seconds_text}
)
#: The sizes of units that have some, the largest first.
_STEPS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "count": (*(size for size, _ in COUNTS), 1),
        "bytes": (*(size for size, _ in BYTES), 1),
        "seconds": tuple(size for size, _ in SECONDS),
    }
)


def _step(unit: str, value: float) -> float:
    """The largest step that a figure reaches in three digits, or the smallest one."""
    steps = _STEPS.get(unit, (1.0,))
    return next((step for step in steps if abs(value) >= 0.9995 * step), steps[-1])


class Scale(NamedTuple):
    """The stretch of figures that an axis shows.

    Attributes:
        low: its lower end.
        high: its upper end, above the lower one.
        logarithmic: whether equal ratios are equally long, not equal differences.
    """

    low: float
    high: float
    logarithmic: bool

    def share(self, value: float) -> float:
        """Where a figure is along the axis, from 0 to 1."""
        low, high, value = (self._length(figure) for figure in (self.low, self.high, value))
        return (value - low) / (high - low)

    def _length(self, value: float) -> float:
        return math.log(value) if self.logarithmic else value

    def widened(self, below: float, above: float) -> Scale:
        """The scale with room at its ends, each in shares of its length."""
        low, high = self._length(self.low), self._length(self.high)
        low, high = low - below * (high - low), high + above * (high - low)
        if self.logarithmic:
            low, high = math.exp(low), math.exp(high)
        return self._replace(low=low, high=high)


def scale_of(low: float, high: float) -> Scale:
    """The scale from the least to the greatest figure: logarithmic over a decade and more."""
    if low == high:
        room = abs(low) / 2 or 1.0
        return Scale(low - room, high + room, False)
    return Scale(low, high, low > 0 and high >= _DECADE * low)


def ticks(scale: Scale, quantity: Quantity) -> list[float]:
    """Round figures along a scale, at most seven, in the steps of their unit."""
    size = _step(quantity.unit, max(abs(scale.low), abs(scale.high)))
    if not scale.logarithmic:
        return _linear(scale.low, scale.high, size)
    found: list[float] = []
    for parts in ((1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        found = [
            tick
            for power in _powers(scale, quantity.unit)
            for tick in (part * power for part in parts)
            if scale.low <= tick <= scale.high
        ]
        if len(found) <= _MOST_TICKS:
            return found
    return found[:: math.ceil(len(found) / _MOST_TICKS)]


def _powers(scale: Scale, unit: str) -> list[float]:
    """Powers of ten around a scale, or 1, 10 and 100 of each step of bytes."""
    if unit == "bytes":
        return [10.0**power * size for size in reversed(_STEPS[unit]) for power in range(3)]
    low, high = math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high))
    return [10.0**power for power in range(low, high + 1)]


def _linear(low: float, high: float, size: float) -> list[float]:
    rough = (high - low) / size / (_MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(part * power for part in _ROUND if part * power >= rough)
    first = math.ceil(low / size / step - 1e-9)
    last = math.floor(high / size / step + 1e-9)
    return [number * step * size for number in range(first, last + 1)]
