"""Patterns of paths: stars, sets of characters, and exclusions.

A pattern is read element by element. A star stands for any part of one element, and a set such
as `[bcd]` or `[b-d]` for one of its characters. A text may hold several patterns with a space
between them; what one that starts with `!` matches is taken away from what the others match,
or from all paths of as many elements if there are no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Sized
from functools import lru_cache

from inceptionspec.diagnostics.suggest import closest

#: What an exclusion starts with.
NOT = "!"
_SET = re.compile(r"\[([^\[\]]*)\]")
_MEMBER = re.compile(r"([A-Za-z0-9_])(?:-([A-Za-z0-9_]))?")


def is_pattern(key: str) -> bool:
    """Whether a key may match several paths."""
    return any(mark in key for mark in ("*", "[", NOT, " "))


def matching(key: str, paths: Iterable[str]) -> list[str]:
    """The paths that a text of patterns matches; none if a pattern cannot be read."""
    wanted, unwanted = split(key.split())
    rules = [_compiled(part) for part in (*wanted, *unwanted)]
    if not all(rules):
        return []
    tests = [rule.fullmatch for rule in rules if rule]
    takes, excludes = tests[: len(wanted)], tests[len(wanted) :]
    if takes:
        found = [path for path in paths if any(test(path) for test in takes)]
    else:
        lengths = {part.count("/") for part in unwanted}
        found = [path for path in paths if path.count("/") in lengths]
    return [path for path in found if not any(test(path) for test in excludes)]


def split(patterns: Iterable[str]) -> tuple[list[str], list[str]]:
    """Patterns, and those that exclude, without their `!`."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for pattern in patterns:
        if pattern.startswith(NOT):
            unwanted.append(pattern[1:])
        else:
            wanted.append(pattern)
    return wanted, unwanted


def fault(key: str) -> tuple[str, ...]:
    """The help for a pattern that cannot be read; empty for one that can."""
    if plain := _other_marks(key):
        return (f"write `{plain}`: a pattern has `*`, sets such as `[bcd]`, and spaces between "
                "several",)  # fmt: skip
    for pattern in key.split():
        if pattern == NOT:
            return (f"write what it excludes behind `{NOT}`, with nothing between them",)
        for element in pattern.removeprefix(NOT).split("/"):
            for written in _SET.findall(element):
                if _characters(written) is None:
                    return _wrong_set(written)
            if "[" in _SET.sub("", element) or "]" in _SET.sub("", element):
                return ("a set is written in brackets, as `Mixed_5[bcd]`",)
            if NOT in element:
                return (
                    f"`{NOT}` stands before a whole pattern, with a space before it, "
                    f"as in `Mixed_5* {NOT}Mixed_5a`",
                )
    return ()


def nearest(key: str, known: Sequence[str], findings: Sized) -> tuple[str, ...]:
    """The help that names the closest path, or the closest pattern for a pattern.

    A pattern keeps its elements that hold a star or a set.
    """
    if wrong := fault(key):
        return wrong
    if " " in key or NOT in key:
        return _nearest_of_several(key, known, findings)
    near = closest(key, known, findings)
    if not near:
        return ()
    elements, others = key.split("/"), near.split("/")
    if not is_pattern(key) or len(elements) != len(others):
        return (f"did you mean `{near}`?",)
    pairs = zip(elements, others, strict=True)
    pattern = "/".join(a if is_pattern(a) else b for a, b in pairs)
    paths = matching(pattern, known)
    if near not in paths:
        return (f"did you mean `{near}`?",)
    count = "1 path" if len(paths) == 1 else f"{len(paths):,} paths"
    return (f"did you mean `{pattern}`, which matches {count}?",)


def idle_pattern(key: str, known: Sequence[str]) -> str:
    """The first of several patterns that matches nothing by itself; empty if there is none."""
    patterns = key.split()
    several = len(patterns) > 1 or key.startswith(NOT)
    idle = (one for one in patterns if several and not matching(one.removeprefix(NOT), known))
    return next(idle, "")


def _nearest_of_several(key: str, known: Sequence[str], findings: Sized) -> tuple[str, ...]:
    """The help for the first of several patterns that matches nothing by itself."""
    wanted, unwanted = split(key.split())
    for pattern in (*wanted, *unwanted):
        if not matching(pattern, known):
            said = nearest(pattern, known, findings) if pattern else ()
            return (f"`{pattern}` matches nothing", *said)
    return ("what it excludes is all that it matches",) if wanted and unwanted else ()


def _other_marks(key: str) -> str:
    """A pattern with our marks for those of other tools; empty if it has none of theirs."""
    plain = re.sub(r"\{(\w(?:,\w)+)\}", lambda found: f"[{found[1].replace(',', '')}]", key)
    plain = re.sub(r"\s*(?:,\s+|\||,$)\s*", " ", plain).strip() if "[" not in key else plain
    plain = plain.replace(".*", "*").replace("?", "*")
    return plain if plain != key and not set(plain) & set(",|?{}.") else ""


def _wrong_set(written: str) -> tuple[str, ...]:
    inside = re.sub("[^A-Za-z0-9_]", "", written)
    if written.startswith((NOT, "^")) and inside:
        return ("a set names what it takes: exclude paths by a pattern of their own, with `!`",)
    if "," in written and inside:
        return (f"write `[{inside}]`: a set holds characters, with nothing between them",)
    return ("a set holds letters, digits and `_`, as `[bcd]` or `[b-d]`",)


@lru_cache(1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The rule for paths that a pattern matches; None if it cannot be read."""
    if not pattern or fault(pattern):
        return None
    return re.compile("/".join(map(_element_rule, pattern.split("/"))))


def _element_rule(element: str) -> str:
    """The rule for an element of a path: the first and the last piece are at its ends.

    Each piece between two stars is taken where it comes first, for good, which is never worse than
    a later place: the time is linear in the element.
    """
    # Stars next to each other match what one of them does.
    first, *others = map(_piece_rule, re.sub(r"\*+", "*", element).split("*"))
    if not others:
        return first
    *middle, last = others
    return "".join((first, *(f"(?>[^/]*?{piece})" for piece in middle), "[^/]*", last))


def _piece_rule(text: str) -> str:
    """The rule for what stands between two stars."""
    parts = _SET.split(text)  # texts and what is in brackets, in turn
    rules = [re.escape(part) for part in parts]
    for number in range(1, len(parts), 2):
        rules[number] = f"[{''.join(sorted(_characters(parts[number]) or ''))}]"
    return "".join(rules)


def _characters(written: str) -> set[str] | None:
    """The characters of a set; None if it is none."""
    found: set[str] = set()
    place = 0
    while place < len(written):
        member = _MEMBER.match(written, place)
        if member is None:
            return None
        first, last = member.group(1), member.group(2) or member.group(1)
        if last < first or (first != last and first.isdigit() != last.isdigit()):
            return None
        between = map(chr, range(ord(first), ord(last) + 1))
        found.update(one for one in between if one.isalnum() or one == "_")
        place = member.end()
    return found or None
