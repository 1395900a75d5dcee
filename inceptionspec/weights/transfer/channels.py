"""What each channel of a tensor means: a number that layers which pass channels on hand on.

Two tensors have a channel in common where it came from the same filter of the base, by the same
layers. So a layer finds its inputs again after a branch next to them grew, vanished or moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.ir.graph import Graph, Node

#: The number of a channel that the base does not have.
NEW = -1
#: Layers that hand on each channel unchanged at inference.
SAME_VALUE = frozenset({"dropout", "drop_path", "squeeze"})
#: Layers that hand on each channel, with other values.
CHANNELWISE = frozenset(
    {
        "activation", "adaptive_avg_pool", "avg_pool", "batch_norm", "crop", "global_avg_pool",
        "global_max_pool", "group_norm",
        "layer_norm", "layer_scale", "lrn", "max_pool", "normalize", "pad", "prelu", "rescale",
        "softmax", "upsample",
    }
)  # fmt: skip


#: Merges of tensors that have the same channels.
MERGES = frozenset({"add", "multiply"})


class Channels(NamedTuple):
    """The channels of a tensor of the variant.

    Attributes:
        ids: what each channel means: a number of ``Meanings``, or ``NEW``.
        same: whether each channel has, at inference, the values that it has in the base.
    """

    ids: Any
    same: Any

    def changed(self) -> Channels:
        """The same channels with other values."""
        return Channels(self.ids, np.zeros_like(self.same))


class Found(NamedTuple):
    """Where the input channels of a layer come from.

    Attributes:
        source: for each channel of the variant's input the one of the base's, or ``NEW``.
        same: whether each has the base's values.
        others: how many are other channels, which stand where the base's stood.
    """

    source: Any
    same: Any
    others: int = 0


def width(node: Node) -> int:
    """The channels or features of a node's tensor; 0 where they are open."""
    return node.shape[-1] or 0


def is_single_pixel(node: Node) -> bool:
    """Whether a tensor is a vector, or a map of 1x1."""
    return len(node.shape) == 1 or node.shape[:2] == (1, 1)


def new_channels(count: int) -> Channels:
    """Channels that the base does not have."""
    return Channels(np.full(count, NEW), np.zeros(count, bool))


def is_across_channels(node: Node) -> bool:
    """Whether a channel of a tensor depends on the others, and on their order."""
    functions = node.attributes.get("activation"), node.attributes.get("function")
    return node.op in ("group_norm", "layer_norm", "lrn", "softmax") or "softmax" in functions


def is_identity(source: Any, count: int) -> bool:
    """Whether channels are those of the base, in order."""
    return len(source) == count and bool((source == np.arange(count)).all())


class Meanings:
    """The channels of every tensor of the base.

    Attributes:
        ids: for each node the number of each channel.
        mixed: the number of a channel that stands for all channels of the base's input at once.
    """

    def __init__(self, graph: Graph) -> None:
        self._parents: list[Any] = []
        self._count = 0
        self.ids: list[Any] = []
        for node in graph.nodes:
            self.ids.append(self._of(node))
        self.mixed = int(self._new(1)[0])
        self._parent = np.concatenate(self._parents)
        self._inputs = self.ids[0]

    def _new(self, count: int, parents: Any = None) -> Any:
        self._parents.append(np.full(count, NEW) if parents is None else parents)
        self._count += count
        return np.arange(self._count - count, self._count)

    def _of(self, node: Node) -> Any:
        inputs = [self.ids[index] for index in node.inputs]
        if node.op == "concat":
            return np.concatenate(inputs)
        if node.op in SAME_VALUE or (node.op == "flatten" and len(inputs[0]) == width(node)):
            return inputs[0]
        if node.op in CHANNELWISE:
            return self._new(len(inputs[0]), inputs[0])
        if node.op in MERGES:
            return self._new(width(node), latest(inputs))
        return self._new(width(node))

    def up(self, ids: Any) -> Any:
        """What each channel was before the last layer that passed it on."""
        return np.where(ids == NEW, NEW, self._parent[ids])

    def of_input(self, ids: Any) -> Any:
        """Whether each channel is one of the network's input, through whatever passed it on."""
        while True:
            above = self.up(ids)
            if (above == NEW).all():
                return np.isin(ids, self._inputs)
            ids = np.where(above == NEW, ids, above)

    def find(self, wanted: Any, given: Channels) -> Found:
        """Where the channels that a layer of the base reads are in what its counterpart reads.

        Args:
            wanted: the numbers of the base's channels.
            given: the variant's.
        """
        ids, same = given
        if len(ids) == len(wanted) and (ids == wanted).all():
            return Found(np.arange(len(ids)), same)
        source = _positions(wanted, ids)
        same = same & (source != NEW)
        above = wanted
        # A layer in between was left out: what it read takes its place.
        while (source == NEW).any():
            above = np.where(np.isin(np.arange(len(wanted)), source), NEW, self.up(above))
            if (above == NEW).all():
                break
            open_ = np.where(source == NEW, ids, NEW)
            source = np.where(source == NEW, _positions(above, open_), source)
        filled = _in_order(source, len(wanted))
        return Found(filled, same, int((filled != source).sum()))


def latest(inputs: Sequence[Any]) -> Any:
    """The channels that came last in the base, of tensors that are summed or multiplied."""
    longest = max(len(ids) for ids in inputs)
    return max(
        (ids for ids in inputs if len(ids) == longest), key=lambda ids: int(ids.max(initial=NEW))
    )


def _positions(wanted: Any, ids: Any) -> Any:
    """For each number its position among those wanted, the k-th time the k-th; NEW for none."""
    order = np.argsort(wanted, kind="stable")
    ordered = wanted[order]
    first, last = (np.searchsorted(ordered, ids, side) for side in ("left", "right"))
    times = last - first
    seen: dict[int, int] = {}
    nth: Any = np.zeros(len(ids), int)
    for position in np.flatnonzero(times > 1):
        value = int(ids[position])
        nth[position] = seen[value] = seen.get(value, -1) + 1
    at = np.minimum(first + nth % np.maximum(times, 1), len(order) - 1)
    return np.where((times > 0) & (ids != NEW), order[at] if len(order) else NEW, NEW)


def _in_order(source: Any, count: int) -> Any:
    """Sources with other channels in the place of the base's taken for these, where that is plain.

    It is where there is one run of them in each tensor, equally long: what yields them was
    replaced or left out. Their readers were not edited, so they keep their weights.
    """
    new = np.flatnonzero(source == NEW)
    lost = np.setdiff1d(np.arange(count), source)
    if not len(new) or len(new) != len(lost) or any(np.ptp(at) >= len(at) for at in (new, lost)):
        return source
    filled = source.copy()
    filled[new] = lost
    return filled
