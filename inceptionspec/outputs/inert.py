"""Text of a user that is printed stays text, whatever it holds."""

from __future__ import annotations

import re

# Control characters, and those that reorder or hide what stands beside them.
_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def inert(text: str) -> str:
    """A text with everything that a terminal would act on written as an escape."""
    return _ACTIVE.sub(_escaped, text)


def inert_line(text: str) -> str:
    """The same for a line of a file, in which tabs become spaces, column by column."""
    return inert(text.replace("\t", " "))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
