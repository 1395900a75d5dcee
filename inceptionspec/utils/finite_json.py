"""JSON from anywhere as plain data, in which every number is finite."""

from __future__ import annotations

import json
import math
from typing import Any

_DIGITS = 18
"""A whole number of at most so many digits stays one; a longer one becomes a float."""


class NotFiniteError(ValueError):
    """A number has no finite value."""


def parse_finite_json(text: str | bytes) -> Any:
    """The data of a text of JSON.

    Raises:
        ValueError: it is not JSON, or nests too deep.
        NotFiniteError: it has a number that is too large, or a constant such as ``NaN``.
    """
    try:
        return json.loads(
            text,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_finite,
        )
    except RecursionError:
        raise ValueError("it nests too deep") from None


def _whole(text: str) -> int | float:
    return int(text) if len(text) <= _DIGITS else _finite(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotFiniteError("a number is not finite")
    return number
