"""A scheme applied to a graph: the names that each weight may have in a file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.weights.naming.keras_order import KERAS_CLASSES, keras_order
from inceptionspec.weights.naming.scheme import NUMBER, ONLY, ORDER, Rule, Scheme, filled

NORM_WEIGHTS = ("beta", "gamma", "moving_mean", "moving_variance")
_KERNELS: Mapping[str, tuple[str, ...]] = {
    "conv": ("kernel",),
    "conv_transpose": ("kernel",),
    "dense": ("kernel",),
    "depthwise_conv": ("depthwise_kernel",),
    "separable_conv": ("depthwise_kernel", "pointwise_kernel"),
}
#: The weights of layers without a product, those that some of them may lack included.
_OTHER_WEIGHTS: Mapping[str, tuple[str, ...]] = {
    "batch_norm": NORM_WEIGHTS,
    "layer_norm": NORM_WEIGHTS[:2],
    "group_norm": NORM_WEIGHTS[:2],
    "layer_scale": ("gamma",),
    "normalize": ("mean", "variance", "count"),
    "prelu": ("alpha",),
}
#: Classes of Keras whose numbers do not count layers of an operator.
_OTHERS: Mapping[str, frozenset[str]] = {
    op: frozenset(KERAS_CLASSES.values()) - {kind} for op, kind in KERAS_CLASSES.items()
}


class NamedLayer(NamedTuple):
    """A layer with weights, and the names under which a file may hold them.

    Attributes:
        names: candidates by weight, of weights too that the layer could have and has not.
        rule: the pattern that named it.
    """

    node: Node
    names: Mapping[str, tuple[str, ...]]
    rule: str


def possible_weights(node: Node) -> tuple[str, ...]:
    """The weights that a layer of its operator can have, whatever its attributes say."""
    if node.op in _OTHER_WEIGHTS:
        return _OTHER_WEIGHTS[node.op]
    return (*_KERNELS[node.op], "bias", *NORM_WEIGHTS)


def named_layers(scheme: Scheme, graph: Graph) -> list[NamedLayer]:
    """Every layer with weights that a scheme names, in the spec's order."""
    layers = []
    ranks: dict[str, int] = defaultdict(int)
    for node in graph.nodes:
        if not node.weights:
            continue
        parent = node.path.rpartition("/")[0]
        rank = ranks[parent]
        ranks[parent] += 1
        layer = _named(scheme, node, rank)
        if layer is not None:
            layers.append(layer)
    return layers


def _named(scheme: Scheme, node: Node, rank: int) -> NamedLayer | None:
    for rule in scheme.rules:
        found = rule.matches.fullmatch(node.path)
        if found is not None and (len(rule.names) == 1 or rank < len(rule.names)):
            known = {
                **found.groupdict(),
                "path": node.path,
                "rank": str(rank),
                "_rank": f"_{rank}" if rank else "",
            }
            return NamedLayer(node, _weight_names(scheme, rule, node, rank, known), rule.pattern)
    return None


def _weight_names(
    scheme: Scheme, rule: Rule, node: Node, rank: int, known: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    first = rule.names[0] if len(rule.names) == 1 else rule.names[rank]
    layers = [filled(template, known, scheme.tables) for template in (first, *rule.also)]
    own = scheme.batch_norm if node.op in _OTHER_WEIGHTS else {}
    templates = {**(own or scheme.weights), **rule.weights}
    return {
        weight: tuple(
            filled(template, {**known, "layer": layer}, scheme.tables)
            for layer in layers
            for template in templates[weight]
        )
        for weight in possible_weights(node)
        if weight in templates
    }


def counted_layers(
    layers: Iterable[NamedLayer], graph: Graph, held: Collection[str]
) -> list[NamedLayer]:
    """Layers with every ``{number}``, ``{only}`` and ``{order}`` settled by a file's names.

    A layer beyond the last number of the file has no name.
    """
    settle = _Counter(graph, held)
    return [
        layer._replace(
            names={
                weight: tuple(name for one in names for name in settle(layer.node, weight, one))
                for weight, names in layer.names.items()
            }
        )
        for layer in layers
    ]


class _Counter:
    """Settles names in the order in which they come."""

    def __init__(self, graph: Graph, held: Collection[str]) -> None:
        self._graph = graph
        self._held = held
        self._numbers: dict[str, list[str]] = {}
        self._members: dict[str, dict[int, int]] = defaultdict(dict)
        self._dense = sum(node.op == "dense" for node in graph.nodes)
        self._orders: Mapping[str, Mapping[int, int]] | None = None

    def __call__(self, node: Node, weight: str, name: str) -> tuple[str, ...]:
        if NUMBER in name:
            return self._numbered(node, weight, name)
        if ONLY in name:
            stem, _, rest = name.partition(ONLY)
            numbers = self._numbers_of(stem)
            return (f"{stem}{numbers[0]}{rest}",) if len(numbers) == 1 else ()
        if ORDER in name:
            return self._ordered(node, name)
        return (name,)

    def _numbered(self, node: Node, weight: str, name: str) -> tuple[str, ...]:
        stem, _, rest = name.partition(NUMBER)
        has_norm = node.op in _OTHER_WEIGHTS or node.attributes.get("norm") is not None
        if weight in NORM_WEIGHTS and not has_norm:
            return ()
        if weight not in NORM_WEIGHTS and stem in _OTHERS.get(node.op, ()):
            return ()
        members = self._members[stem]
        position = members.setdefault(node.index, len(members))
        numbers = self._numbers_of(stem)
        if node.op == "dense" and len(numbers) != self._dense:  # the head is another one
            return ()
        return (f"{stem}{numbers[position]}{rest}",) if position < len(numbers) else ()

    def _numbers_of(self, stem: str) -> list[str]:
        """The numbers of the file's layers of a kind, the lowest first."""
        if stem not in self._numbers:
            numbered = re.compile(re.escape(stem) + r"(_[0-9]{1,9})?(?=/)")
            found = {match[1] or "" for one in self._held if (match := numbered.match(one))}
            self._numbers[stem] = sorted(found, key=lambda text: int(text[1:] or 0))
        return self._numbers[stem]

    def _ordered(self, node: Node, name: str) -> tuple[str, ...]:
        if self._orders is None:
            self._orders = keras_order(self._graph)
        stem, _, rest = name.partition(ORDER)
        position = self._orders.get(stem.rpartition("/")[2], {}).get(node.index)
        if position is None:
            return ()
        return (f"{stem}_{position}{rest}" if position else f"{stem}{rest}",)
