"""The text of boxes and titles. Text of users is drawn literally."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.analysis.costs import Cost, costs, total
from inceptionspec.analysis.diff.difference import Change, PartCost
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import REQUIRED, shape_text

LONGEST_LINE = 80
"""A line of text has at most this many characters."""
SEPARATOR, TIMES = "\u00b7", "\u00d7"


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


def count_text(count: float) -> str:
    """A large number in short: ``5.72G``, ``27.2M``, ``512``."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if abs(count) >= size:
            return f"{count / size:.3g}{unit}"
    return f"{count:.3g}"


def cost_text(cost: Cost) -> str:
    """Parameters and MACs in a few characters."""
    macs = "MACs open" if cost.macs is None else f"{count_text(cost.macs)} MACs"
    return f"{count_text(cost.params)} params {SEPARATOR} {macs}"


def _macs(count: int) -> str:
    unit, size = ("G", 10**9) if count >= 10**8 else ("M", 10**6)
    return f"{count / size:.2f} {unit}MACs"


def layer_count(count: int) -> str:
    """A number of layers in words."""
    return "1 layer" if count == 1 else f"{count} layers"


def title_text(graph: Graph) -> str:
    """What comes in, parameters and MACs, and which heads they count."""
    cost = total(costs(graph))
    names = [head.name for head in graph.heads]
    counted = "" if not names else ", all heads" if len(names) > 1 else f", head {names[0]}"
    macs = "MACs open" if cost.macs is None else _macs(cost.macs)
    parts = (
        f"input {shape_text(graph.nodes[0].shape)}",
        f"{cost.params:,} parameters",
        f"{macs}{counted}",
    )
    return f" {SEPARATOR} ".join(parts)


def difference_texts(cost: PartCost) -> Iterator[str]:
    """Parameters and MACs of two networks, a line each, and by how much they differ."""
    old, new = cost.old, cost.new
    if old is None or new is None:
        return
    yield f"{old.params:,} to {new.params:,} parameters ({_change(old.params, new.params)})"
    if old.macs is None or new.macs is None:
        yield "MACs open"
    else:
        yield f"{_macs(old.macs)} to {_macs(new.macs)}, all heads ({_change(old.macs, new.macs)})"


def _change(old: int, new: int) -> str:
    """A difference as a share of the old value."""
    if old == new:
        return "same"
    return f"{(new - old) / old:+.1%}" if old else "new"


def signed(count: int, unit: str) -> str:
    """A difference with its sign: ``+1.2M params``; nothing for none."""
    return "" if not count else f"{'+' if count > 0 else '-'}{count_text(abs(count))} {unit}"


def change_text(change: Change) -> str:
    """A change of an attribute: ``filters 64 to 96``."""
    return f"{change.name}: {_value(change.old)} to {_value(change.new)}"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):  # a norm, or an initializer: its name
        return str(value.get("op") or next(iter(value), "none"))
    return str(value).lower() if isinstance(value, bool) else shortened(str(value), 24)


def _sides(value: tuple[int, int]) -> str:
    return str(value[0]) if value[0] == value[1] else f"{value[0]}x{value[1]}"


def _padding(value: str | tuple[int, int, int, int]) -> str:
    if isinstance(value, str):
        return value
    return f"padding {value[0]}" if len(set(value)) == 1 else f"padding {','.join(map(str, value))}"


# What a box shows next to its operator, in this order, unless it is the default.
_FIRST_LINE: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "kernel": lambda value: f" {shape_text(value)}",
        "rate": lambda value: f" {value:g}",
        "function": lambda value: f" {value}",
        "filters": lambda value: f", {value} filters",
        "units": lambda value: f", {value} units",
    }
)
_SECOND_LINE: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
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


def _settings(node: Node, table: Mapping[str, Callable[[Any], str]]) -> Iterator[str]:
    for attribute in OPS[node.op].attributes:
        if attribute.name not in table:
            continue
        value = node.attributes[attribute.name]
        if attribute.default is REQUIRED or value != attribute.kind.parse(attribute.default):
            yield table[attribute.name](value)


def operator_text(node: Node) -> str:
    """Operator, kernel and filters in one line: ``conv 1x7, 192 filters``."""
    return node.op + "".join(_settings(node, _FIRST_LINE))


def details_text(node: Node) -> str:
    """What departs from the operator's defaults: ``stride 2, valid``."""
    table = _MERGE_LINE if OPS[node.op].role == "merge" else _SECOND_LINE
    return ", ".join(_settings(node, table))
