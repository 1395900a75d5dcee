"""How a weight of a rewritten network is computed from those of the original one.

A recipe is data: a small tree of these records, with ``Stored`` and ``Filled`` as its
leaves. Whoever has the numbers evaluates it; here shapes alone are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from math import prod


@dataclass(frozen=True, slots=True)
class Stored:
    """A weight of the original network: the node's path, its name, its shape."""

    path: str
    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """One value everywhere: a gamma or a bias that a layer does without."""

    value: float
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NormFactor:
    """What a norm multiplies by: gamma / sqrt(variance + epsilon), by channel."""

    gamma: WeightExpr
    variance: WeightExpr
    epsilon: float

    @property
    def shape(self) -> tuple[int, ...]:
        """One number for each channel."""
        return self.gamma.shape


@dataclass(frozen=True, slots=True)
class Scaled:
    """An array times a vector along its last axes, which hold as many elements.

    That is the output channels of a kernel: the last axis of a convolution's, the last two
    of a depthwise one's (channels x multiplier).
    """

    array: WeightExpr
    factor: WeightExpr

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the array."""
        return self.array.shape


@dataclass(frozen=True, slots=True)
class ScaledInputs:
    """A kernel of ... x inputs x outputs times a vector along its input channels."""

    kernel: WeightExpr
    factor: WeightExpr

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the kernel."""
        return self.kernel.shape


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of arrays of one shape."""

    parts: tuple[WeightExpr, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """That of each part."""
        return self.parts[0].shape


@dataclass(frozen=True, slots=True)
class Negated:
    """An array with every sign turned."""

    array: WeightExpr

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the array."""
        return self.array.shape


@dataclass(frozen=True, slots=True)
class Stacked:
    """Arrays side by side along their last axis: output channels."""

    parts: tuple[WeightExpr, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """That of a part, with the last axis as long as all of theirs together."""
        return (*self.parts[0].shape[:-1], sum(part.shape[-1] for part in self.parts))


@dataclass(frozen=True, slots=True)
class Composed:
    """The product of two kernels that follow each other, of which one covers one pixel.

    ``first`` is ... x inputs x between, ``second`` ... x between x outputs. It sums over
    ``between``; the leading axes, height and width, are those of the larger.
    """

    first: WeightExpr
    second: WeightExpr

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width if the kernels have them, inputs, outputs."""
        sides = max(self.first.shape[:-2], self.second.shape[:-2], key=prod)
        return (*sides, self.first.shape[-2], self.second.shape[-1])


@dataclass(frozen=True, slots=True)
class Response:
    """What a kernel of ... x inputs x outputs answers to a constant on each input channel.

    The sum over pixels and inputs, one number for each output channel.
    """

    kernel: WeightExpr
    constant: WeightExpr

    @property
    def shape(self) -> tuple[int, ...]:
        """One number for each output channel."""
        return self.kernel.shape[-1:]


WeightExpr = (
    Stored
    | Filled
    | NormFactor
    | Scaled
    | ScaledInputs
    | Sum
    | Negated
    | Stacked
    | Composed
    | Response
)


def scaled(array: WeightExpr, factor: WeightExpr) -> WeightExpr:
    """An array times a factor along its output channels, without work for a factor of 1."""
    return array if isinstance(factor, Filled) and factor.value == 1 else Scaled(array, factor)


def plus(*parts: WeightExpr) -> WeightExpr:
    """A sum, without the parts that are 0."""
    kept = tuple(part for part in parts if not (isinstance(part, Filled) and part.value == 0))
    return kept[0] if len(kept) == 1 else Sum(kept) if kept else parts[0]


def leaves(recipe: WeightExpr) -> tuple[Stored, ...]:
    """The weights of the original network that a recipe is made of, each once, in order."""
    return tuple(dict.fromkeys(_leaves(recipe)))


def _leaves(recipe: WeightExpr) -> Iterator[Stored]:
    if isinstance(recipe, Stored):
        yield recipe
        return
    for field in fields(recipe):
        value = getattr(recipe, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, WeightExpr):
                yield from _leaves(part)
