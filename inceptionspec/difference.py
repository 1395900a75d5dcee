"""What differs between two networks, by path: a Difference as data, which outputs print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from inceptionspec.analyses.costs import costs, total
from inceptionspec.analyses.memory import live_bytes
from inceptionspec.digest import network_digest
from inceptionspec.expanded import written
from inceptionspec.graph import Graph, Head, Node
from inceptionspec.language import PREDICTIONS
from inceptionspec.matching import Pairs, match, one_by_one
from inceptionspec.ops import OPS
from inceptionspec.ops.kinds import NONE, write_real
from inceptionspec.ops.record import REQUIRED, Shape, shape_text

if TYPE_CHECKING:
    from inceptionspec.network import Network

Data = Mapping[str, Any]

# They steer how other attributes come about and compute nothing: as in the digest.
_KNOBS = ("clip", "fixed")


class Side(NamedTuple):
    """One of the two networks: its name, where it was read from, its network digest."""

    name: str
    source: str
    network: str


class Change(NamedTuple):
    """A value that differs, as a spec writes it; None on a side that has no such value.

    ``norm.scale`` is the key ``scale`` of the attribute ``norm``.
    """

    name: str
    old: Any
    new: Any


class Layer(NamedTuple):
    """A layer that one side has alone.

    ``part`` is the outermost block or head of which the other side has nothing, or the
    layer's own path; ``inputs`` are paths.
    """

    path: str
    part: str
    op: str
    attributes: Data
    inputs: tuple[str, ...]
    shape: Shape


class LayerChange(NamedTuple):
    """A layer that both sides have and that is not the same.

    ``shapes`` and ``inputs`` (paths, in branch order) are old and new, or None where they
    agree. Layers that are added or removed in front of a layer do not change its inputs:
    what it read before is compared with what it reads behind them.
    """

    old_path: str
    new_path: str
    op: str
    attributes: tuple[Change, ...]
    shapes: tuple[Shape, Shape] | None
    inputs: tuple[tuple[str, ...], tuple[str, ...]] | None


class Rename(NamedTuple):
    """A path that became another: of a layer, or of a part with so many layers in it."""

    old: str
    new: str
    layers: int


class HeadChange(NamedTuple):
    """A head that differs, by its key in a spec; None on the side that has no such head.

    ``layers`` is how many it has, on the new side unless it was removed.
    """

    old: str | None
    new: str | None
    changes: tuple[Change, ...]
    layers: int


class Figures(NamedTuple):
    """What a part costs; the last three are None where height and width are open.

    ``peak_activation_bytes`` is the most that lives while a layer of the part runs, what
    others need later included.
    """

    params: int
    trainable_params: int
    macs: int | None
    flops: int | None
    peak_activation_bytes: int | None


class PartCost(NamedTuple):
    """A block, group, head or layer at the top with its figures, None where it is not."""

    old_path: str | None
    new_path: str | None
    old: Figures | None
    new: Figures | None


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two networks. Names alone make no difference.

    Attributes:
        same: both compute the same network (one network digest): only ``renamed`` and
            the figures hold anything.
        common: how many layers of each operator both have.
        reordered: layers that both have run in another order, which memory hangs on.
        parts: what ``specbuild summary`` shows as rows; ``total`` is their sum, its peak
            the largest of them.
    """

    old: Side
    new: Side
    same: bool
    common: Mapping[str, int]
    input: tuple[Change, ...]
    main: Change | None
    heads: tuple[HeadChange, ...]
    added: tuple[Layer, ...]
    removed: tuple[Layer, ...]
    changed: tuple[LayerChange, ...]
    renamed: tuple[Rename, ...]
    reordered: bool
    parts: tuple[PartCost, ...]
    total: PartCost


def difference(old: Network, new: Network) -> Difference:
    """Compare two networks under the knobs that they were read with."""
    sides = _side(old), _side(new)
    return _Comparison(old.graph, new.graph, sides).difference()


def _side(network: Network) -> Side:
    return Side(network.name, network.source.name, network_digest(network.graph))


class _Comparison:
    def __init__(self, old: Graph, new: Graph, sides: tuple[Side, Side]) -> None:
        self.old = old
        self.new = new
        self.sides = sides
        self.same = sides[0].network == sides[1].network
        self.attributes = _attributes(old), _attributes(new)
        self.pairs = one_by_one(len(old.nodes)) if self.same else match(old, new, self.attributes)
        self.heads = self._head_pairs()

    def difference(self) -> Difference:
        matched = [(self.old.nodes[a], self.new.nodes[b]) for a, b in self.pairs.matched()]
        common: dict[str, int] = {}
        for node, _ in matched:
            common[node.op] = common.get(node.op, 0) + 1
        parts = _part_costs(self.old, self.new, self.pairs)
        whole = Figures(*(_of_all(self.old))), Figures(*(_of_all(self.new)))
        return Difference(
            *self.sides,
            same=self.same,
            common=common,
            input=self._input(),
            main=self._main(),
            heads=tuple(self._head_changes()),
            added=self._alone(self.new, self.attributes[1], self.pairs.to_old),
            removed=self._alone(self.old, self.attributes[0], self.pairs.to_new),
            changed=tuple(self._changed(matched)),
            renamed=_renames(matched, self.old.names, self.new.names),
            reordered=any(b.index < a.index for (_, a), (_, b) in pairwise(matched)),
            parts=parts,
            total=PartCost("", "", *whole),
        )
