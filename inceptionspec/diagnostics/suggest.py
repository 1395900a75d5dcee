"""Words for findings: the closest known name, and lists of names."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence, Sized

# Comparing two words takes time in the product of their lengths. Names of real specs are always
# compared. A file with very many unknown names gets suggestions for as many findings as text
# formats show, and after those only where comparing costs next to nothing.
_LONGEST_WORD = 100
_MOST_LETTERS = 4_000
MOST_SEARCHES = 20
_CHEAP = 2_000
"""The product of a word's length and the letters to compare it with, in a cheap search."""


def did_you_mean(
    word: str, known: Iterable[str], earlier: Sized = (), least: float = 0.6
) -> tuple[str, ...]:
    """The help that suggests the closest known word, or nothing if none is close."""
    near = closest(word, known, earlier, least)
    return (f"did you mean `{near}`?",) if near else ()


def closest(word: str, known: Iterable[str], earlier: Sized = (), least: float = 0.6) -> str:
    """The closest known word, or an empty text if none is close.

    Args:
        earlier: the findings so far; after ``MOST_SEARCHES`` of them a long list is not searched.
        least: how alike two words must be, from 0 to 1.
    """
    if len(word) > _LONGEST_WORD:
        return ""
    import difflib  # only where something is wrong

    names = sorted(known)
    if len(earlier) >= MOST_SEARCHES and len(word) * sum(map(len, names)) > _CHEAP:
        return ""
    most = _MOST_LETTERS // (len(word) + 10)
    if len(names) > most:
        place = bisect(names, word)
        names = names[max(0, place - most // 2) : place + most // 2]
    near = difflib.get_close_matches(word, names, n=1, cutoff=least)
    if not near:  # capitals may be all that keeps them apart
        same = {name.lower(): name for name in names}
        close = difflib.get_close_matches(word.lower(), same, n=1, cutoff=least)
        near = [same[word] for word in close]
    return near[0] if near else ""


MOST_LISTED = 24
"""At most this many names are listed."""


def suggested(
    path: str, known: Iterable[str], earlier: Sized = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The helps and the notes for a path that names nothing.

    The help is the closest path, the note lists the paths in the same scope. ``earlier`` is as
    for ``did_you_mean``.
    """
    if len(earlier) >= MOST_SEARCHES:
        return (), ()
    known = tuple(known)
    parent = path.rpartition("/")[0]
    siblings = [path for path in known if path.rpartition("/")[0] == parent][:MOST_LISTED]
    return did_you_mean(path, known), (f"there are {listed(siblings)}",) if siblings else ()


def listed(words: Sequence[str], conjunction: str = "and") -> str:
    """Names in backticks as a sentence lists them: ```a`, `b` and `c```; the rest is counted."""
    quoted = [f"`{word}`" for word in words[:MOST_LISTED]]
    if len(words) > MOST_LISTED:
        return f"{', '.join(quoted)} {conjunction} {len(words) - MOST_LISTED:,} more"
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {conjunction} {quoted[-1]}"
