"""The kinds of work that bars are stacked by: what a layer's kernel does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.ir.graph import Node


class Kind(NamedTuple):
    """The words of the legend, the color of a bar, and which layers are meant."""

    title: str
    color: str
    holds: Callable[[Node], bool]


def _is_conv(node: Node, kernel: Callable[[int, int], bool]) -> bool:
    return node.op == "conv" and kernel(*node.attributes["kernel"])


#: In the order of the stack; a layer belongs to the first that holds it. Colors are those
#: of diagrams and steps between them, each with its own lightness.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "point": Kind(
            "1x1 convolutions", "#b0d2f2", lambda n: _is_conv(n, lambda h, w: h == w == 1)
        ),
        "square": Kind(
            "larger square kernels", "#4f8ccc", lambda n: _is_conv(n, lambda h, w: h == w)
        ),
        "flat": Kind(
            "1xN, Nx1 and other kernels", "#f2a257", lambda n: _is_conv(n, lambda h, w: True)
        ),
        "depthwise": Kind("depthwise convolutions", "#86cf9c", lambda n: n.op == "depthwise_conv"),
        "separable": Kind("separable convolutions", "#2f7a4b", lambda n: n.op == "separable_conv"),
        "dense": Kind("dense layers", "#1f4a80", lambda n: n.op == "dense"),
        "other": Kind("other layers", "#8d9aa6", lambda n: True),
    }
)


def kind_of(node: Node) -> str:
    """The kind of a layer with its norm, bias and activation."""
    return next(name for name, kind in KINDS.items() if kind.holds(node))
