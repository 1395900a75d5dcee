"""The rows of two networks (see ``structure``) to one row of what is in either.

Layers that are the same layer stand once. What only one network has stays where it was, at
every depth: in its row, as a branch of its fork, or around what the other network has there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from inceptionspec.analysis.diff.matching import Pairs
from inceptionspec.drawing.diagram.structure import Fork, Item, Leaf


class One(NamedTuple):
    """A layer by its number in either network; None in one that lacks it."""

    old: int | None
    new: int | None


@dataclass(frozen=True, slots=True)
class Instead:
    """What the old network has in a place, and what the new one has there; one may be empty."""

    old: tuple[MergedItem, ...]
    new: tuple[MergedItem, ...]


class Branch(NamedTuple):
    """A branch, and which of the two networks have it."""

    row: tuple[MergedItem, ...]
    in_old: bool
    in_new: bool


@dataclass(frozen=True, slots=True)
class Split:
    """Branches, and the layer where they meet."""

    branches: tuple[Branch, ...]
    merge: One


MergedItem = One | Instead | Split
MergedRow = tuple[MergedItem, ...]


def merged_row(old: Sequence[Item], new: Sequence[Item], pairs: Pairs) -> MergedRow:
    """One row of two. Layers that changed their order stand at both places."""
    return _Merger(pairs).row(old, new)


class _Match(NamedTuple):
    """Items of the old row that stand for items of the new one: from, and up to excluding."""

    old_from: int
    old_to: int
    new_from: int
    new_to: int
    pairs: int


class _Merger:
    def __init__(self, pairs: Pairs) -> None:
        self.to_new, self.to_old = pairs.to_new, pairs.to_old

    def row(self, old: Sequence[Item], new: Sequence[Item]) -> MergedRow:
        result: list[MergedItem] = []
        at_old = at_new = 0
        for match in _in_order(self._matches(old, new), len(new)):
            result += _instead(old[at_old : match.old_from], new[at_new : match.new_from])
            at_old, at_new = match.old_to, match.new_to
            result += self._meet(old[match.old_from : at_old], new[match.new_from : at_new])
        return (*result, *_instead(old[at_old:], new[at_new:]))

    # Which items stand for each other

    def _matches(self, old: Sequence[Item], new: Sequence[Item]) -> Iterator[_Match]:
        """Layers that are pairs, forks that are, and a fork around several items."""
        place = {node: at for at, item in enumerate(new) for node in _layers(item)}
        shared: Counter[tuple[int, int]] = Counter()
        for at, item in enumerate(old):
            for node in _layers(item):
                twin = self.to_new[node]
                if twin in place:
                    shared[at, place[twin]] += 1
        of_old: dict[int, list[int]] = defaultdict(list)
        of_new: dict[int, list[int]] = defaultdict(list)
        for (first, second), count in shared.items():
            of_old[first].append(second)
            of_new[second].append(first)
            if self._alike(old[first], new[second]):
                yield _Match(first, first + 1, second, second + 1, 1 + count)
        for first, others in of_old.items():
            if isinstance(old[first], Fork):
                count = sum(shared[first, second] for second in others)
                if not any(self._alike(old[first], new[second]) for second in others):
                    yield _Match(first, first + 1, min(others), max(others) + 1, count)
        for second, others in of_new.items():
            if isinstance(new[second], Fork):
                count = sum(shared[first, second] for first in others)
                if not any(self._alike(old[first], new[second]) for first in others):
                    yield _Match(min(others), max(others) + 1, second, second + 1, count)

    def _alike(self, old: Item, new: Item) -> bool:
        """Whether two items are one: the same layer, or forks that meet in the same one."""
        if isinstance(old, Leaf) and isinstance(new, Leaf):
            return True
        if not (isinstance(old, Fork) and isinstance(new, Fork)):
            return False
        twin = self.to_new[old.merge]
        return twin == new.merge or (twin is None and self.to_old[new.merge] is None)

    def _meet(self, old: Sequence[Item], new: Sequence[Item]) -> MergedRow:
        one, other = old[0], new[0]
        if len(old) == len(new) == 1 and self._alike(one, other):
            if isinstance(one, Fork) and isinstance(other, Fork):
                return self._forks(one, other)
            return (One(_last(one), _last(other)),)
        if len(new) == 1 and isinstance(other, Fork) and not self._holds_merge(one, other, old):
            return self._around_old(old, other)
        assert isinstance(one, Fork)
        return self._around_new(one, new)

    def _holds_merge(self, one: Item, other: Fork, old: Sequence[Item]) -> bool:
        """Whether a new fork ends inside of the old one, which is around it then."""
        return (
            len(old) == 1
            and isinstance(one, Fork)
            and self.to_old[other.merge] in set(_layers(one))
        )

    def _around_old(self, old: Sequence[Item], fork: Fork) -> MergedRow:
        """A fork that only the new network has, around items of the old one."""
        at = self._branch(fork, self.to_old, {node for item in old for node in _layers(item)})
        branches = tuple(
            Branch(self.row(old, branch), True, True)
            if number == at
            else Branch(_only_new(branch), False, True)
            for number, branch in enumerate(fork.branches)
        )
        return (Split(branches, One(None, fork.merge)),)

    def _around_new(self, fork: Fork, new: Sequence[Item]) -> MergedRow:
        """A fork that only the old network has, around items of the new one."""
        at = self._branch(fork, self.to_new, {node for item in new for node in _layers(item)})
        branches = tuple(
            Branch(self.row(branch, new), True, True)
            if number == at
            else Branch(only_old(branch), True, False)
            for number, branch in enumerate(fork.branches)
        )
        return (Split(branches, One(fork.merge, None)),)

    def _branch(self, fork: Fork, twins: Sequence[int | None], inside: set[int]) -> int:
        """The branch of a fork that holds most of the layers that the other network has there."""
        counts = [
            sum(twins[node] in inside for item in branch for node in _layers(item))
            for branch in fork.branches
        ]
        return counts.index(max(counts))

    def _forks(self, old: Fork, new: Fork) -> MergedRow:
        """Two forks as one: their branches by what they hold, then by what they lack."""
        one = self.to_new[old.merge] == new.merge
        partner = self._branches(old, new, one)
        gone: dict[int, list[Branch]] = defaultdict(list)  # by the new branch before them
        before = -1
        for number, row in enumerate(old.branches):
            if number in partner:
                before = partner[number]
            else:
                gone[before].append(Branch(only_old(row), True, False))
        came_from = {second: first for first, second in partner.items()}
        branches = [*gone[-1]]
        for number, row in enumerate(new.branches):
            if number in came_from:
                branches.append(Branch(self.row(old.branches[came_from[number]], row), True, True))
            else:
                branches.append(Branch(_only_new(row), False, True))
            branches += gone[number]
        if one:
            return (Split(tuple(branches), One(old.merge, new.merge)),)
        return (
            Split(tuple(branches), One(None, new.merge)),
            Instead((One(old.merge, None),), ()),
        )

    def _branches(self, old: Fork, new: Fork, one: bool) -> dict[int, int]:
        """The new branch of each old one that goes on."""
        place = {
            node: at
            for at, row in enumerate(new.branches)
            for item in row
            for node in _layers(item)
        }
        shared: Counter[tuple[int, int]] = Counter()
        for at, row in enumerate(old.branches):
            for item in row:
                for node in _layers(item):
                    twin = self.to_new[node]
                    if twin in place:
                        shared[at, place[twin]] += 1
        partner: dict[int, int] = {}
        taken: set[int] = set()
        for first, second in sorted(shared, key=lambda pair: (-shared[pair], pair)):
            if first not in partner and second not in taken:
                partner[first] = second
                taken.add(second)
        if not one:
            return partner
        # Branches without a layer are the same branch. So is one that got, or lost, all of them.
        for gained in (False, True):
            first_left = [at for at in range(len(old.branches)) if at not in partner]
            second_left = [at for at in range(len(new.branches)) if at not in taken]
            for first in first_left:
                for second in second_left:
                    empty = not old.branches[first], not new.branches[second]
                    if second not in taken and (any(empty) if gained else all(empty)):
                        partner[first] = second
                        taken.add(second)
                        break
        return partner


def _in_order(matches: Iterable[_Match], width: int) -> list[_Match]:
    """The matches of most pairs that follow each other in both rows.

    A search for the heaviest increasing subsequence. ``best`` holds, by where they end in the
    new row, only chains that are heavier than all that end before.
    """
    found = sorted(matches)
    ends = sorted(range(len(found)), key=lambda at: found[at].old_to)
    weight = [0] * len(found)
    previous = [-1] * len(found)
    best: list[tuple[int, int, int]] = []  # where it ends, its weight, its last match
    closed = 0
    for at, match in enumerate(found):
        while closed < len(ends) and found[ends[closed]].old_to <= match.old_from:
            _enter(best, (found[ends[closed]].new_to, weight[ends[closed]], ends[closed]))
            closed += 1
        place = bisect_left(best, (match.new_from + 1, 0, 0))
        weight[at] = match.pairs
        if place:
            weight[at] += best[place - 1][1]
            previous[at] = best[place - 1][2]
    chain: list[_Match] = []
    at = max(range(len(found)), key=lambda at: weight[at], default=-1)
    while at >= 0:
        chain.append(found[at])
        at = previous[at]
    return chain[::-1]


def _enter(best: list[tuple[int, int, int]], chain: tuple[int, int, int]) -> None:
    place = bisect_left(best, (chain[0] + 1, 0, 0))
    if place and best[place - 1][1] >= chain[1]:
        return
    low = bisect_left(best, (chain[0], 0, 0))
    high = low
    while high < len(best) and best[high][1] <= chain[1]:
        high += 1
    best[low:high] = [chain]


# Items of one network


def _instead(old: Sequence[Item], new: Sequence[Item]) -> list[MergedItem]:
    if not old and not new:
        return []
    return [Instead(only_old(old), _only_new(new))]


def only_old(row: Sequence[Item]) -> MergedRow:
    """A row that only the old network has."""
    return tuple(_only(item, is_new=False) for item in row)


def _only_new(row: Sequence[Item]) -> MergedRow:
    return tuple(_only(item, is_new=True) for item in row)


def _only(item: Item, is_new: bool) -> MergedItem:
    end = One(None, _last(item)) if is_new else One(_last(item), None)
    if not isinstance(item, Fork):
        return end
    return Split(
        tuple(
            Branch(tuple(_only(inner, is_new) for inner in row), not is_new, is_new)
            for row in item.branches
        ),
        end,
    )


def _last(item: Item) -> int:
    """The layer that an item ends in."""
    if isinstance(item, Leaf):
        return item.box
    assert isinstance(item, Fork)
    return item.merge


def _layers(item: Item) -> Iterator[int]:
    """All layers of an item."""
    waiting = [item]
    while waiting:
        item = waiting.pop()
        yield _last(item)
        if isinstance(item, Fork):
            waiting += [inner for row in item.branches for inner in row]
