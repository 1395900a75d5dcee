"""A Difference as data: what differs between two networks, by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.ops.record import Shape

#: Attributes or other keys with their values, as YAML has them.
Data = Mapping[str, Any]


class Side(NamedTuple):
    """One of the two networks: its name, where it was read from, its network digest."""

    name: str
    source: str
    digest: str


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
    layer's own path. ``inputs`` are paths, the block's own where it ends in a merge.
    """

    path: str
    part: str
    op: str
    attributes: Data
    inputs: tuple[str, ...]
    shape: Shape


class LayerChange(NamedTuple):
    """A layer that both sides have and that is not the same.

    ``shapes`` and ``inputs`` (in branch order) are old and new, or None where they agree.
    What was only put or taken in between does not change what a layer reads: inputs are
    compared behind layers that one side has alone.
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
    """A head that differs, by its keys in a spec; None for the name where it is not.

    ``layers`` counts those of the new head, or of the one that was removed.
    """

    old: str | None
    new: str | None
    changes: tuple[Change, ...]
    layers: int


class Figures(NamedTuple):
    """What a part costs; the last three are None where height and width are open.

    ``peak_activation_bytes`` is the most that lives while a layer of the part runs, with
    what layers of other parts will read later.
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
        same: both compute the same, with one network digest: only names may differ.
        common: the old paths of all layers that both have, by operator.
        added: in the order of the new network, ``removed`` in that of the old.
        reordered: layers that both have run in another order, which memory hangs on.
        parts: the figures of what ``specbuild summary`` shows as rows; ``total`` has
            those of the whole network, and no path.
    """

    old: Side
    new: Side
    same: bool
    common: Mapping[str, tuple[str, ...]]
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

    def __repr__(self) -> str:
        names = f"{self.old.name} to {self.new.name}"
        return f"<{type(self).__name__} from {sanitize(names)}>"
