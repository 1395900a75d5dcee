"""How a weight of a rewritten network is computed from those of the original one.

A weight expression is data: records that refer to one another, with ``Stored`` and ``Filled``
as leaves. Expressions share parts, so that they form a graph without circles, as deep as the
network. Nothing here walks it by recursion, and each record knows its shape from the start.
Whoever has the numbers evaluates them; only shapes are known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Computed:
    """An expression with parts. Two of them are equal only if they are the same object."""

    shape: tuple[int, ...] = field(init=False)

    @property
    def parts(self) -> tuple[WeightExpr, ...]:
        """The expressions that it is computed from."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'x'.join(map(str, self.shape))}>"

    def _set_shape(self, shape: tuple[int, ...]) -> None:
        object.__setattr__(self, "shape", shape)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NormFactor(_Computed):
    """What a norm multiplies by: gamma / sqrt(variance + epsilon), one number per channel."""

    gamma: WeightExpr
    variance: WeightExpr
    epsilon: float

    def __post_init__(self) -> None:
        self._set_shape(self.gamma.shape)

    @property
    def parts(self) -> tuple[WeightExpr, ...]:
        """Gamma and variance."""
        return self.gamma, self.variance


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scaled(_Computed):
    """An array times a vector along its last axes, which hold as many elements.

    These are the output channels of a kernel: the last axis of a convolution's, the last two
    of a depthwise one's (channels x multiplier).
    """

    array: WeightExpr
    factor: WeightExpr

    def __post_init__(self) -> None:
        self._set_shape(self.array.shape)

    @property
    def parts(self) -> tuple[WeightExpr, ...]:
        """The array and the factor."""
        return self.array, self.factor


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScaledInputs(_Computed):
    """A kernel of ... x inputs x outputs times a vector along its input channels."""

    kernel: WeightExpr
    factor: WeightExpr

    def __post_init__(self) -> None:
        self._set_shape(self.kernel.shape)

    @property
    def parts(self) -> tuple[WeightExpr, ...]:
        """The kernel and the factor."""
        return self.kernel, self.factor


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sum(_Computed):
    """The sum of arrays of one shape."""

    terms: tuple[WeightExpr, ...]

    def __post_init__(self) -> None:
        self._set_shape(self.terms[0].shape)

    @property
    def parts(self) -> tuple[WeightExpr, ...]:
        """The terms."""
        return self.terms


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Negated(_Computed):
    """An array with every sign flipped."""

    array: WeightExpr

    def __post_init__(self) -> None:
        self._set_shape(self.array.shape)

    @property
    def parts(self) -> tuple[WeightExpr, ...]:
        """The array."""
        return (self.array,)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Stacked(_Computed):
    """Arrays side by side along their last axis, the output channels."""

    arrays: tuple[WeightExpr, ...]

    def __post_init__(self) -> None:
        last = sum(array.shape[-1] for array in self.arrays)
        self._set_shape((*self.arrays[0].shape[:-1], last))

    @property
    def parts(self) -> tuple[WeightExpr, ...]:
        """The arrays."""
        return self.arrays


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Composed(_Computed):
    """The product of two kernels that follow each other, one of which covers one pixel.

    ``first`` is ... x inputs x between, ``second`` ... x between x outputs. The product sums
    over ``between``; its leading axes, height and width, are those of the larger kernel.
    """

    first: WeightExpr
    second: WeightExpr

    def __post_init__(self) -> None:
        first, second = self.first.shape, self.second.shape
        self._set_shape((*max(first[:-2], second[:-2], key=prod), first[-2], second[-1]))

    @property
    def parts(self) -> tuple[WeightExpr, ...]:
        """Both kernels."""
        return self.first, self.second


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Response(_Computed):
    """What a kernel of ... x inputs x outputs answers to a constant on each input channel.

    It is the sum over pixels and inputs, one number for each output channel.
    """

    kernel: WeightExpr
    constant: WeightExpr

    def __post_init__(self) -> None:
        self._set_shape(self.kernel.shape[-1:])

    @property
    def parts(self) -> tuple[WeightExpr, ...]:
        """The kernel and the constant."""
        return self.kernel, self.constant


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


def plus(*terms: WeightExpr) -> WeightExpr:
    """A sum, without the terms that are 0."""
    kept = tuple(term for term in terms if not (isinstance(term, Filled) and term.value == 0))
    return kept[0] if len(kept) == 1 else Sum(kept) if kept else terms[0]


def parts_of(expression: WeightExpr) -> tuple[WeightExpr, ...]:
    """The expressions that one is computed from; none for a leaf."""
    return expression.parts if isinstance(expression, _Computed) else ()


def in_order(expression: WeightExpr) -> Iterator[WeightExpr]:
    """An expression and all that it is computed from, each once, parts before wholes."""
    seen: set[int] = set()
    waiting: list[tuple[WeightExpr, bool]] = [(expression, False)]
    while waiting:
        found, parts_done = waiting.pop()
        if parts_done:
            yield found
        elif id(found) not in seen:
            seen.add(id(found))
            waiting.append((found, True))
            waiting.extend((part, False) for part in reversed(parts_of(found)))


def leaves(expression: WeightExpr) -> tuple[Stored, ...]:
    """The weights of the original network that an expression depends on, each once, in order."""
    found = (part for part in in_order(expression) if isinstance(part, Stored))
    return tuple(dict.fromkeys(found))
