"""Two sequences to the pairs of their best alignment.

Needleman and Wunsch (1970), with a reward for pairs that follow each other in place of a
penalty for gaps. Long sequences are aligned in a band around the diagonal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

#: What a pair gains whose predecessors are a pair, too, and more if they are in its block.
_FOLLOWS, _IN_BLOCK = 3, 4
#: Cells on either side of the diagonal: the minimum, and a budget that few rows share.
_NARROWEST, _CELLS = 32, 20_000
_NEVER = -1
_PAIR, _SKIP_FIRST, _SKIP_SECOND = range(3)


def align(
    first: Sequence[bool], second: Sequence[bool], similarity: Callable[[int, int], int]
) -> list[tuple[int, int]]:
    """The pairs of the best alignment, in order.

    Args:
        first: for each member of the first sequence, whether the one before it is in the
            same block.
        second: the same for the second.
        similarity: what pairing two members is worth; 0 where they cannot be a pair.

    Takes time in proportion to the first sequence beyond 600 members.
    """
    rows, columns = len(first), len(second)
    width = max(_NARROWEST, _CELLS // max(rows, 1))
    starts: list[int] = []  # the second member at which each row of the band starts
    steps: list[bytearray] = []  # what the best alignment up to a cell ends in
    continues: list[bytearray] = []  # whether the pair of a cell follows another
    best = [0] * (columns + 1)  # of the first members so far and each number of second ones
    above: list[int] = []  # the same if it ends in a pair, for the row above
    above_start = 0
    for row, inside in enumerate(first):
        middle = row * columns // rows
        start, stop = max(0, middle - width), min(columns, middle + width + 1)
        step, follow = bytearray(stop - start), bytearray(stop - start)
        pairs: list[int] = []
        diagonal = best[start]
        for column in range(start, stop):
            value = similarity(row, column)
            pair = _NEVER
            if value:
                before = column - 1 - above_start
                chained = above[before] if 0 <= before < len(above) else _NEVER
                reward = _FOLLOWS + (_IN_BLOCK if inside and second[column] else 0)
                pair = diagonal + value
                if chained != _NEVER and chained + reward >= diagonal:
                    pair = chained + reward + value
                    follow[column - start] = True
            pairs.append(pair)
            top, left = best[column + 1], best[column]
            diagonal = top
            if pair >= top and pair >= left and pair != _NEVER:
                best[column + 1], step[column - start] = pair, _PAIR
            elif top >= left:
                step[column - start] = _SKIP_FIRST
            else:
                best[column + 1], step[column - start] = left, _SKIP_SECOND
        starts.append(start)
        steps.append(step)
        continues.append(follow)
        above, above_start = pairs, start
    return _traced(starts, steps, continues)


def _traced(
    starts: list[int], steps: list[bytearray], continues: list[bytearray]
) -> list[tuple[int, int]]:
    """The way back from the last cell."""
    found: list[tuple[int, int]] = []
    row = len(starts) - 1
    column = starts[row] + len(steps[row]) - 1 if steps else -1
    chained = False
    while row >= 0 and column >= 0:
        at = min(column - starts[row], len(steps[row]) - 1)
        if at < 0:  # left of the band: an earlier row holds the cell
            row -= 1
            continue
        column = starts[row] + at
        if chained or steps[row][at] == _PAIR:
            found.append((row, column))
            chained = bool(continues[row][at])
            row, column = row - 1, column - 1
        elif steps[row][at] == _SKIP_FIRST:
            row -= 1
        else:
            column -= 1
    return found[::-1]
