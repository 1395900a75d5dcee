"""Patterns of paths: a star stands for any part of one element."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def matching(key: str, paths: Iterable[str]) -> list[str]:
    """The paths that a pattern matches."""
    # Stars next to each other match what one of them does.
    pattern = [re.sub(r"\*+", "*", element).split("*") for element in key.split("/")]
    return [path for path in paths if _matches(pattern, path.split("/"))]


def _matches(pattern: Sequence[Sequence[str]], path: Sequence[str]) -> bool:
    """Whether a pattern matches a path element by element.

    Args:
        pattern: for each element of a path, the texts between its stars.
        path: the elements of a path.
    """
    return len(pattern) == len(path) and all(map(_element_matches, pattern, path))


def _element_matches(texts: Sequence[str], element: str) -> bool:
    """Whether the texts follow each other in an element, the first and the last at its ends.

    Each text in between is taken where it comes first, which is never worse than a later
    place: the time is linear in the element.
    """
    first, *middle = texts
    if not middle:
        return element == first
    last = middle.pop()
    end = len(element) - len(last)
    if end < len(first) or not (element.startswith(first) and element.endswith(last)):
        return False
    place = len(first)
    for text in middle:
        place = element.find(text, place, end)
        if place < 0:
            return False
        place += len(text)
    return True
