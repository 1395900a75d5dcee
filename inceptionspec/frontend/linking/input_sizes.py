"""Which input sizes fit a network.

Each side of each map is a function of a side of the input (``ops.side``), so that what
layers ask of their inputs becomes rules about the input itself: it is at least so large, at
most so large, and two functions of it are equal where branches meet. The smallest size that
keeps all rules is found by jumps, never by trying each size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.ops.side import KEPT, Side

TYPICAL_SIDE = 224
"""The side at which findings about any size show an example, where it fits so far."""
_MOST_STEPS = 300_000
_Value = Side | int
#: To the next (or previous) size at which two sides are equal, within a largest size.
_Move = Callable[[_Value, _Value, int, int], int | None]
_Step = Callable[[int], int | None]


class UndecidedError(Exception):
    """No size was found, or ruled out, within the steps that are allowed."""


class SideRules:
    """What the height or the width of the input must keep to.

    ``first`` is the smallest side that keeps all rules so far, ``most`` the largest that
    can.
    """

    def __init__(self, largest: int) -> None:
        self.first = 1
        self.most = self._largest = largest
        self._equal: dict[tuple[_Value, _Value], None] = {}
        self._steps = 0

    def require_least(self, side: _Value, least: int) -> bool:
        """A layer takes a map of at least ``least``. False where no size keeps to it."""
        if isinstance(side, int):
            return side >= least
        found = self.next(max(self.first, side.first(least)))
        return self._kept(found)

    def require_most(self, side: _Value, most: int) -> bool:
        """A layer takes a map of at most ``most``. False where no size keeps to it."""
        if isinstance(side, int):
            return side <= most
        if side.last(most) < self.first:
            return False
        self.most = min(self.most, side.last(most))
        return True

    def require_equal(self, one: _Value, other: _Value) -> bool:
        """Branches meet. False where no size keeps to it, and the rule is dropped."""
        if one == other or (one, other) in self._equal:
            return True
        self._equal[one, other] = None
        if self._kept(self.next(self.first)):
            return True
        del self._equal[one, other]
        return False

    @property
    def open_ended(self) -> bool:
        """Whether every side from ``first`` on keeps all rules."""
        return self.unbroken and self.most == self._largest

    @property
    def unbroken(self) -> bool:
        """Whether every side from ``first`` to ``most`` keeps all rules."""
        return not self._equal

    def _kept(self, found: int | None) -> bool:
        if found is None:
            return False
        self.first = found
        return True

    def next(self, size: int) -> int | None:
        """The smallest side from ``size`` on that keeps all rules."""
        return self._settled(max(size, self.first), _next_equal)

    def previous(self, size: int) -> int | None:
        """The largest side up to ``size`` that keeps all rules."""
        return self._settled(min(size, self.most), _previous_equal)

    def few(self, most: int) -> tuple[int, ...]:
        """All sides that keep all rules; nothing where there are more than ``most``."""
        found: list[int] = []
        size = self.next(1)
        while size is not None:
            found.append(size)
            if len(found) > most:
                return ()
            size = self.next(size + 1)
        return tuple(found)

    def _settled(self, size: int, moved: _Move) -> int | None:
        while self.first <= size <= self.most:
            start = size
            for one, other in self._equal:
                self._steps += 1
                if self._steps > _MOST_STEPS:
                    raise UndecidedError
                found = moved(one, other, size, self.most)
                if found is None:
                    return None
                size = found
            if size == start:
                return size
        return None


def _next_equal(one: _Value, other: _Value, size: int, most: int) -> int | None:
    """The smallest size from ``size`` on at which two sides are equal."""
    if _never_equal(one, other):
        return None
    while size <= most:
        first, second = _at(one, size), _at(other, size)
        if first == second:
            return size
        lower, value = (one, second) if first < second else (other, first)
        if isinstance(lower, int):  # the other one never falls back to it
            return None
        size = lower.first(value)
    return None


def _previous_equal(one: _Value, other: _Value, size: int, most: int) -> int | None:
    """The largest size up to ``size`` at which two sides are equal."""
    if _never_equal(one, other):
        return None
    while size >= 1:
        first, second = _at(one, size), _at(other, size)
        if first == second:
            return size
        higher, value = (one, second) if first > second else (other, first)
        if isinstance(higher, int):
            return None
        size = higher.last(value)
    return None


def _never_equal(one: _Value, other: _Value) -> bool:
    if isinstance(one, int) or isinstance(other, int):
        return isinstance(one, int) and isinstance(other, int) and one != other
    return one.is_shifted(other) and abs(one.offset - other.offset) >= one.stride


def _at(side: _Value, size: int) -> int:
    return side if isinstance(side, int) else side.at(size)


class NeverFits(NamedTuple):
    """A layer that fits no input size, and an input that fits all layers before it."""

    layer: int
    example: tuple[int, int]


class InputSizes:
    """The input sizes that fit some layers, axis by axis.

    Args:
        keep: the layers to look at, in order, the input first.
        largest: the largest side to look for, in pixels.

    ``never`` are the layers that no size fits; their rules are left out.
    """

    def __init__(self, layers: Sequence[FlatLayer], keep: Iterable[int], largest: int) -> None:
        self.axes = (SideRules(largest), SideRules(largest))
        self.never: list[NeverFits] = []
        self._layers = layers
        self._sides: tuple[dict[int, _Value | None], ...] = ({}, {})
        for index in keep:
            if False in [self._fits(index, axis) for axis in (0, 1)]:
                self.never.append(NeverFits(index, self._example()))

    @property
    def every(self) -> bool:
        """Whether all sizes fit from the smallest one on, up to the largest."""
        return all(rules.open_ended for rules in self.axes)

    @property
    def unbroken(self) -> bool:
        """Whether all sizes fit from the smallest one to the largest one."""
        return all(rules.unbroken for rules in self.axes)

    def _example(self) -> tuple[int, int]:
        height, width = (rules.next(TYPICAL_SIDE) or rules.first for rules in self.axes)
        return height, width

    def _fits(self, index: int, axis: int) -> bool:
        """Add the rules of a layer; False where one of them cannot be kept."""
        layer, sides, rules = self._layers[index], self._sides[axis], self.axes[axis]
        if not layer.inputs:
            sides[index] = KEPT
            return True
        inputs = [sides.get(source) for source in layer.inputs]
        if layer.op.role == "merge":
            maps = [side for side in inputs if side is not None]
            if layer.op.name == "multiply":
                # A 1x1 map is spread over the others. A side may be 1 at some size.
                maps = [side for side in maps if side != 1] or maps[:1]
                sides[index] = maps[0] if maps else None
                return False not in [self._spread(maps[0], side, rules) for side in maps[1:]]
            sides[index] = maps[0] if maps else None
            return False not in [rules.require_equal(maps[0], side) for side in maps[1:]]
        inner = inputs[0]
        if inner is None:
            sides[index] = None
            return True
        rule = layer.op.side(layer.attributes, axis)
        kept = rule.least == 1 or rules.require_least(inner, rule.least)
        if rule.most is not None:
            kept = rules.require_most(inner, rule.most) and kept
        if rule.multiple > 1:
            kept = rules.require_equal(inner, rule.whole(inner)) and kept
        sides[index] = rule.side.after(inner) if isinstance(rule.side, Side) else rule.side
        return kept

    @staticmethod
    def _spread(one: _Value, other: _Value, rules: SideRules) -> bool:
        alone = any(isinstance(side, Side) and side.last(1) >= rules.first for side in (one, other))
        return rules.require_equal(one, other) or alone

    def larger(self, height: int, width: int) -> tuple[int, int] | None:
        """The smallest size that fits and is at least this large."""
        return self._common(height, width, *(rules.next for rules in self.axes))

    def smaller(self, height: int, width: int) -> tuple[int, int] | None:
        """The largest size that fits and is at most this large."""
        return self._common(height, width, *(rules.previous for rules in self.axes))

    @staticmethod
    def _common(height: int, width: int, *moves: _Step) -> tuple[int, int] | None:
        """A side of each axis; one for both where the size was square and neither fits."""
        sides: list[int | None] = [moves[0](height), moves[1](width)]
        square = height == width and height not in sides
        while sides[0] is not None and sides[1] is not None:
            found = (sides[0], sides[1])
            if not square or found[0] == found[1]:
                return found
            further = max(found) if found[0] > height else min(found)
            sides = [move(further) for move in moves]
        return None

    def smallest(self, count: int) -> Iterator[tuple[int, int]]:
        """The smallest sizes that fit, in order: square where both axes allow it."""
        height, width = (rules.first for rules in self.axes)
        for _ in range(count):
            found = self.larger(*((max(height, width),) * 2)) or self.larger(height, width)
            if found is None:
                return
            yield found
            height, width = found[0] + 1, found[1] + 1
