"""The options of `bench` that are lists, shares or switches, and what they are turned into."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import shortened

AUTO = "auto"
_MOST_VALUES = 64


def numbers(option: str, text: str, example: str) -> tuple[int, ...]:
    """A list such as ``1,8,32``: whole numbers, each once.

    Raises:
        SpecError: it is none (E0805).
    """
    parts = [part.strip() for part in text.split(",")]
    whole = all(re.fullmatch("-?[0-9]{1,9}", part) for part in parts)
    if not whole or len(parts) > _MOST_VALUES:
        rule = f"`{option}` takes whole numbers of at most 9 digits, at most {_MOST_VALUES} of them"
        raise _unusable(f"{option} {text}", rule, f"as `{example}`")
    return tuple(dict.fromkeys(int(part) for part in parts))


def burn_in(text: str) -> int | None:
    """A number of steps, or None for ``auto``.

    Raises:
        SpecError: it is neither (E0805).
    """
    if text == AUTO:
        return None
    if not re.fullmatch("-?[0-9]{1,9}", text):
        message = f"`--burn-in` takes a number of steps or `{AUTO}`"
        raise _unusable(f"--burn-in {text}", message, "write it as `--burn-in 10`")
    return int(text)


def share(option: str, text: str) -> float:
    """A share as ``5%`` or ``5``, both in percent.

    Raises:
        SpecError: it is none, or below 0 (E0805).
    """
    try:
        value = float(text.strip().removesuffix("%")) / 100
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:  # also refuses NaN
        message = f"`{option}` takes a percentage of at least 0"
        raise _unusable(f"{option} {text}", message, f"write it as `{option} 5%`")
    return value


def refuse_small(rules: Iterable[tuple[str, float, float]]) -> None:
    """Say which options are below what they must be at least.

    Raises:
        SpecError: one is (E0805).
    """
    for option, value, least in rules:
        if not value >= least:  # also refuses what is no number
            place = f"{option} {value:g}"
            raise _unusable(place, f"`{option}` must be at least {least:g}, not {value:g}")


def switch(text: str | None) -> bool | None:
    """``on`` and ``off``; None stays what it is."""
    return None if text is None else text == "on"


def _unusable(place: str, message: str, *helps: str) -> SpecError:
    return spec_error("E0805", message, shortened(place, 80), *helps)
