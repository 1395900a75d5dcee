"""JSON from anywhere as plain data, of bounded size, in which every number is finite."""

from __future__ import annotations

import json
import math
from typing import Any

MAX_PARTS = 500_000
"""Values and containers in a text: each takes many times its length in memory."""
_DIGITS = 18
"""A whole number of at most this many digits stays an integer; a longer one becomes a float."""


class NotFiniteError(ValueError):
    """A number has no finite value."""


def parse_finite_json(text: str | bytes, *, words: bool = False) -> Any:
    """The data of a text of JSON.

    Args:
        text: the text.
        words: whether ``Infinity``, ``-Infinity`` and ``NaN`` are read, as texts.

    Raises:
        ValueError: it is not JSON, nests too deep, or has too many parts.
        NotFiniteError: it has a number that is too large, or a constant such as ``NaN``.
    """
    if has_too_many_parts(text):
        raise ValueError(f"it has more than {MAX_PARTS:,} parts")
    try:
        return json.loads(
            text,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=str if words else _finite,
        )
    except RecursionError:
        raise ValueError("it nests too deep") from None


def has_too_many_parts(text: str | bytes) -> bool:
    """Whether a text holds more than ``MAX_PARTS`` commas and brackets, before it is parsed."""
    if isinstance(text, bytes):
        return sum(map(text.count, (b",", b"[", b"{"))) > MAX_PARTS
    return sum(map(text.count, (",", "[", "{"))) > MAX_PARTS


def _whole(text: str) -> int | float:
    return int(text) if len(text) <= _DIGITS else _finite(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotFiniteError("a number is not finite")
    return number
