"""Words for findings: the nearest known name, and lists of names."""

from __future__ import annotations

import difflib
from bisect import bisect
from collections.abc import Iterable, Sequence, Sized

# Comparing two words takes time in the product of their lengths. Names that real specs give
# are compared always; a file that names very much that is not there gets suggestions for the
# findings that text formats show, and beyond those where comparing costs next to nothing.
_LONGEST_WORD = 100
_MOST_LETTERS = 4_000
_MOST_SEARCHES = 20
_CHEAP = 2_000
"""The product of a word's length and the letters to compare it with, in a cheap search."""


def did_you_mean(word: str, known: Iterable[str], said: Sized = ()) -> tuple[str, ...]:
    """The help that suggests the nearest known word, or nothing if none is near.

    Args:
        said: the findings so far, where a file may name very much that is not there.
    """
    if len(word) > _LONGEST_WORD:
        return ()
    names = sorted(known)
    if len(said) >= _MOST_SEARCHES and len(word) * sum(map(len, names)) > _CHEAP:
        return ()
    most = _MOST_LETTERS // (len(word) + 10)
    if len(names) > most:
        place = bisect(names, word)
        names = names[max(0, place - most // 2) : place + most // 2]
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if not near:  # capitals may be all that keeps them apart
        same = {name.lower(): name for name in names}
        near = [same[one] for one in difflib.get_close_matches(word.lower(), same, n=1, cutoff=0.6)]
    return (f"did you mean `{near[0]}`?",) if near else ()


MOST_BESIDE = 24
"""So many names are listed at most where one is not found."""


def suggested(
    path: str, known: Iterable[str], said: Sized = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The helps and the notes for a path that names nothing.

    They are the nearest path, and those that stand beside it. ``said`` is as for
    ``did_you_mean``.
    """
    if len(said) >= _MOST_SEARCHES:
        return (), ()
    known = tuple(known)
    parent = path.rpartition("/")[0]
    beside = [one for one in known if one.rpartition("/")[0] == parent][:MOST_BESIDE]
    return did_you_mean(path, known), (f"there are {listed(beside)}",) if beside else ()


def listed(words: Sequence[str], conjunction: str = "and") -> str:
    """Names in backticks as a sentence lists them: ```a`, `b` and `c```; the rest is counted."""
    quoted = [f"`{word}`" for word in words[:MOST_BESIDE]]
    if len(words) > MOST_BESIDE:
        return f"{', '.join(quoted)} {conjunction} {len(words) - MOST_BESIDE:,} more"
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {conjunction} {quoted[-1]}"
