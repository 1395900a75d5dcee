"""Resolution against the stride of the stem, at the same cost.

Source: Szegedy et al., Rethinking the Inception Architecture (arXiv:1512.00567),
Performance on Lower Resolution Input.
"""

from __future__ import annotations

from typing import Any

from inceptionspec.ir.graph import Node
from inceptionspec.moves.layers import layers_of
from inceptionspec.moves.record import Edit, UnfitError
from inceptionspec.moves.site import Base, Site

_WINDOWS = ("conv", "depthwise_conv", "separable_conv", "max_pool", "avg_pool")


def halve_input(base: Base, site: Site) -> Edit:
    """The first layer loses its stride of 2, and the picture half of its sides."""
    node = _first(base, site)
    if node.attributes["stride"] != (2, 2):
        raise UnfitError("its stride is not 2")
    return _edit(node, 1)


def double_input(base: Base, site: Site) -> Edit:
    """The first layer gets a stride of 2, and the picture twice its sides."""
    node = _first(base, site)
    if node.attributes["stride"] != (1, 1):
        raise UnfitError("its stride is not 1")
    return _edit(node, 2)


def _first(base: Base, site: Site) -> Node:
    """The layer at a site, where it alone reads the picture.

    Raises:
        UnfitError: it does not, or the size of the picture is open.
    """
    node = layers_of(base, site, *_WINDOWS)[0]
    first = base.graph.nodes[0]
    if node.inputs != (0,):
        raise UnfitError("it does not read the picture")
    if len(base.readers[0]) > 1:
        raise UnfitError("other layers read the picture, too")
    if None in first.shape:
        raise UnfitError("the size of the picture is open")
    if node.attributes["clip"] or node.attributes.get("ceil"):
        raise UnfitError("its window follows the size of the picture")
    return node


def _edit(node: Node, stride: int) -> Edit:
    """The change of stride, with the least picture that yields the same map."""
    height, width = (_side(node, axis, stride) for axis in (0, 1))
    size = f"{height}x{width}"
    return Edit({"set": {"stride": stride}}, sections={"input": {"size": size}})


def _side(node: Node, axis: int, stride: int) -> int:
    output: Any = node.shape[axis]
    padding = node.attributes["padding"]
    if padding == "same":
        return int(output * stride)
    pads = 0 if padding == "valid" else sum(padding[2 * axis : 2 * axis + 2])
    gap = node.attributes["dilation"][axis]
    reach = gap * (node.attributes["kernel"][axis] - 1) + 1
    return int((output - 1) * stride + reach - pads)


def first_layers(base: Base) -> list[Site]:
    """The layers that read the picture."""
    return [base.sites[node.path] for node in base.readers[0] if node.path in base.sites]
