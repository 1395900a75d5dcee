"""Graph to DOT: boxes, the frames around them, and edges, in the order of the spec.

The package `graphviz` quotes what is written. Nothing that a spec says reaches an engine
as markup, escape or address: see ``_literal``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from inceptionspec.analyses.costs import Cost, costs, total
from inceptionspec.backends import palette
from inceptionspec.backends.engine import write
from inceptionspec.document import shortened
from inceptionspec.graph import Block, Graph, Head, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import REQUIRED, shape_text

if TYPE_CHECKING:
    import graphviz

    from inceptionspec.network import Network

Fold = Literal["network", "branches", "layers"]
MANY_LAYERS = 60
"""Above so many layers a diagram shows one box for each block unless told otherwise."""


def draw(
    network: Network, file: str | None = None, *, engine: str = "auto", fold: Fold | None = None
) -> str:
    """The diagram as SVG text, or, with a file, written there by its suffix.

    Args:
        file: ends in ``.svg``, ``.png``, ``.pdf`` or ``.dot``.
        engine: ``pure`` for graphviz-pure, ``system`` for an installed Graphviz, ``auto``
            for the first of the two that is there.
        fold: ``network`` draws one box for each block, ``branches`` one for each run of
            layers inside it, ``layers`` every layer; by the number of layers if None.

    Returns:
        The SVG text; with a file, what drew it, to be told to the user.

    Raises:
        SpecError: E0705 or E0706 for an engine, E0803 or E0804 for a file.
    """
    return write(dot_text(network.graph, fold), file, engine)


def dot_text(graph: Graph, fold: Fold | None = None) -> str:
    """The diagram in the DOT language."""
    if fold is None:
        fold = "network" if len(graph.nodes) > MANY_LAYERS else "layers"
    return _Drawing(graph, fold).source()


# Text


def _literal(text: str) -> str:
    """Text that an engine draws as it stands.

    `graphviz.escape` takes away the meaning of backslashes and of angle brackets around
    the whole. Entities such as ``&lt;`` are decoded in labels, and characters that do not
    print would not be valid XML: neither is left.
    """
    import graphviz

    line = " ".join(text.split())
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line)
    return graphviz.escape(shown.replace("&", "&amp;"))


def _label(lines: Iterable[str]) -> str:
    """Lines of literal text, one below the other, centred."""
    import graphviz

    return graphviz.nohtml("\\n".join(_literal(line) for line in lines if line))


def _count(count: int) -> str:
    """A large number as people say it: ``5.72 G``, ``27.2 M``, ``512``."""
    for size, unit in ((10**9, " G"), (10**6, " M"), (10**3, " k")):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return f"{count} "


def _figures(cost: Cost) -> str:
    macs = "MACs open" if cost.macs is None else f"{_count(cost.macs)}MACs"
    return f"{_count(cost.params)}params \N{MIDDLE DOT} {macs}"


def _title_figures(graph: Graph) -> str:
    """What comes in, parameters and MACs, and which heads they count."""
    cost = total(costs(graph))
    names = [head.name for head in graph.heads]
    counted = "" if not names else ", all heads" if len(names) > 1 else f", head {names[0]}"
    macs = "MACs open" if cost.macs is None else f"{cost.macs / 1e9:.2f} GMACs"
    parts = (f"input {shape_text(graph.nodes[0].shape)}", f"{cost.params:,} parameters",
             f"{macs}{counted}")
    return " \N{MIDDLE DOT} ".join(parts)


def _sides(value: tuple[int, int]) -> str:
    return str(value[0]) if value[0] == value[1] else f"{value[0]}x{value[1]}"


def _padding(value: str | tuple[int, int, int, int]) -> str:
    if isinstance(value, str):
        return value
    return f"padding {value[0]}" if len(set(value)) == 1 else f"padding {','.join(map(str, value))}"


# What a box says beside its operator, in this order, where it is not the operator's default.
_FIRST_LINE: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "kernel": lambda value: " " + "x".join("?" if side is None else str(side) for side in value),
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


def _said(node: Node, table: Mapping[str, Callable[[Any], str]]) -> Iterator[str]:
    for attribute in OPS[node.op].attributes:
        if attribute.name not in table:
            continue
        value = node.attributes[attribute.name]
        if attribute.default is REQUIRED or value != attribute.kind.parse(attribute.default):
            yield table[attribute.name](value)


def _operator(node: Node) -> str:
    """Operator, kernel and filters in one line: ``conv 1x7, 192 filters``."""
    return node.op + "".join(_said(node, _FIRST_LINE))


def _details(node: Node) -> str:
    """What departs from the operator's defaults: ``stride 2, valid``."""
    table = _MERGE_LINE if OPS[node.op].role == "merge" else _SECOND_LINE
    return ", ".join(_said(node, table))


# Boxes and frames


@dataclass(slots=True)
class _Frame:
    """What holds boxes together: a block, a head, or a group of the trunk."""

    key: str
    title: str
    parent: str
    head: Head | None = None
    subtitle: str = ""


@dataclass(slots=True)
class _Box:
    """What is drawn as one: a layer, a run of layers, or all that a frame holds.

    ``inputs`` are places of earlier boxes in branch order; ``rank`` is how many boxes the
    longest way from the input passes.
    """

    key: str
    frame: str
    nodes: list[Node]
    inputs: list[int] = field(default_factory=list)
    rank: int = 0

    @property
    def category(self) -> str:
        """The category of all its layers, or that of a mixture."""
        found = {OPS[node.op].category for node in self.nodes}
        return found.pop() if len(found) == 1 else palette.MIXED


def _frames(graph: Graph) -> dict[str, _Frame]:
    """Frames by path; groups of the trunk by keys that no path can have."""
    frames = {head.name: _head_frame(head, graph.main) for head in graph.heads}
    blocks = {block.path: block for block in graph.blocks}
    for path, block in blocks.items():
        parent = _around(path, blocks) or _around(path, frames)
        frames[path] = _Frame(path, path.rpartition("/")[2], parent,
                              subtitle=_called(block, blocks))
    for key, members in _groups(graph, frames):
        frames[key] = _Frame(key, members[0].group, "", subtitle=_layers(len(members)))
        for root in {_root(frames, node.scope) for node in members} - {""}:
            frames[root].parent = key
    return frames


def _head_frame(head: Head, main: str) -> _Frame:
    auxiliary = head.name != main
    weight = "" if head.loss_weight is None else f", loss weight {head.loss_weight:g}"
    kind = f"auxiliary head{weight}" if auxiliary else "main head"
    return _Frame(head.name, head.name, "", head, kind)


def _called(block: Block, blocks: Mapping[str, Block]) -> str:
    """The block that was called, and how often a repeat calls it."""
    if block.kind != "repeat":
        return block.definition
    members = sum(1 for path in blocks if _around(path, blocks) == block.path)
    return f"{members} \N{MULTIPLICATION SIGN} {block.definition}"


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"


def _around(path: str, known: Iterable[str]) -> str:
    """The longest proper beginning of a path that is known; empty if none is."""
    outer = path.rpartition("/")[0]
    while outer and outer not in known:
        outer = outer.rpartition("/")[0]
    return outer


def _root(frames: Mapping[str, _Frame], key: str) -> str:
    while key and frames[key].parent:
        key = frames[key].parent
    return key


def _groups(graph: Graph, frames: Mapping[str, _Frame]) -> list[tuple[str, list[Node]]]:
    """Runs of the trunk's layers and whole blocks that share a group."""
    whole: dict[str, set[str]] = {}
    for node in graph.nodes:
        whole.setdefault(_root(frames, node.scope), set()).add(node.group)
    runs: list[tuple[str, list[Node]]] = []
    before = ""
    for node in graph.nodes:
        root = _root(frames, node.scope)
        group = node.group if not root or len(whole[root]) == 1 else ""
        if node.head:
            group = ""
        if group and group == before:
            runs[-1][1].append(node)
        elif group:
            runs.append((f"group {len(runs) + 1} {group}", [node]))
        before = group
    return runs


def _boxes(graph: Graph, fold: Fold, frames: Mapping[str, _Frame]) -> list[_Box]:
    """The boxes in the order of the spec, inputs before readers."""
    around = {index: key for key, members in _groups(graph, {}) for index in ()}
    return []
