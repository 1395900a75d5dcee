"""Alignments of two sequences, against every alignment of short ones."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from inceptionspec.analysis.diff.alignment import align


def aligned(first: str, second: str) -> list[tuple[int, int]]:
    return align(
        [False] * len(first), [False] * len(second), lambda i, j: 4 * (first[i] == second[j])
    )


def worth(pairs: list[tuple[int, int]]) -> int:
    following = sum((i - 1, j - 1) in pairs for i, j in pairs)
    return 4 * len(pairs) + 3 * following


def best_worth(first: str, second: str) -> int:
    """The worth of the best alignment, found by trying all of them."""
    return max(
        worth(list(zip(rows, columns, strict=True)))
        for count in range(min(len(first), len(second)) + 1)
        for rows in combinations(range(len(first)), count)
        for columns in combinations(range(len(second)), count)
        if all(first[i] == second[j] for i, j in zip(rows, columns, strict=True))
    )


def test_what_is_alike_is_paired_in_order() -> None:
    assert aligned("abc", "abc") == [(0, 0), (1, 1), (2, 2)]
    assert aligned("abc", "xaxbxc") == [(0, 1), (1, 3), (2, 5)]
    assert aligned("abc", "") == aligned("", "abc") == aligned("abc", "xyz") == []


def test_pairs_that_follow_each_other_are_preferred() -> None:
    """The one unit is paired with one of three, not with a layer of each."""
    assert aligned("abc", "abcabcabc") in ([(i, i + at) for i in range(3)] for at in (0, 3, 6))


def test_a_block_is_not_split() -> None:
    """`xab` becomes `xb`, not the `x` of one block and the `b` of the next."""
    blocks = [False, True, True, False, True, True]
    pairs = align([False, True], blocks, lambda i, j: 4 * ("xb"[i] == "xcbxbb"[j]))
    assert pairs in ([(0, 3), (1, 4)],)


@pytest.mark.parametrize("seed", range(200))
def test_no_alignment_is_better(seed: int) -> None:
    rng = random.Random(seed)
    first, second = ("".join(rng.choices("abc", k=rng.randint(0, 6))) for _ in range(2))
    pairs = aligned(first, second)
    assert all(first[i] == second[j] for i, j in pairs)
    assert pairs == sorted(pairs)
    assert worth(pairs) == best_worth(first, second)


def test_long_sequences_are_aligned_in_a_band() -> None:
    cells = 0

    def similarity(row: int, column: int) -> int:
        nonlocal cells
        cells += 1
        return 4 * (row % 7 == column % 7)

    pairs = align([True] * 4000, [True] * 4010, similarity)
    assert cells < 4000 * 70
    assert len(pairs) >= 3990
