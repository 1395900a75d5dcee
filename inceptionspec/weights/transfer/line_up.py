"""Which layer of a base each layer of its variant is, or stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from inceptionspec.analysis.diff.compare import compare_and_pair
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops.record import shape_text
from inceptionspec.weights.transfer.epilogue import can_be_identity
from inceptionspec.weights.transfer.kernels import sides

#: Layers with a product, whose kernels can become each other's.
PRODUCTS = frozenset({"conv", "conv_transpose", "dense", "depthwise_conv", "separable_conv"})


class Factors(NamedTuple):
    """Two layers of the variant that stand for one of the base.

    Attributes:
        first: the number of the first; it has no other reader than the second.
        base: the layer of the base.
        way: how its kernel becomes two: `rows first`, `columns first`, `depthwise first`; empty
            where there is no way.
        why: why both start fresh, where there is none.
    """

    first: int
    base: int
    way: str
    why: str


class LineUp(NamedTuple):
    """The layers of a variant against those of its base, by their numbers.

    Attributes:
        partner: for each layer of the variant its counterpart; None for a new one.
        factors: by the second of two layers that stand for one.
        norms: norms of the base that the variant left out, by the layer they followed, which
            takes them in.
    """

    partner: tuple[int | None, ...]
    factors: Mapping[int, Factors]
    norms: Mapping[int, int]

    def needed(self, asked: Iterable[int]) -> set[int]:
        """The layers of the base whose weights some layers of the variant take."""
        found = set()
        for index in asked:
            base = self.partner[index]
            if base is not None:
                found.add(base)
                if index in self.norms:
                    found.add(self.norms[index])
            if index in self.factors:
                found.add(self.factors[index].base)
        return found


def line_up(base: LoadedSpec, variant: LoadedSpec) -> LineUp:
    """Line up a variant with its base.

    A layer that the variant did not write is the one that is written in the same place, whatever
    its path is now; the others are paired by path and by their place in the network.
    """
    old, new = base.graph, variant.graph
    partner = _inherited(old, new)
    taken = set(partner)
    for index, counterpart in enumerate(compare_and_pair(base, variant)[1].to_old):
        if partner[index] is None and counterpart not in taken:
            partner[index] = counterpart
    _pair_logits(old, new, partner)
    old_readers, new_readers = _readers(old), _readers(new)
    taken = {index for index in partner if index is not None}
    factors: dict[int, Factors] = {}
    for index, counterpart in enumerate(list(partner)):
        if counterpart is None:
            continue
        found = _factors(old.nodes[counterpart], new, index, partner, new_readers)
        if found is not None:
            second, pair = found
            factors[second] = pair
            partner[pair.first], partner[second] = None, counterpart
    norms = {}
    for index, counterpart in enumerate(partner):
        if counterpart is None or old.nodes[counterpart].op not in PRODUCTS:
            continue
        readers = old_readers[counterpart]
        after = readers[0] if len(readers) == 1 and readers[0] not in taken else None
        left_out = after is not None and old.nodes[after].op == "batch_norm"
        if after is not None and left_out and _is_linear(old.nodes[counterpart]):
            norms[index] = after
    return LineUp(tuple(partner), factors, norms)


def _inherited(old: Graph, new: Graph) -> list[int | None]:
    """The counterparts of layers by where they are written, and by the calls that led there.

    Members of a repeat share their place; they are taken in order where both have as many.
    """
    partner: list[int | None] = [None] * len(new.nodes)
    before, after = _by_origin(old), _by_origin(new)
    for place, members in after.items():
        counterparts = before.get(place, [])
        if len(counterparts) == len(members):
            for index, counterpart in zip(members, counterparts, strict=True):
                partner[index] = counterpart
    return partner


def _by_origin(graph: Graph) -> dict[tuple[object, ...], list[int]]:
    """Layers by the text, line and column of what they are, of every call around, and operator.

    The operator counts where there are no weights: a merge and the predictions of a head are
    written where other layers are.
    """
    found: dict[tuple[object, ...], list[int]] = {}
    for node in graph.nodes:
        spans = (node.origin.span, *node.origin.called_at)
        places = ((span.source.name, span.source.text, span.line, span.column) for span in spans)
        key = (*places, "" if node.weights else node.op)
        found.setdefault(key, []).append(node.index)
    return found


def output_layers(graph: Graph) -> dict[int, str]:
    """The layers with weights that outputs come from, each with its head's name."""
    ends = {head.name: head.output for head in graph.heads} or {"": len(graph.nodes) - 1}
    found = {}
    for name, index in ends.items():
        node = graph.nodes[index]
        while not node.weights and len(node.inputs) == 1:
            node = graph.nodes[node.inputs[0]]
        found[node.index] = name
    return found


def _pair_logits(old: Graph, new: Graph, partner: list[int | None]) -> None:
    """Pair the layers that heads of one name end in, whatever their operators."""
    before = {name: index for index, name in output_layers(old).items()}
    taken = set(partner)
    for index, name in output_layers(new).items():
        counterpart = before.get(name)
        if partner[index] is None and counterpart is not None and counterpart not in taken:
            partner[index] = counterpart


def _readers(graph: Graph) -> list[list[int]]:
    readers: list[list[int]] = [[] for _ in graph.nodes]
    for node in graph.nodes:
        for index in node.inputs:
            readers[index].append(node.index)
    return readers


def _is_linear(node: Node) -> bool:
    return node.attributes["norm"] is None and node.attributes["activation"] is None


def _factors(
    base: Node,
    new: Graph,
    index: int,
    partner: list[int | None],
    readers: list[list[int]],
) -> tuple[int, Factors] | None:
    """Two layers that took the place of one, of which its counterpart is the first or second."""
    if base.op != "conv" or new.nodes[index].op not in PRODUCTS - {"dense"}:
        return None
    pairs = []
    if len(readers[index]) == 1:
        pairs.append((index, readers[index][0]))
    before = new.nodes[index].inputs[0]
    if len(readers[before]) == 1:
        pairs.append((before, index))
    for first, second in pairs:
        other = first if second == index else second
        one, two = new.nodes[first], new.nodes[second]
        if partner[other] is not None or not {one.op, two.op} <= {"conv", "depthwise_conv"}:
            continue
        if two.op == "conv" and _reach(one, two) == sides(base) and sides(two) != sides(base):
            if sides(one) == sides(base) and one.op != "depthwise_conv":
                continue  # the first is the layer, and a 1x1 convolution was added after it
            return second, Factors(first, base.index, *_way(base, one, two))
    return None


def _reach(one: Node, two: Node) -> tuple[int, int]:
    """The window of two layers together, at stride 1."""
    return tuple(  # type: ignore[return-value]
        first + second - 1 for first, second in zip(sides(one), sides(two), strict=True)
    )


def _way(base: Node, one: Node, two: Node) -> tuple[str, str]:
    """How a kernel becomes those of two layers, or why it does not."""
    kernel = f"its {shape_text(sides(base))} kernel became two layers"
    function = one.attributes["activation"]
    if function is not None:
        return "", f"{kernel} with {function} in between"
    norm = one.attributes["norm"]
    if norm is not None and not can_be_identity(norm):
        return "", f"{kernel} with a norm in between that cannot be the identity"
    if base.shape[:-1] != two.shape[:-1]:
        return "", f"{kernel} with other strides or padding"
    attributes = [node.attributes for node in (base, one, two)]
    if any(each.get("groups", 1) != 1 for each in attributes):
        return "", f"{kernel}, with groups"
    if one.op == "depthwise_conv":
        steps = all(
            one.attributes[name] == base.attributes[name]
            for name in ("stride", "padding", "dilation")
        )
        if steps and two.attributes["stride"] == (1, 1):
            return "depthwise first", ""
        return "", f"{kernel} with other strides"
    plain = all(each["stride"] == (1, 1) and each["dilation"] == (1, 1) for each in attributes)
    one_padding = len({str(each["padding"]) for each in attributes}) == 1
    if plain and one_padding and isinstance(base.attributes["padding"], str):
        if sides(one)[0] == 1 and sides(two)[1] == 1:
            return "rows first", ""
        if sides(one)[1] == 1 and sides(two)[0] == 1:
            return "columns first", ""
    both = f"{shape_text(sides(one))} and {shape_text(sides(two))}"
    return "", f"{kernel}, {both}, which no rule follows"
