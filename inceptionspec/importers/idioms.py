"""What models spell out in several layers, as the one layer that a spec has for it.

Each rule takes a layer and what it reads, where nothing else reads that. All are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from inceptionspec.importers.imported_network import ImportedLayer, ImportedNetwork
from inceptionspec.importers.pruning import ancestors
from inceptionspec.importers.shapes import parsed, without_defaults
from inceptionspec.ops.attribute_types import PADDING, SIDES, write_real
from inceptionspec.ops.window import window_reach

_SLACK = 1e-6
"""What a third or a sixth in single precision may be off."""
#: What a product of x and a function of x is called.
_GATED: Mapping[str, str] = {"hard_sigmoid": "hard_swish", "sigmoid": "silu"}
_POOLS = frozenset({"max_pool", "avg_pool"})
_WINDOWED = _POOLS | {"conv", "depthwise_conv", "separable_conv"}


def with_idioms(network: ImportedNetwork) -> ImportedNetwork:
    """The same network with fewer layers."""
    return _Idioms(network).result()


class _Idioms:
    """The layers so far, by name, and how often each is read."""

    def __init__(self, network: ImportedNetwork) -> None:
        self._network = network
        self._readers = Counter(name for layer in network.layers for name in layer.inputs)
        self._readers.update(network.outputs)
        self._layers: dict[str, ImportedLayer] = {}
        self._renamed: dict[str, str] = {}

    def result(self) -> ImportedNetwork:
        """The network, with every rule applied wherever it fits."""
        for layer in self._network.layers:
            inputs = tuple(self._renamed.get(name, name) for name in layer.inputs)
            self._add(replace(layer, inputs=inputs))
        ends = tuple(self._renamed.get(name, name) for name in self._network.outputs)
        needed = ancestors(self._layers, ends)
        kept = tuple(layer for name, layer in self._layers.items() if name in needed)
        return replace(self._network, layers=kept, outputs=ends)

    def _add(self, layer: ImportedLayer) -> None:
        found = next((new for rule in _RULES if (new := rule(self, layer)) is not None), layer)
        if found.name != layer.name:  # it took the place of the one before it
            self._renamed[layer.name] = found.name
            self._readers[found.name] = self._readers[layer.name]
            del self._layers[found.name]
        self._layers[found.name] = found

    def before(self, layer: ImportedLayer) -> ImportedLayer | None:
        """The only layer that a layer reads, if nothing else reads that."""
        return self.own(layer.inputs[0]) if len(layer.inputs) == 1 else None

    def own(self, name: str) -> ImportedLayer | None:
        """A layer that is read once."""
        return self._layers.get(name) if self._readers[name] == 1 else None


def _hard_sigmoid(known: _Idioms, layer: ImportedLayer) -> ImportedLayer | None:
    """Relu6(x + 3) / 6."""
    bounded = known.before(layer) if _rescales(layer, 1 / 6, 0) else None
    if bounded is None or _function(bounded) != "relu6":
        return None
    moved = known.before(bounded)
    if moved is None or not _rescales(moved, 1, 3):
        return None
    return _activation(layer, "hard_sigmoid", moved)


def _gated(known: _Idioms, layer: ImportedLayer) -> ImportedLayer | None:
    """The product of x and a function of x."""
    if layer.op != "multiply" or len(layer.inputs) != 2 or layer.attributes:
        return None
    for source, gate in (layer.inputs, layer.inputs[::-1]):
        held = known.own(gate)
        if held is not None and held.inputs == (source,):
            name = _GATED.get(str(_function(held)))
            if name is not None:
                return _activation(layer, name, held)
    return None


def _scaled_sum(known: _Idioms, layer: ImportedLayer) -> ImportedLayer | None:
    """A sum in which all terms but the first have one factor."""
    if layer.op != "add" or parsed("add", layer.attributes)["scale"] != 1:
        return None
    terms = [(name, *_factor(known, name)) for name in layer.inputs]
    terms.sort(key=lambda term: term[1] != 1)  # stable: the order of a sum changes nothing
    factors = {factor for _, factor, _ in terms[1:]}
    if len(factors) != 1 or factors == {1} or terms[0][1] != 1:
        return None
    inputs = (terms[0][0], *(source for _, _, source in terms[1:]))
    scale = write_real(factors.pop())
    return replace(layer, attributes={**layer.attributes, "scale": scale}, inputs=inputs)


def _factor(known: _Idioms, name: str) -> tuple[float, str]:
    """The factor of a term, and what it is a factor of."""
    held = known.own(name)
    if held is not None and held.op == "rescale":
        given = parsed("rescale", held.attributes)
        if given["offset"] == 0 and isinstance(given["scale"], float):
            return given["scale"], held.inputs[0]
    return 1, name


def _cropped(known: _Idioms, layer: ImportedLayer) -> ImportedLayer | None:
    """A pool of which pixels are cut off that padding made: one with less padding."""
    pool = known.before(layer) if layer.op == "crop" else None
    if pool is None or pool.op not in _POOLS:
        return None
    given = parsed(pool.op, pool.attributes)
    pads = _pads(given)
    if pads is None or given["stride"] != (1, 1):
        return None
    cut = parsed("crop", layer.attributes)["pixels"]
    left = tuple(pixels - gone for pixels, gone in zip(pads, cut, strict=True))
    return None if min(left) < 0 else _changed(pool, padding=PADDING.write(left))


def _subsampled(known: _Idioms, layer: ImportedLayer) -> ImportedLayer | None:
    """A window of stride 1 of whose pixels some are kept: a window of that stride."""
    if layer.op != "max_pool":
        return None
    pool = parsed("max_pool", layer.attributes)
    window = known.before(layer)
    if pool["kernel"] != (1, 1) or window is None or window.op not in _WINDOWED:
        return None
    if pool["padding"] not in ("same", "valid") or pool["clip"] or pool.get("ceil"):
        return None
    given = parsed(window.op, window.attributes)
    pads = _pads(given)
    if pads is None or given["stride"] != (1, 1):
        return None
    return _changed(window, padding=PADDING.write(pads), stride=SIDES.write(pool["stride"]))


def _pads(given: Mapping[str, Any]) -> tuple[int, ...] | None:
    """The pixels that a window of stride 1 adds; None where its size follows the map."""
    if given["kernel"] == "map" or given["clip"] or given.get("ceil"):
        return None
    if given["padding"] == "valid":
        return (0, 0, 0, 0)
    if given["padding"] != "same":
        return tuple(given["padding"])
    reach = [window_reach(given, axis) - 1 for axis in (0, 1)]
    return tuple(part for whole in reach for part in (whole // 2, whole - whole // 2))


def _changed(layer: ImportedLayer, **attributes: Any) -> ImportedLayer:
    given = {**layer.attributes, **attributes}
    if given["padding"] == 0:
        given["padding"] = "valid"
    return replace(layer, attributes=without_defaults(layer.op, given))


def _function(layer: ImportedLayer) -> Any:
    return layer.attributes["function"] if layer.op == "activation" else None


def _rescales(layer: ImportedLayer, scale: float, offset: float) -> bool:
    if layer.op != "rescale":
        return False
    given = parsed("rescale", layer.attributes)
    return _is_near(given["scale"], scale) and _is_near(given["offset"], offset)


def _activation(layer: ImportedLayer, function: str, of: ImportedLayer) -> ImportedLayer:
    return ImportedLayer(layer.name, "activation", {"function": function}, of.inputs)


def _is_near(value: Any, wanted: float) -> bool:
    return isinstance(value, int | float) and abs(value - wanted) < _SLACK


#: What may make one layer of several. The first that fits does.
_RULES: tuple[Callable[[_Idioms, ImportedLayer], ImportedLayer | None], ...] = (
    _hard_sigmoid,
    _gated,
    _scaled_sum,
    _cropped,
    _subsampled,
)
