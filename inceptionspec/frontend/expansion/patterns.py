"""Patterns of paths: a star stands for any part of one element."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Sized

from inceptionspec.diagnostics.suggest import closest


def matching(key: str, paths: Iterable[str]) -> list[str]:
    """The paths that a pattern matches."""
    # Stars next to each other match what one of them does.
    pattern = [re.sub(r"\*+", "*", element).split("*") for element in key.split("/")]
    return [path for path in paths if _matches(pattern, path.split("/"))]


def nearest(key: str, known: Sequence[str], findings: Sized) -> tuple[str, ...]:
    """The help that names the closest path, or the closest pattern for a pattern.

    A pattern keeps its elements that hold a star.
    """
    near = closest(key, known, findings)
    if not near:
        return ()
    elements, others = key.split("/"), near.split("/")
    if "*" not in key or len(elements) != len(others):
        return (f"did you mean `{near}`?",)
    pattern = "/".join(a if "*" in a else b for a, b in zip(elements, others, strict=True))
    paths = matching(pattern, known)
    if near not in paths:
        return (f"did you mean `{near}`?",)
    count = "1 path" if len(paths) == 1 else f"{len(paths):,} paths"
    return (f"did you mean `{pattern}`, which matches {count}?",)


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
