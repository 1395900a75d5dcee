"""New paths of layers, and of the blocks around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from inceptionspec.analysis.diff.difference import Rename
from inceptionspec.analysis.diff.matching import Pairs
from inceptionspec.ir.graph import Graph

_Paths = tuple[str, str]


def renames(old: Graph, new: Graph, pairs: Pairs) -> tuple[Rename, ...]:
    """Every new name once: of a block, and of the layers in it with other names.

    A block counts the layers in it that keep their names, or all of them if none does.
    """
    moved = [
        (old.nodes[before].path, new.nodes[after].path)
        for before, after in pairs.matched()
        if old.nodes[before].path != new.nodes[after].path
    ]
    parts = _renamed_parts(moved, old, new)
    kept: Counter[_Paths] = Counter()
    alone: Counter[_Paths] = Counter()
    for paths in moved:
        first, *others = _new_names(paths, parts)
        kept[first] += 1
        alone.update(others)
    return tuple(
        Rename(*paths, kept[paths] or count) for paths, count in _merged(kept, alone).items()
    )


def _merged(kept: Counter[_Paths], alone: Counter[_Paths]) -> Mapping[_Paths, int]:
    return {**kept, **{paths: count for paths, count in alone.items() if paths not in kept}}


def _new_names(paths: _Paths, parts: Mapping[str, str]) -> Iterator[_Paths]:
    """The renames between two paths, the innermost first."""
    while True:
        above = _above(paths[0]), _above(paths[1])
        renamed = bool(above[0]) and parts.get(above[0]) == above[1]
        if not renamed or _last(paths[0]) != _last(paths[1]):
            yield paths
        if not renamed:
            return
        paths = above


def _renamed_parts(moved: Iterable[_Paths], old: Graph, new: Graph) -> dict[str, str]:
    """The parts that became another as a whole: neither side has both names.

    Where layers of one part went to several, most of them decide.
    """
    shared: Counter[_Paths] = Counter()
    for before, after in moved:
        before, after = _above(before), _above(after)
        while before and after and before not in new.names and after not in old.names:
            shared[before, after] += 1
            before, after = _above(before), _above(after)
    new_names: dict[str, str] = {}
    taken: set[str] = set()
    # Where as many went to another part, the order of names decides, from either side alike.
    for before, after in sorted(shared, key=lambda paths: (-shared[paths], *sorted(paths))):
        if before not in new_names and after not in taken:
            new_names[before] = after
            taken.add(after)
    return new_names


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _last(path: str) -> str:
    return path.rpartition("/")[2]
