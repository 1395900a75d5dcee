"""What most layers of an operator share is written once, under ``defaults``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from inceptionspec.importers.recovery.layer import Layer, short
from inceptionspec.ops import MERGE_OPS, OPS
from inceptionspec.ops.epilogue import BATCH_NORM_ATTRIBUTES

#: Attributes that tell one layer from the next: they stay on its line.
_OWN = frozenset(("filters", "units", "fixed", "clip", "function", "rate"))
#: What tells one convolution from the next, too, and is usual for a pool.
_OWN_OF_CONVOLUTIONS = frozenset(("stride", "dilation", "groups", "depth_multiplier"))
#: The share of layers that must have a value which has no default of the operator.
_MOST = 0.8
_FEWEST = 3
_NORM = "batch_norm"
#: What a layer without a bias need not say.
_OF_BIAS = ("bias_init", "bias_l2")

Data = dict[str, Any]
#: A layer of the text, and the attributes that an argument or an expression gives.
Site = tuple[Layer, Collection[str]]


class Defaults:
    """The section, and what a line says next to it.

    Attributes:
        section: the usual attributes by operator, in YAML terms.
    """

    def __init__(self, sites: Iterable[Site]) -> None:
        sites = list(sites)
        self.section: dict[str, Data] = {}
        norm = _usual_norm(layer for layer, _ in sites)
        if norm:
            self.section[_NORM] = norm
        by_op: dict[str, list[Site]] = defaultdict(list)
        for layer, given in sites:
            by_op[layer.op].append((layer, given))
        for op, own in by_op.items():
            if op != _NORM and op not in MERGE_OPS:  # a merge is a word next to its branches
                usual = self._usual(op, own)
                if usual:
                    self.section[op] = usual
        order = {name: number for number, name in enumerate(OPS)}
        self.section = dict(sorted(self.section.items(), key=lambda item: order[item[0]]))

    def line(self, layer: Layer, given: Mapping[str, Any]) -> Data:
        """The attributes of a layer that its line must say.

        Args:
            given: what an argument or an expression gives instead of a value.
        """
        usual = self.section.get(layer.op, {})
        data: Data = {}
        for attribute in layer.record.attributes:
            name = attribute.name
            if name in given:
                data[name] = given[name]
                continue
            value = self._value(layer, name)
            if not _says(layer, name, usual.get(name, attribute.default), value):
                data[name] = value
        return data

    def _value(self, layer: Layer, name: str) -> Any:
        """An attribute as a line gives it."""
        attribute = next(a for a in layer.record.attributes if a.name == name)
        value = short(attribute.kind.write(layer.attributes[name]))
        if name == "norm" and isinstance(value, dict):
            usual = self.section.get(_NORM, {})
            own = {
                a.name: value[a.name]
                for a in BATCH_NORM_ATTRIBUTES
                if value[a.name] != usual.get(a.name, a.kind.write(a.kind.parse(a.default)))
            }
            return {"op": _NORM, **own} if own else _NORM
        return value

    def _usual(self, op: str, sites: list[Site]) -> Data:
        found: Data = {}
        for attribute in OPS[op].attributes:
            name = attribute.name
            if name in _OWN or (name in _OWN_OF_CONVOLUTIONS and not op.endswith("_pool")):
                continue
            own = [layer for layer, given in sites if name not in given]
            counts = Counter(repr(self._value(layer, name)) for layer in own)
            values = {repr(self._value(layer, name)): self._value(layer, name) for layer in own}
            if not counts:
                continue
            text, count = counts.most_common(1)[0]
            value = values[text]
            if attribute.required:
                if len(own) >= _FEWEST and count >= _MOST * len(sites):
                    found[name] = value
                continue
            silent = sum(
                _says(layer, name, attribute.default, self._value(layer, name)) for layer in own
            )
            spoken = sum(_says(layer, name, value, self._value(layer, name)) for layer in own)
            if spoken > silent + 1:
                found[name] = value
        return found


def _says(layer: Layer, name: str, usual: Any, value: Any) -> bool:
    """Whether a layer has a value already if its line leaves it out."""
    if usual == value:
        return True
    if name == "bias" and usual == "auto":
        return bool(value == (layer.attributes["norm"] is None))
    return name in _OF_BIAS and not layer.attributes["bias"]


def _usual_norm(layers: Iterable[Layer]) -> Data:
    """The commonest attributes of norms, where they are not the operator's own."""
    norms = [
        layer.attributes if layer.op == _NORM else layer.attributes["norm"]
        for layer in layers
        if layer.op == _NORM or layer.attributes.get("norm") is not None
    ]
    found: Data = {}
    for attribute in BATCH_NORM_ATTRIBUTES:
        counts = Counter(norm[attribute.name] for norm in norms)
        if counts:
            value, count = counts.most_common(1)[0]
            own = counts[attribute.kind.parse(attribute.default)]
            if count > own:
                found[attribute.name] = attribute.kind.write(value)
    return found
