"""Activation functions: their names, and the number that some of them take."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

ACTIVATIONS = (
    "elu", "gelu", "gelu_tanh", "hard_sigmoid", "hard_swish", "leaky_relu", "mish", "relu",
    "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "tanh",
)  # fmt: skip
#: Other names that a spec may write.
ALIASES: Mapping[str, str] = MappingProxyType({"swish": "silu"})
#: Functions with a number, and the one that they have unless another is given, as in Keras: what
#: `leaky_relu` multiplies negative x by, and where `elu` ends for small x, without its sign.
NUMBERS: Mapping[str, float] = MappingProxyType({"elu": 1.0, "leaky_relu": 0.2})


class Sloped(NamedTuple):
    """A function with another number than its usual one. All others are their names alone."""

    name: str
    number: float

    def __str__(self) -> str:
        return f"{self.name} {self.number:g}"


#: What `activation` and `function` of a node hold.
Function = str | Sloped


def function_name(function: Function) -> str:
    """The name of a function, whatever its number is."""
    return function if isinstance(function, str) else function.name


def function_number(function: Function) -> float:
    """The number of a function that has one."""
    return NUMBERS[function] if isinstance(function, str) else function.number


def is_stock(function: Function | None) -> bool:
    """Whether a layer of Keras can apply a function by its name, or has none to apply."""
    return function is None or (isinstance(function, str) and function != "gelu_tanh")


def parse_function(value: Any) -> Function:
    """The function that a value of a spec means: each has one form."""
    if isinstance(value, str):
        return ALIASES.get(value, value)
    ((name, number),) = value.items()
    return str(name) if number == NUMBERS[name] else Sloped(str(name), float(number))
