"""A Difference as data: what differs between two networks, by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.ops.record import Shape

#: Attributes or other keys with their values, as YAML has them.
Data = Mapping[str, Any]

#: What only training reads: attributes of layers, keys of norms and of heads. Networks that
#: differ in nothing else give the same outputs for the same weights.
TRAINING = frozenset(
    {
        "bias_init", "bias_l2", "depthwise_init", "depthwise_l2", "init", "l2",
        "norm.momentum", "momentum", "rate",
        "loss_weight", "label_smoothing",
    }
)  # fmt: skip


class NetworkRef(NamedTuple):
    """One of the two networks: its name, where it was read from, its network digest."""

    name: str
    source: str
    digest: str


class Change(NamedTuple):
    """A value that differs, as a spec writes it; None in a network that has no such value.

    ``norm.scale`` is the key ``scale`` of the attribute ``norm``.
    """

    name: str
    old: Any
    new: Any

    @property
    def trains_only(self) -> bool:
        """Whether the value changes training, and nothing that is computed at inference."""
        return self.name in TRAINING


class Layer(NamedTuple):
    """A layer that only one of the networks has.

    ``part`` is the outermost block or head around it that only this network has, or the
    layer's own path. ``inputs`` are paths; a block that ends in a merge has its own path.
    """

    path: str
    part: str
    op: str
    attributes: Data
    inputs: tuple[str, ...]
    shape: Shape


class LayerChange(NamedTuple):
    """A layer of both networks that differs.

    ``shapes`` and ``inputs`` (in branch order) are old and new, or None where they agree.
    A layer that was added or removed in between does not change what a layer reads: inputs
    are compared looking through layers that only one network has.
    """

    old_path: str
    new_path: str
    op: str
    attributes: tuple[Change, ...]
    shapes: tuple[Shape, Shape] | None
    inputs: tuple[tuple[str, ...], tuple[str, ...]] | None

    @property
    def trains_only(self) -> bool:
        """Whether only attributes differ that nothing but training reads."""
        return all(change.trains_only for change in self.attributes)


class Rename(NamedTuple):
    """A new path: of a layer, or of a part.

    ``layers`` of the part keep their own names, or all of them have new ones.
    """

    old: str
    new: str
    layers: int


class HeadChange(NamedTuple):
    """A head that differs, by its keys in a spec; a name is None where there is no head.

    ``layers`` counts the layers of the new head, or of the removed one.
    """

    old: str | None
    new: str | None
    changes: tuple[Change, ...]
    layers: int


class Figures(NamedTuple):
    """What a part costs; the last three are None where height and width are open.

    ``peak_activation_bytes`` is the most that lives while a layer of the part runs,
    including tensors that other parts read later.
    """

    params: int
    trainable_params: int
    macs: int | None
    flops: int | None
    peak_activation_bytes: int | None


class PartCost(NamedTuple):
    """A row of a summary with its figures; None where a network has no such part."""

    old_path: str | None
    new_path: str | None
    old: Figures | None
    new: Figures | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs between two networks. Names alone make no difference.

    Attributes:
        same: the network digests are equal: only names and preprocessing may differ.
        preprocessing: how pictures become inputs, which is no part of the networks.
        common: the old paths of all layers of both networks, by operator.
        added: in the order of the new network; ``removed`` in the order of the old.
        reordered: layers of both networks run in another order, which changes memory.
        parts: the figures of the rows of ``specbuild summary``; ``total`` has the figures
            of the whole networks, and no path.
    """

    old: NetworkRef
    new: NetworkRef
    same: bool
    common: Mapping[str, tuple[str, ...]]
    input: tuple[Change, ...]
    preprocessing: tuple[Change, ...]
    main: Change | None
    heads: tuple[HeadChange, ...]
    added: tuple[Layer, ...]
    removed: tuple[Layer, ...]
    changed: tuple[LayerChange, ...]
    renamed: tuple[Rename, ...]
    reordered: bool
    parts: tuple[PartCost, ...]
    total: PartCost

    def __repr__(self) -> str:
        names = f"{self.old.name} to {self.new.name}"
        return f"<{type(self).__name__} from {sanitize(names)}>"

    @property
    def trains_only(self) -> bool:
        """Whether the networks differ, and in nothing but what only training reads."""
        kept = not (self.input or self.main or self.added or self.removed or self.reordered)
        layers = all(
            layer.inputs is None and layer.shapes is None and layer.trains_only
            for layer in self.changed
        )
        heads = all(
            head.old is not None
            and head.new is not None
            and all(change.trains_only for change in head.changes)
            for head in self.heads
        )
        return not self.same and kept and layers and heads
