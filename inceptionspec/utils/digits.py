"""Numbers rounded to significant digits."""

from __future__ import annotations

import math


def digits(value: float, count: int) -> str:
    """A number with at least ``count`` digits, and separators: ``0.0123``, ``1.23``, ``1,234``."""
    decimals = count - 1 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(decimals, 0)}f}"
