"""Functions of a single number: recognized by their values, however a file spells them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import erf, pi, sqrt
from types import MappingProxyType
from typing import Any

import numpy as np

from inceptionspec.importers.onnx.tensors import GRID

_SLACK = 2e-6
"""What constants in single precision may be off."""
_ERF = np.vectorize(erf, otypes=[float])
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def sigmoid(x: Any) -> Any:
    """The logistic function."""
    return 1 / (1 + np.exp(-x))


def error_function(x: Any) -> Any:
    """The error function."""
    return _ERF(x)


def softplus(x: Any) -> Any:
    """The logarithm of 1 + exp(x)."""
    return np.logaddexp(x, 0)


#: Functions that a spec has, by name: those that a combination of others may amount to.
KNOWN: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "relu": lambda x: np.maximum(x, 0),
        "relu6": lambda x: np.clip(x, 0, 6),
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "softplus": softplus,
        "silu": lambda x: x * sigmoid(x),
        "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
        "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
        "gelu": lambda x: x * (1 + _ERF(x / sqrt(2))) / 2,
        "gelu_tanh": lambda x: x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2,
        "mish": lambda x: x * np.tanh(softplus(x)),
        "selu": lambda x: (
            _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0)))
        ),
    }
)
_VALUES: Mapping[str, Any] = MappingProxyType({name: of(GRID) for name, of in KNOWN.items()})


def recognized(values: Any) -> str:
    """The function that has these values at the grid; empty where none has."""
    for name, wanted in _VALUES.items():
        if is_near(values, wanted):
            return name
    return ""


def sloped(values: Any) -> tuple[str, float] | None:
    """`leaky_relu` or `elu` with its number, where these are its values; None for others."""
    above, below = GRID > 0, GRID < 0
    if not is_near(values[above], GRID[above]):
        return None
    slopes = values[below] / GRID[below]
    if np.ptp(slopes) < _SLACK:
        return "leaky_relu", float(slopes[0])
    factors = values[below] / np.expm1(GRID[below])
    return ("elu", float(factors[0])) if np.ptp(factors) < _SLACK else None


def affine(values: Any) -> tuple[float, float] | None:
    """Factor and offset of a function that is a x + b; None for others."""
    offset, scale = float(values[0]), float(values[1] - values[0])
    return (scale, offset) if is_near(values, scale * GRID + offset) else None


def is_near(values: Any, wanted: Any) -> bool:
    """Whether values are those that are wanted, but for rounding."""
    return bool(np.all(np.abs(values - wanted) <= _SLACK * (1 + np.abs(wanted))))
