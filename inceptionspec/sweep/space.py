"""Which variants are tried, in which order: a grid, a sample of it, or an evolution."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from inceptionspec.sweep.records import Knob

Values = tuple[int, ...]
"""For each knob, the number of its value, from 0."""
GENERATION = 64
"""The variants of an evolution that are tried at a time, whatever computes them."""
_TRIES = 50
"""How often a new child is looked for before a random variant takes its place."""


class Space(NamedTuple):
    """All combinations of the values of knobs; the last knob changes first."""

    sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many there are."""
        return math.prod(self.sizes)

    def at(self, index: int) -> Values:
        """The combination of a place in the grid, from 0."""
        values = []
        for size in reversed(self.sizes):
            index, value = divmod(index, size)
            values.append(value)
        return tuple(reversed(values))


def space_of(knobs: Sequence[Knob]) -> Space:
    """The combinations of the values of some knobs."""
    return Space(tuple(len(knob.values) for knob in knobs))


class Plan(Protocol):
    """Yields what is tried; each generation may depend on what the ones before it came to."""

    def generations(self) -> Iterator[Iterable[Values]]:
        """What is tried next, as long as there is something."""
        ...

    def leads(self, values: Values, number: int) -> None:
        """Told that the variant of a number is on the front for now."""
        ...


class Grid:
    """All combinations, or a sample of them without repetitions, in the order of the grid.

    Args:
        space: the combinations.
        amount: of a sample; None for all.
        seed: of a sample.
    """

    def __init__(self, space: Space, amount: int | None = None, seed: int = 0) -> None:
        self.space = space
        self.amount = amount
        self.seed = seed

    def generations(self) -> Iterator[Iterable[Values]]:
        """All of them at once."""
        if self.amount is None or self.amount >= self.space.size:
            yield map(self.space.at, range(self.space.size))
            return
        draw = random.Random(self.seed)
        drawn: set[int] = set()
        while len(drawn) < self.amount:  # `random.sample` takes no more than 2^63
            drawn.add(draw.randrange(self.space.size))
        yield map(self.space.at, sorted(drawn))

    def leads(self, values: Values, number: int) -> None:
        """A grid does not look back."""


class Evolution:
    """Random variants first, then changes and crosses of those on the front.

    Everything is drawn from the seed, in an order that does not depend on what computes it.

    Args:
        space: the combinations.
        amount: how many are tried.
        seed: of all draws.
        front: the numbers of the variants on the front, which changes in the meantime.
    """

    def __init__(self, space: Space, amount: int, seed: int, front: Iterable[int]) -> None:
        self.space = space
        self.amount = min(amount, space.size)
        self._draw = random.Random(seed)
        self._front = front
        self._leading: dict[int, Values] = {}
        self._tried: set[Values] = set()

    def generations(self) -> Iterator[Iterable[Values]]:
        """As many variants as asked for, some at a time; none is tried twice."""
        while len(self._tried) < self.amount:
            self._leading = {one: self._leading[one] for one in self._front}
            parents = list(self._leading.values())
            count = min(GENERATION, self.amount - len(self._tried))
            generation = []
            for _ in range(count):
                child = self._child(parents)
                self._tried.add(child)
                generation.append(child)
            yield generation

    def leads(self, values: Values, number: int) -> None:
        """Remember what may become a parent."""
        self._leading[number] = values

    def _child(self, parents: Sequence[Values]) -> Values:
        for _ in range(_TRIES if parents else 0):
            child = self._changed(self._crossed(parents))
            if child not in self._tried:
                return child
        return self._random()

    def _crossed(self, parents: Sequence[Values]) -> Values:
        """Of each knob the value of either of two parents; often those of one alone."""
        one, other = self._draw.choice(parents), self._draw.choice(parents)
        if self._draw.random() < 0.5:
            return one
        return tuple(self._draw.choice(pair) for pair in zip(one, other, strict=True))

    def _changed(self, values: Values) -> Values:
        """One knob in most cases, sometimes more, to a value near by or to any."""
        changed = list(values)
        while True:
            knob = self._draw.randrange(len(changed))
            size = self.space.sizes[knob]
            if self._draw.random() < 0.5:
                step = self._draw.choice((-1, 1))
                changed[knob] = min(max(changed[knob] + step, 0), size - 1)
            else:
                changed[knob] = self._draw.randrange(size)
            if self._draw.random() < 0.7:
                return tuple(changed)

    def _random(self) -> Values:
        """A variant that was not tried; the next one in the grid where draws hit others."""
        index = self._draw.randrange(self.space.size)
        while self.space.at(index) in self._tried:
            index = (index + 1) % self.space.size
        return self.space.at(index)
