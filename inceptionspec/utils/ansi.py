"""Color for a terminal, by the role of a text; without one, the text alone."""

from __future__ import annotations

from collections.abc import Callable

Paint = Callable[[str, str], str]
_STYLES = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "place": "\x1b[1;34m", "bold": "\x1b[1m"}


def plain(text: str, style: str) -> str:
    """Text without color."""
    return text


def colored(text: str, style: str) -> str:
    """Text in a terminal's color for a role."""
    return f"{_STYLES[style]}{text}\x1b[0m"
