"""Batch norms in, local response normalization and dropout out.

Source: Ioffe and Szegedy, Batch Normalization (arXiv:1502.03167), section 4.2.1.
"""

from __future__ import annotations

from typing import Any

from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.ir.graph import Node
from inceptionspec.moves.layers import layers_of
from inceptionspec.moves.record import Edit, UnfitError
from inceptionspec.moves.site import Base, Site

_PRODUCTS = ("conv", "depthwise_conv", "separable_conv", "conv_transpose")
_NORMS = frozenset({"batch_norm", "group_norm", "layer_norm", "normalize"})
_LEFT_OUT = ("lrn", "dropout")


def batch_norm(base: Base, site: Site) -> Edit:
    """A convolution gets a batch norm; a local response normalization or a dropout goes.

    A dropout that is read by name stays under that name, with a rate of 0.

    A norm that starts as the identity changes nothing at inference, nor does dropout.
    """
    nodes = layers_of(base, site, *_PRODUCTS, *_LEFT_OUT)
    if nodes[0].op == "dropout" and all(node.attributes["rate"] == 0 for node in nodes):
        raise UnfitError("its rate is 0 already")
    if nodes[0].op in _LEFT_OUT:
        named = any(place.path in base.read_by_name for place in site.places)
        if nodes[0].op == "dropout":
            return Edit({"set": {"rate": 0}} if named else DELETE, "equivalent")
        if named:
            raise UnfitError("a head, an end point or a `from` reads it by name")
        return Edit(DELETE, "approximate")
    for node in nodes:
        if node.attributes["norm"] is not None:
            raise UnfitError("it has a norm already")
        if _yields_logits(base, node):
            raise UnfitError("it yields logits")
        if base.reads(node).shape[:2] == (1, 1):
            raise UnfitError("it reads a map of one pixel, as in a gate")
        if _is_next_to_norm(base, node):
            raise UnfitError("a norm comes right before or after it")
    change: dict[str, Any] = {"norm": "batch_norm"}
    if any(node.attributes["bias"] for node in nodes) and _bias_is_given(base, site, nodes[0].op):
        change["bias"] = False
    return Edit({"set": change}, "equivalent")


def _is_next_to_norm(base: Base, node: Node) -> bool:
    """Whether a norm comes before or after a layer, with only layers without weights between."""
    for forward in (True, False):
        waiting, seen = [node], {node.index}
        while waiting:
            one = waiting.pop()
            inputs = tuple(base.graph.nodes[index] for index in one.inputs)
            for other in base.readers[one.index] if forward else inputs:
                if other.op in _NORMS:
                    return True
                if not other.weights and other.index not in seen:
                    seen.add(other.index)
                    waiting.append(other)
    return False


def _bias_is_given(base: Base, site: Site, op: str) -> bool:
    """Whether the text asks for a bias, which a norm would make idle."""
    for item in (site.node.item, base.default(op)):
        if "bias" in item:
            return item["bias"] is True
    return False


def _yields_logits(base: Base, node: Node) -> bool:
    """Whether nothing with weights follows a layer on its way to the logits of a head."""
    waiting, seen = [node], {node.index}
    ends = {head.output for head in base.graph.heads}
    while waiting:
        one = waiting.pop()
        if one.index in ends:
            return True
        for reader in base.readers[one.index]:
            if not reader.weights and len(reader.inputs) == 1 and reader.index not in seen:
                seen.add(reader.index)
                waiting.append(reader)
    return not ends and not base.readers[node.index]


def unnormed(base: Base) -> list[Site]:
    """Every layer that a step to batch norm may change."""
    return [
        site
        for key, site in base.sites.items()
        if not site.is_definition
        and key in base.layers
        and base.layers[key].op in (*_PRODUCTS, *_LEFT_OUT)
    ]
