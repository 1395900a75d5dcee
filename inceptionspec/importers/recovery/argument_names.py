"""What the arguments of a block are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.importers.recovery.nest import Row, Split

_FILTERS = "filters"
_OUTPUT = "output"
#: From how many counts on they are called by the layers that they belong to.
_MANY = 3


def argument_names(
    layers: Sequence[Layer], row: Row, attributes: Sequence[str], places: Sequence[int], last: int
) -> list[str]:
    """A name for each argument of a block.

    Args:
        layers: all layers.
        row: the block's, of its first call.
        attributes: what each argument gives.
        places: the first layer that each argument gives it to.
        last: which of the arguments gives the last count of the block.
    """
    counts = [attribute in (_FILTERS, "units") for attribute in attributes]
    parts = _parts(layers, row) if sum(counts) > 1 else {}
    modular = isinstance(row[-1], Split) and layers[row[-1].merge].op == "concat"
    roles = _roles(layers, row) if modular and sum(counts) >= _MANY else {}
    stems = []
    for number, (attribute, place) in enumerate(zip(attributes, places, strict=True)):
        if not counts[number]:
            stems.append(attribute)
        else:
            stems.append(parts.get(place) or roles.get(place) or _FILTERS)
    if stems.count(_FILTERS) > 1 and last >= 0 and stems[last] == _FILTERS:
        stems[last] = _OUTPUT
    seen: Counter[str] = Counter()
    names = []
    for stem in stems:
        seen[stem] += 1
        names.append(stem if seen[stem] == 1 else f"{stem}_{seen[stem]}")
    return names


def _parts(layers: Sequence[Layer], row: Row, *, gate: bool = False) -> Mapping[int, str]:
    """Convolutions that widen what a depthwise one reads, and those that narrow a gate."""
    found: dict[int, str] = {}
    for number, item in enumerate(row):
        if isinstance(item, Split):
            inside = layers[item.merge].op == "multiply"
            for branch in item.branches:
                found.update(_parts(layers, branch, gate=inside))
            continue
        assert isinstance(item, int)
        after = row[number + 1] if number + 1 < len(row) else None
        if gate and layers[item].op in ("conv", "dense") and "squeeze" not in found.values():
            found[item] = "squeeze"
        elif isinstance(after, int) and layers[after].op == "depthwise_conv":
            found[item] = "expand"
    return found


def _roles(layers: Sequence[Layer], row: Row) -> Mapping[int, str]:
    """What each convolution is for: to reduce what a larger one reads, to convolve, to project."""
    found: dict[int, str] = {}
    for number, item in enumerate(row):
        if isinstance(item, Split):
            for branch in item.branches:
                found.update(_roles(layers, branch))
            continue
        assert isinstance(item, int)
        side = _side(layers, item)
        if not side:
            continue
        after = row[number + 1] if number + 1 < len(row) else None
        before = row[number - 1] if number else None
        if side == 1 and isinstance(after, int) and _side(layers, after) > 1:
            found[item] = f"reduce{_side(layers, after)}"
        elif isinstance(before, int) and layers[before].op.endswith("_pool"):
            found[item] = "pool"
        else:
            found[item] = f"conv{side}"
    return found


def _side(layers: Sequence[Layer], index: int) -> int:
    """The longer side of a convolution's kernel; 0 for other layers."""
    layer = layers[index]
    return max(layer.attributes["kernel"]) if layer.op == "conv" else 0
