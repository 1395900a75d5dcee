"""The kinds of work that bars are stacked by: what a layer's kernel does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.drawing.diagram.labels import TIMES
from inceptionspec.drawing.diagram.theme import LIGHT
from inceptionspec.ir.graph import Node


class Kind(NamedTuple):
    """The words of the legend, the color of a bar, and which layers are meant."""

    title: str
    color: str
    holds: Callable[[Node], bool]


def _is_conv(node: Node, kernel: Callable[[int, int], bool]) -> bool:
    return node.op == "conv" and kernel(*node.attributes["kernel"])


_FILLS = LIGHT.categories
#: In the order of the stack; a layer belongs to the first that holds it. Convolutions, dense and
#: other layers have the colors of diagrams, other kernels those between blue and green that
#: diagrams leave free, each with its own lightness.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "point": Kind(
            f"1{TIMES}1 convolutions",
            _FILLS["convolution"],
            lambda n: _is_conv(n, lambda h, w: h == w == 1),
        ),
        "square": Kind(
            "larger square kernels", "#4f86c6", lambda n: _is_conv(n, lambda h, w: h == w)
        ),
        "flat": Kind(
            f"1{TIMES}N, N{TIMES}1 and other kernels",
            "#6fc0cc",
            lambda n: _is_conv(n, lambda h, w: True),
        ),
        "depthwise": Kind("depthwise convolutions", "#185866", lambda n: n.op == "depthwise_conv"),
        "separable": Kind("separable convolutions", "#123f5c", lambda n: n.op == "separable_conv"),
        "dense": Kind("dense layers", _FILLS["dense"], lambda n: n.op == "dense"),
        "other": Kind("other layers", _FILLS["reshape"], lambda n: True),
    }
)


def kind_of(node: Node) -> str:
    """The kind of a layer with its norm, bias and activation."""
    return next(name for name, kind in KINDS.items() if kind.holds(node))
