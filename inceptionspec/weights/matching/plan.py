"""Which arrays of a file become which weights of a network, before any of them is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from inceptionspec.ir.graph import Graph, Head, Node
from inceptionspec.weights.files.weight_file import StoredTensor
from inceptionspec.weights.matching.arrangement import Arrangement, arrangement, class_axis
from inceptionspec.weights.matching.held_names import HeldNames
from inceptionspec.weights.naming.layer_names import (
    NORM_WEIGHTS,
    NamedLayer,
    counted_layers,
    named_layers,
)
from inceptionspec.weights.naming.scheme import Layout, Scheme

STATISTICS = ("moving_mean", "moving_variance")
NO_GAMMA, NO_BETA, NO_BIAS = "gamma", "beta", "bias"


class Source(NamedTuple):
    """An array of the file that is read for a weight.

    Attributes:
        name: in the file.
        stored: its type and shape there.
        arranged: how its axes are put in order; None where its shape fits no weight here.
        background: whether its first class is left out.
        classes: the classes that it is for, where the network has another number.
    """

    name: str
    stored: StoredTensor
    arranged: Arrangement | None
    background: bool = False
    classes: int | None = None


@dataclass(slots=True)
class LayerPlan:
    """What a file holds of one layer.

    Attributes:
        sources: by weight, of weights too that the layer has not.
        rule: what found them.
        expected: the name that the file would have for each weight.
        present: weights that are in the file, though not as they are asked for.
        added: weights that the file lacks because its network does not have them; they get the
            value that does nothing.
        folded_norm: whether the file holds the layer with its norm folded in.
        epsilon: of the file's norm, where the file says it.
    """

    node: Node
    rule: str
    sources: dict[str, Source] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    added: tuple[str, ...] = ()
    folded_norm: bool = False
    epsilon: float | None = None

    @property
    def missing(self) -> list[str]:
        """The layer's weights that the file does not give."""
        if self.folded_norm:
            return []
        return [
            weight.name
            for weight in self.node.weights
            if weight.name not in self.sources and weight.name not in self.added
        ]

    @property
    def misshaped(self) -> list[tuple[str, Source]]:
        """Sources whose shapes do not fit, but for the number of classes."""
        return [
            (weight, source)
            for weight, source in self.sources.items()
            if source.arranged is None and source.classes is None
        ]

    @property
    def refused(self) -> list[str]:
        """Weights that the file holds and the layer cannot take in any form."""
        has = {weight.name for weight in self.node.weights}
        if "moving_mean" not in has:
            return [name for name in self.sources if name not in has]
        return []


@dataclass(slots=True)
class Plan:
    """A match of a file with a network.

    Attributes:
        graph: the network.
        rule: the name of the scheme, or of what took its place.
        scheme: the scheme; None where names said nothing.
        fronts: what stands in front of names in the file.
        layers: those that are asked of the file, by the node's number.
        fresh: nodes that start fresh, because the user said so.
        consumed: names of the file that the match explains.
    """

    graph: Graph
    rule: str
    scheme: Scheme | None
    fronts: tuple[str, ...]
    layers: dict[int, LayerPlan]
    fresh: frozenset[int] = frozenset()
    consumed: set[str] = field(default_factory=set)

    @property
    def found(self) -> int:
        """How many weights of the network the file gives."""
        return sum(
            weight.name in layer.sources or layer.folded_norm
            for layer in self.layers.values()
            for weight in layer.node.weights
        )

    @property
    def fitting_weights(self) -> int:
        """How many weights of the network the file gives in a shape that fits."""
        return sum(
            layer.folded_norm
            or weight.name in layer.added
            or (
                (source := layer.sources.get(weight.name)) is not None
                and (source.arranged is not None or source.classes is not None)
            )
            for layer in self.layers.values()
            for weight in layer.node.weights
        )

    @property
    def fitting(self) -> int:
        """How many arrays of the file fit."""
        return sum(
            source.arranged is not None
            for layer in self.layers.values()
            for source in layer.sources.values()
        )

    @property
    def missing(self) -> list[tuple[Node, str]]:
        """Weights that the file does not give."""
        return [(layer.node, weight) for layer in self.layers.values() for weight in layer.missing]

    @property
    def is_counted(self) -> bool:
        """Whether only the order of numbers says which layer is which."""
        return self.scheme is not None and self.scheme.counts

    @property
    def is_named(self) -> bool:
        """Whether names give all weights, and say which is which."""
        return self.scheme is not None and not self.scheme.counts and not self.missing

    def completed(self, rest: Mapping[int, LayerPlan]) -> Plan:
        """The same with layers that another match found, where this one found none of them."""
        taken = {
            index: layer
            for index, layer in rest.items()
            if layer.sources
            and index in self.layers
            and not self.layers[index].sources
            and not any(source.name in self.consumed for source in layer.sources.values())
        }
        if not taken:
            return self
        names = {source.name for layer in taken.values() for source in layer.sources.values()}
        return replace(
            self,
            rule=f"{self.rule} and {next(iter(taken.values())).rule}",
            layers=self.layers | taken,
            consumed=self.consumed | names,
        )

    @property
    def assignment(self) -> Mapping[tuple[int, str], Source]:
        """What is read by the node's number and the weight."""
        return {
            (index, weight): source
            for index, layer in self.layers.items()
            for weight, source in layer.sources.items()
        }


class Request(NamedTuple):
    """What is asked of a file.

    Attributes:
        asked: numbers of the nodes that get weights from it.
        average: whether moving averages are read.
        drop_background: whether the first class of heads is left out.
    """

    asked: frozenset[int]
    average: bool = False
    drop_background: bool = False


def plan_by_names(scheme: Scheme, graph: Graph, held: HeldNames, request: Request) -> list[Plan]:
    """How a scheme explains a file: one plan, several where several scopes fit, or none."""
    named = named_layers(scheme, graph)
    fronts = held.fronts(named)
    if not fronts:
        return []
    plans = []
    for front in fronts if scheme.counts else _main_fronts(graph, fronts, named, held):
        layers = named
        if scheme.depends:
            layers = counted_layers(named, graph, held.under(front))
        others = [one for one in fronts if one != front]
        plan = _planned(scheme, graph, layers, held, request, (front, *others))
        if plan.found and not (scheme.counts and _out_of_order(plan)):
            plans.append(plan)
    return plans


def _main_fronts(
    graph: Graph, fronts: Sequence[str], layers: Sequence[NamedLayer], held: HeldNames
) -> Sequence[str]:
    """The front of the network, or several that are as good and not the network's own scope."""
    counts = {front: sum(_is_under(front, layer, held) for layer in layers) for front in fronts}
    best = [front for front in fronts if counts[front] == max(counts.values())]
    own = f"{graph.checkpoint_scope}/"
    for front in (own, ""):
        if front in best:
            return [front]
    return [front for front in best if front.endswith(f"/{own}")] or best


def _is_under(front: str, layer: NamedLayer, held: HeldNames) -> bool:
    return any(front + name in held.plain for names in layer.names.values() for name in names)


def _planned(
    scheme: Scheme,
    graph: Graph,
    layers: Iterable[NamedLayer],
    held: HeldNames,
    request: Request,
    fronts: Sequence[str],
) -> Plan:
    plans: dict[int, LayerPlan] = {}
    consumed: set[str] = set()
    used: Counter[str] = Counter()
    by_index = {layer.node.index: layer for layer in layers}
    finals = final_layers(graph)
    for index in sorted(request.asked):
        node = graph.nodes[index]
        if not node.weights:
            continue
        layer = by_index.get(index)
        plan = LayerPlan(node, layer.rule if layer is not None else "")
        plans[index] = plan
        front = None if layer is None else _front_of(layer, fronts, held)
        if layer is None or front is None:
            continue
        used[front] += 1
        for weight, names in layer.names.items():
            full = (front + name for name in names)
            trainable = weight not in STATISTICS
            name = next((n for one in full if (n := held.find(one, trainable=trainable))), None)
            under = [front + name for name in names if front + name in held.tensors]
            consumed.update(under)
            plan.present.update([weight] if under else [])
            if names:
                plan.expected[weight] = held.wanted(front + names[0], trainable=trainable)
            if name is not None:
                consumed.add(name)
                plan.sources[weight] = source_of(
                    scheme.layout, graph, node, weight, name, held.tensors[name],
                    finals.get(index), request.drop_background,
                )  # fmt: skip
    settle_absent(plans.values())
    ordered = tuple(front for front, _ in used.most_common())
    return Plan(graph, scheme.name, scheme, ordered, plans, consumed=consumed)


def _front_of(layer: NamedLayer, fronts: Sequence[str], held: HeldNames) -> str | None:
    """The front under which a layer is: the main one, or the only other that has it."""
    with_it = [front for front in fronts if _is_under(front, layer, held)]
    if fronts[0] in with_it:
        return fronts[0]
    return with_it[0] if len(with_it) == 1 else None


def final_layers(graph: Graph) -> dict[int, Head]:
    """The layer of each head whose outputs are the classes, by its number."""
    finals = {}
    for head in graph.heads:
        classes = graph.nodes[head.output].shape[-1]
        for index in reversed(head.members):
            node = graph.nodes[index]
            if node.weights and node.shape and node.shape[-1] == classes:
                finals[index] = head
                break
    return finals


def weight_shape(node: Node, weight: str) -> tuple[int, ...]:
    """The shape that a weight of a layer has, or would have if the layer had it."""
    for own in node.weights:
        if own.name == weight:
            return own.shape
    channels = node.shape[-1]
    return (channels or 0,)


def source_of(
    layout: Layout,
    graph: Graph,
    node: Node,
    weight: str,
    name: str,
    stored: StoredTensor,
    head: Head | None,
    drop_background: bool,
) -> Source:
    """What an array of the file is for a weight, by its shape."""
    wanted = weight_shape(node, weight)

    def fits(shape: tuple[int, ...]) -> Arrangement | None:
        return arrangement(layout, node, weight, stored.shape, shape, graph)

    exact = fits(wanted)
    if head is None or not stored.shape:
        return Source(name, stored, exact)
    if exact is not None:
        return Source(name, stored, exact)
    classes = stored.shape[class_axis(layout, stored.shape)]
    other = fits((*wanted[:-1], classes))
    if other is None:
        return Source(name, stored, None)
    if drop_background and classes == wanted[-1] + 1:
        return Source(name, stored, other, background=True)
    return Source(name, stored, None, classes=classes)


def settle_absent(layers: Collection[LayerPlan]) -> None:
    """Say what layers lack because the file's network does not have it.

    A gamma, a beta or a bias under a norm is absent by design only where no layer of the file
    has one; where some have and some have not, weights are missing.
    """
    layers = list(layers)
    for layer in layers:
        has = {weight.name for weight in layer.node.weights}
        held = set(layer.sources)
        layer.folded_norm = (
            "moving_mean" in has
            and "bias" in held
            and not held & set(NORM_WEIGHTS)
            and not {name for name in has if "kernel" in name} - held
        )
    normed = [layer for layer in layers if set(STATISTICS) <= set(layer.sources)]
    for layer in layers:  # only Keras counts what the data's mean is of, and nothing uses it
        if {"mean", "variance"} <= set(layer.sources) and "count" in layer.missing:
            layer.added += ("count",)
    for weight in (NO_GAMMA, NO_BETA, NO_BIAS):
        if not any(weight in {*layer.sources, *layer.present} for layer in normed):
            for layer in normed:
                if weight in layer.missing:
                    layer.added += (weight,)


def _out_of_order(plan: Plan) -> bool:
    """Whether a shape shows that layers which were only counted are others.

    A head may be one of the file's own.
    """
    heads = final_layers(plan.graph)
    return any(layer.misshaped for index, layer in plan.layers.items() if index not in heads)
