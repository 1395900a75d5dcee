"""The text of boxes and titles. Text of users is drawn literally."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.analysis.costs import Cost, costs, total
from inceptionspec.analysis.diff.difference import Change
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.drawing.diagram.figures import MINUS, count_text
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import REQUIRED, Shape, shape_text

LONGEST_LINE = 80
"""A line of text has at most this many characters."""
SEPARATOR, TIMES = "\u00b7", "\u00d7"
_SIZE = re.compile(r"[\d?]+(x[\d?]+)+")


def plain(text: str) -> str:
    """A text as one line that can be shown: not too long, and without what does not print."""
    line = shortened(" ".join(text.split()), LONGEST_LINE)
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in line)


def _literal(text: str) -> str:
    """Text that an engine draws literally.

    `graphviz.escape` takes away the meaning of backslashes and of angle brackets around
    the whole. Entities such as ``&lt;`` are decoded in labels, and characters that do not
    print would not be valid XML: neither is left.
    """
    import graphviz

    literal: str = graphviz.escape(plain(text).replace("&", "&amp;"))
    return literal


def label_text(lines: Iterable[str], justified: str = "n") -> str:
    """Lines of literal text below each other: centered (n), or ranged left (l) or right (r)."""
    import graphviz

    ended = (f"{_literal(line)}\\{justified}" for line in lines if line)
    label: str = graphviz.nohtml("".join(ended))
    return label


def sized(text: str) -> str:
    """A size or a shape with signs of multiplication between its sides; others as they are."""
    return text.replace("x", TIMES) if _SIZE.fullmatch(text) else text


def shown_shape(shape: Shape) -> str:
    """A shape as pictures show it."""
    return sized(shape_text(shape))


def cost_text(cost: Cost) -> str:
    """Parameters and MACs in a few characters."""
    macs = "MACs open" if cost.macs is None else f"{count_text(cost.macs)} MACs"
    return f"{count_text(cost.params)} params {SEPARATOR} {macs}"


def layer_count(count: int) -> str:
    """A number of layers in words."""
    return "1 layer" if count == 1 else f"{count} layers"


def title_text(graph: Graph) -> str:
    """What comes in, parameters and MACs, and which heads they count."""
    cost = total(costs(graph))
    names = [head.name for head in graph.heads]
    counted = "" if not names else ", all heads" if len(names) > 1 else f", head {names[0]}"
    macs = "MACs open" if cost.macs is None else f"{count_text(cost.macs)} MACs"
    parts = (
        f"input {shown_shape(graph.nodes[0].shape)}",
        f"{cost.params:,} parameters",
        f"{macs}{counted}",
    )
    return f" {SEPARATOR} ".join(parts)


def difference_texts(old: Cost, new: Cost, heads: str) -> Iterator[str]:
    """Parameters and MACs of two networks, a line each, and by how much they differ.

    Args:
        heads: in words, which of them are counted.
    """
    yield f"{old.params:,} to {new.params:,} parameters ({_change(old.params, new.params)})"
    if old.macs is None or new.macs is None:
        yield "MACs open"
    else:
        macs = f"{count_text(old.macs)} to {count_text(new.macs)} MACs"
        yield f"{macs}{heads} ({_change(old.macs, new.macs)})"


def _change(old: int, new: int) -> str:
    """A difference as a share of the old value."""
    if old == new:
        return "same"
    return f"{(new - old) / old:+.1%}".replace("-", MINUS) if old else "new"


def signed(count: int, unit: str) -> str:
    """A difference with its sign: ``+1.20M params``; nothing for none."""
    return "" if not count else f"{'+' if count > 0 else ''}{count_text(count)} {unit}"


def change_text(change: Change) -> str:
    """A change of an attribute: ``filters 64 to 96``."""
    return f"{change.name}: {_value(change.old)} to {_value(change.new)}"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):  # a norm, or an initializer: its name
        return str(value.get("op") or next(iter(value), "none"))
    return str(value).lower() if isinstance(value, bool) else sized(shortened(str(value), 24))


def _sides(value: tuple[int, int]) -> str:
    return str(value[0]) if value[0] == value[1] else sized(f"{value[0]}x{value[1]}")


def _frame(value: tuple[int, int, int, int]) -> str:
    """Pixels on each side: ``1``, or ``0,1,0,1`` for top, bottom, left and right."""
    return str(value[0]) if len(set(value)) == 1 else ",".join(map(str, value))


def _padding(value: str | tuple[int, int, int, int]) -> str:
    return value if isinstance(value, str) else f"padding {_frame(value)}"


# What a box shows next to its operator, in this order, unless it is the default.
_FIRST_LINE: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "kernel": lambda value: f" {shown_shape(value)}",
        "factor": lambda value: f" by {_sides(value)}",
        "size": lambda value: f" to {shown_shape(value)}",
        "block_size": lambda value: f" of {sized(f'{value}x{value}')}",
        "rate": lambda value: f" {value:g}",
        "function": lambda value: f" {value}",
        "filters": lambda value: f", {value} filters",
        "units": lambda value: f", {value} units",
    }
)
_SECOND_LINE: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "method": str,
        "pixels": lambda value: f"pixels {_frame(value)}",
        "stride": lambda value: f"stride {_sides(value)}",
        "padding": _padding,
        "dilation": lambda value: f"dilation {_sides(value)}",
        "groups": lambda value: f"{value} groups",
        "depth_multiplier": lambda value: f"depth multiplier {value}",
    }
)
_MERGE_LINE: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "scale": lambda value: f"scale {value:g}",
        "activation": str,
    }
)


# What the reader of a paper's figure knows is left out there, and strides are `/2`.
_BRIEF: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "filters": lambda value: f", {value}",
        "units": lambda value: f", {value}",
        "stride": lambda value: f"/{_sides(value)}",
        "dilation": lambda value: f"dil. {_sides(value)}",
        "depth_multiplier": lambda value: f"mult. {value}",
    }
)


def _settings(node: Node, table: Mapping[str, Callable[[Any], str]]) -> Iterator[str]:
    for attribute in OPS[node.op].attributes:
        if attribute.name not in table:
            continue
        value = node.attributes[attribute.name]
        if attribute.default is REQUIRED or value != attribute.kind.parse(attribute.default):
            yield table[attribute.name](value)


def operator_text(node: Node, brief: bool = False) -> str:
    """Operator, kernel and filters in one line: ``conv 1x7, 192 filters``, or ``conv 1x7, 192``."""
    return node.op + "".join(_settings(node, _table(_FIRST_LINE, brief)))


def details_text(node: Node, brief: bool = False) -> str:
    """What departs from the operator's defaults: ``stride 2, valid``, or ``/2, valid``."""
    table = _MERGE_LINE if OPS[node.op].role == "merge" else _SECOND_LINE
    return ", ".join(_settings(node, _table(table, brief)))


def _table(
    table: Mapping[str, Callable[[Any], str]], brief: bool
) -> Mapping[str, Callable[[Any], str]]:
    if not brief:
        return table
    return {name: _BRIEF.get(name, words) for name, words in table.items()}


def epilogue_text(node: Node) -> str:
    """The norm and the activation of a layer that may have them: ``BN, relu``, ``BN, linear``."""
    if OPS[node.op].role == "merge" or "activation" not in node.attributes:
        return ""
    norm = "BN" if node.attributes.get("norm") else ""
    return ", ".join(filter(None, (norm, str(node.attributes["activation"] or "linear"))))
