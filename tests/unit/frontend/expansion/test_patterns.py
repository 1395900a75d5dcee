"""Patterns of paths: stars, sets, exclusions, and what is wrong with one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inceptionspec.frontend.expansion.patterns import (
    fault,
    idle_pattern,
    is_pattern,
    matching,
    nearest,
)

PATHS = [
    "Stem", "Mixed_5a", "Mixed_5b", "Mixed_5b/Branch_0", "Mixed_5c", "Mixed_5c/Branch_0",
    "Mixed_5c/Branch_1", "Mixed_5d", "Mixed_10",
]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("Mixed_5b", ["Mixed_5b"]),
        ("Mixed_5[bc]", ["Mixed_5b", "Mixed_5c"]),
        ("Mixed_5[b-d]", ["Mixed_5b", "Mixed_5c", "Mixed_5d"]),
        ("Mixed_[0-9]*", ["Mixed_5a", "Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_10"]),
        ("*_5[ad]", ["Mixed_5a", "Mixed_5d"]),
        ("*[x5][bc]*/Branch_[01]", ["Mixed_5b/Branch_0", "Mixed_5c/Branch_0", "Mixed_5c/Branch_1"]),
        ("Mixed_5* !Mixed_5a", ["Mixed_5b", "Mixed_5c", "Mixed_5d"]),
        ("!Mixed_* !Stem", []),
        ("!Mixed_5*", ["Stem", "Mixed_10"]),
        ("!*/Branch_0", ["Mixed_5c/Branch_1"]),
        ("Stem Mixed_10", ["Stem", "Mixed_10"]),
        ("Mixed_5[bc", []),
        ("Mixed_5[]", []),
        ("Mixed_5[d-b]", []),
        ("Mixed_5.", []),
        ("!", []),
    ],
)
def test_what_a_pattern_matches(pattern: str, paths: list[str]) -> None:
    assert matching(pattern, PATHS) == paths


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("Mixed_5[bc", "a set is written in brackets"),
        ("Mixed_5[b,c]", "write `[bc]`"),
        ("Mixed_5[!a]", "exclude paths by a pattern of their own"),
        ("Mixed_5[d-b]", "a set holds letters, digits and `_`"),
        ("Mixed_5b/!Branch_0", "`!` stands before a whole pattern"),
        ("!", "write what it excludes behind `!`"),
    ],
)
def test_a_pattern_that_cannot_be_read_says_why(pattern: str, words: str) -> None:
    (said,) = fault(pattern)
    assert words in said
    assert nearest(pattern, PATHS, ()) == (said,)


def test_the_nearest_pattern_keeps_stars_and_sets() -> None:
    assert nearest("Mixed_5[bc]/Brunch_0", PATHS, ()) == (
        "did you mean `Mixed_5[bc]/Branch_0`, which matches 2 paths?",
    )
    assert nearest("Stom Mixed_9*", PATHS, ()) == (
        "`Stom` matches nothing",
        "did you mean `Stem`?",
    )
    assert nearest("Stem !St*", PATHS, ()) == ("what it excludes is all that it matches",)


def test_an_exclusion_that_excludes_nothing_is_known() -> None:
    assert idle_pattern("Mixed_5* !Mixed_5e", PATHS) == "!Mixed_5e"
    assert idle_pattern("Mixed_5* !Mixed_5a", PATHS) == ""


NAMES = st.text("ab_1", min_size=1, max_size=6)
PIECES = st.lists(st.sampled_from(["*", "[ab]", "[a-b]", "[1_]", "a", "b", "_", "1"]), max_size=6)


@given(PIECES, st.lists(NAMES, max_size=8))
def test_one_element_matches_what_a_regular_expression_matches(
    pieces: list[str], names: list[str]
) -> None:
    pattern = "a" + "".join(pieces)
    rule = re.compile(pattern.replace("*", ".*"))
    assert matching(pattern, names) == [name for name in names if rule.fullmatch(name)]
    assert is_pattern(pattern) == any(mark in pattern for mark in "*[")
