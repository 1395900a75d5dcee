"""A call in the text of a module, as data, and values as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Code:
    """A value that is written as it stands: an expression."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call: a stock layer, a function of Keras, or a helper of the module.

    Attributes:
        function: what is called, as ``layers.Conv2D``.
        part: the layer's own name after that of the node; empty for the node's name itself.
        args: values by argument, in the order in which they are written.
        inputs: what is read: the result of the call before it, unless these numbers say which
            of the node's inputs are.
        defaults: values that need not be written.
        positional: the arguments that are written without their names.
    """

    function: str
    part: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[int, ...] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    positional: tuple[str, ...] = ()


def literal(value: Any) -> str:
    """A value as Python writes it, with double quotes."""
    if isinstance(value, Code):
        return value.text
    return f'"{value}"' if isinstance(value, str) else repr(value)
