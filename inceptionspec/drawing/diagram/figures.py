"""Numbers as every picture and page shows them: three digits, with the unit that they need.

``drawing/page/scripts/words.js`` has the same functions for pages; a test feeds both the same
numbers. Halves of the last digit are rounded up, as JavaScript does.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

MINUS = "\u2212"

Steps = Sequence[tuple[float, str]]
"""Units, the largest first: how many make one, and what it is called."""

COUNTS: Steps = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
BYTES: Steps = ((1 << 30, " GiB"), (1 << 20, " MiB"), (1 << 10, " KiB"))
SECONDS: Steps = ((1.0, " s"), (1e-3, " ms"), (1e-6, " \u00b5s"))

_THREE = Context(prec=3, rounding=ROUND_HALF_UP)


def count_text(count: float) -> str:
    """A large number in short, in three digits: ``5.72G``, ``1.30M``, ``512``."""
    return _signed(count, _stepped(abs(count), COUNTS) or shortest(abs(count)))


def bytes_text(count: float) -> str:
    """A number of bytes, in three digits: ``7.91 MiB``, ``524 KiB``, ``64 B``."""
    return _signed(count, _stepped(abs(count), BYTES) or f"{int(abs(count) + 0.5)} B")


def seconds_text(seconds: float) -> str:
    """A time, in three digits: ``1.20 s``, ``12.3 ms``, ``0.00 \u00b5s``."""
    size, unit = SECONDS[-1]
    short = _stepped(abs(seconds), SECONDS)
    return _signed(seconds, short or f"{three_digits(abs(seconds) / size)}{unit}")


def round_text(text: str) -> str:
    """A figure without zeros after the point, as at the ticks of an axis: ``1.5G``, ``500 KiB``."""
    end = next((at for at, letter in enumerate(text) if letter not in f"{MINUS}.0123456789"), None)
    digits, unit = (text, "") if end is None else (text[:end], text[end:])
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + unit


def shortest(number: float) -> str:
    """At most three digits, without zeros after the point: ``0.5``, ``512``, ``0.00123``."""
    return round_text(three_digits(number))


def three_digits(number: float) -> str:
    """A number from 0 on with three digits: ``1.30``, ``0.00123``; all that are before the point.

    From a million on it is ``1.23e+6``, and nothing is seen of less than a thousandth of a
    millionth.
    """
    exact = Decimal(number)
    if exact < Decimal("1e-9"):
        return "0.00"
    if exact >= 10**6:
        return f"{_THREE.plus(exact):.2e}"
    for _ in range(2):  # 9.995 is 10.0
        place = min(exact.adjusted() - 2, 0)
        exact = exact.quantize(Decimal(1).scaleb(place), ROUND_HALF_UP)
    return f"{exact:f}"


def _stepped(number: float, steps: Steps) -> str:
    """A number in the largest unit that it reaches in three digits; empty if it reaches none."""
    for size, unit in steps:
        if number >= 0.9995 * size:
            return three_digits(number / size) + unit
    return ""


def _signed(number: float, text: str) -> str:
    return f"{MINUS}{text}" if number < 0 else text
