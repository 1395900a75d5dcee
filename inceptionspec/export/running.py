"""What runs an exported file or its source, and how far two of them are apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

BOUND = 1e-5
"""How far outputs may be from those of the source, over the largest: that of float32."""

Arrays = Mapping[str, Any]


class Answers(NamedTuple):
    """What a network yields for some pictures: maps are batch x height x width x channels.

    Attributes:
        outputs: by name, as they were asked for.
        layers: by path, in the order of the graph; only where they were asked for.
    """

    outputs: Arrays
    layers: Arrays


class Runner(Protocol):
    """A file, or its source, in a runtime.

    Attributes:
        name: the runtime and its version, as ``onnxruntime 1.22.0``.
    """

    name: str

    def __call__(self, pictures: Any, *, layers: bool = False) -> Answers:
        """What it yields for pictures of bytes, batch x height x width x channels, RGB."""


def deviation(found: Any, expected: Any) -> float:
    """The largest difference over the largest magnitude; infinite where they cannot be compared.

    Numbers that are not finite must be the same on both sides.
    """
    found, expected = np.float64(found), np.float64(expected)
    if found.shape != expected.shape:
        return float("inf")
    finite = np.isfinite(expected)
    if not np.array_equal(found[~finite], expected[~finite], equal_nan=True):
        return float("inf")
    largest = float(np.abs(expected[finite]).max(initial=0.0)) or 1.0
    apart = float(np.abs(found[finite] - expected[finite]).max(initial=0.0)) / largest
    return apart if np.isfinite(apart) else float("inf")


def largest_deviation(found: Arrays, expected: Arrays) -> float:
    """The largest deviation of outputs by name; infinite where a name is missing."""
    if set(found) != set(expected):
        return float("inf")
    return max((deviation(found[name], expected[name]) for name in expected), default=0.0)


def first_different(found: Arrays, expected: Arrays, bound: float = BOUND) -> str | None:
    """The path of the first layer, in the order of the graph, whose values differ."""
    for path, values in expected.items():
        if path in found and not deviation(found[path], values) <= bound:
            return path
    return None


def channels_last(array: Any) -> Any:
    """A map of batch x channels x height x width with the channels last; others as they are."""
    return np.ascontiguousarray(array.transpose(0, 2, 3, 1)) if array.ndim == 4 else array


def channels_first(array: Any) -> Any:
    """A map of batch x height x width x channels with the channels before the sides."""
    return np.ascontiguousarray(array.transpose(0, 3, 1, 2))
