"""User text stays text when it is printed: nothing in it can act on a terminal."""

from __future__ import annotations

import re

# Control characters, and characters that are invisible or that reorder or hide others:
# joiners, fillers, blanks that are letters, selectors of variants.
_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def sanitize(text: str) -> str:
    """A text with everything that a terminal would act on written as an escape."""
    return _ACTIVE.sub(_escaped, text)


def sanitize_line(text: str) -> str:
    """The same for a line of a file, in which tabs become spaces, column by column."""
    return sanitize(text.replace("\t", " "))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shortened(text: str, length: int = 40) -> str:
    """A text short enough to be quoted inside a message."""
    return text if len(text) <= length else text[: length - 3] + "..."


_LONGEST_PATH = 80


def short_path(path: str) -> str:
    """The path of a file short enough to be quoted: its end, which tells files apart.

    It starts with whole folders where there are some: `.../runs/first/history.csv`.
    """
    if len(path) <= _LONGEST_PATH:
        return path
    end = path[3 - _LONGEST_PATH :]
    folders = end.partition("/")
    return f"...{folders[1]}{folders[2]}" if folders[2] else f"...{end}"
