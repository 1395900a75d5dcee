"""Graph to DOT: boxes, the frames around them, and edges, in the order of the spec.

The package `graphviz` quotes what is written. Nothing that a spec says reaches an engine
as markup, escape or address: see ``_literal``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
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
LONGEST_RUN = 12
"""Above so many lines a run of layers is cut short."""
LONGEST_LINE = 80
"""Above so many characters a line of text is cut short."""
DOT, TIMES = "\N{MIDDLE DOT}", "\N{MULTIPLICATION SIGN}"

FONT = "Helvetica"
"""A name whose widths engines know by heart; a list of names would be measured as Times."""
GRAPH = {"rankdir": "TB", "labelloc": "t", "fontname": FONT, "fontsize": "20",
         "fontcolor": palette.INK, "bgcolor": "white", "nodesep": "0.18", "ranksep": "0.28",
         "pad": "0.2"}  # fmt: skip
SUBTITLE = {"fontsize": "11", "peripheries": "0", "style": "", "margin": "12"}
NODE = {"shape": "box", "style": "rounded,filled", "fontname": FONT, "fontsize": "11",
        "fontcolor": palette.INK, "color": palette.LINE, "penwidth": "0.8", "height": "0.3",
        "margin": "0.12,0.05"}  # fmt: skip
EDGE = {"color": palette.LINE, "penwidth": "0.8", "arrowsize": "0.6"}
SHORTCUT = {"color": palette.SHORTCUT, "penwidth": "1.6"}
FRAME = {"style": "rounded,filled", "color": palette.FRAME_LINE, "fontsize": "11",
         "margin": "10", "peripheries": "1"}  # fmt: skip
# Edges leave a frame at its foot by fans, but heads have none that do; shortcuts come in
# at the left.
AT_HEAD = {"labelloc": "t", "labeljust": "r"}
AT_FOOT = {"labelloc": "b", "labeljust": "l"}
MARKED = {"style": "rounded,filled,dashed", "color": palette.AUXILIARY, "penwidth": "1.4"}
TITLE = {"shape": "plain", "style": ""}
POINT = {"shape": "point", "width": "0.01", "style": "invis"}
# Edges run to its centre, unclipped, so that two strokes look like one.
BEAD = {"shape": "point", "width": "0.022", "style": "filled", "color": palette.SHORTCUT,
        "fillcolor": palette.SHORTCUT}  # fmt: skip
HEAVY = "1000"
"""The weight of edges that are to stand upright; others weigh 1."""
AUXILIARY = {"style": "rounded,filled,dashed", "color": palette.AUXILIARY,
             "fontcolor": palette.AUXILIARY}  # fmt: skip
LEGEND = {"fontsize": "9", "height": "0.2", "width": "0.9", "margin": "0.05,0.02"}


def draw(
    network: Network, file: str | None = None, *, engine: str = "auto", fold: Fold | None = None
) -> str:
    """The diagram as SVG text, or, with a file, written there by its suffix.

    Args:
        file: ends in ``.svg``, ``.png``, ``.pdf`` or ``.dot``.
        engine: ``pure`` for graphviz-pure, ``system`` for an installed Graphviz, ``auto``
            for the first of the two that is there.
        fold: ``network`` draws one box for each outermost block, group and head,
            ``branches`` one for each run of layers inside them, ``layers`` every layer;
            by the number of layers if None.

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

    line = shortened(" ".join(text.split()), LONGEST_LINE)
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line)
    literal: str = graphviz.escape(shown.replace("&", "&amp;"))
    return literal


def _label(lines: Iterable[str], justified: str = "n") -> str:
    """Lines of literal text below each other: centred (n), or ranged left (l) or right (r)."""
    import graphviz

    ended = (f"{_literal(line)}\\{justified}" for line in lines if line)
    label: str = graphviz.nohtml("".join(ended))
    return label


def _count(count: int) -> str:
    """A large number as people say it: ``5.72G``, ``27.2M``, ``512``."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return str(count)


def _figures(cost: Cost) -> str:
    macs = "MACs open" if cost.macs is None else f"{_count(cost.macs)} MACs"
    return f"{_count(cost.params)} params {DOT} {macs}"


def _macs(count: int) -> str:
    unit, size = ("G", 10**9) if count >= 10**8 else ("M", 10**6)
    return f"{count / size:.2f} {unit}MACs"


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"


def _title_figures(graph: Graph) -> str:
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
    return f" {DOT} ".join(parts)


def _sides(value: tuple[int, int]) -> str:
    return str(value[0]) if value[0] == value[1] else f"{value[0]}x{value[1]}"


def _padding(value: str | tuple[int, int, int, int]) -> str:
    if isinstance(value, str):
        return value
    return f"padding {value[0]}" if len(set(value)) == 1 else f"padding {','.join(map(str, value))}"


# What a box says beside its operator, in this order, where it is not the operator's default.
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

_Turn = tuple[int, int, str]
"""A place in a row: after which box, which of those there, and what stands in it."""


@dataclass(slots=True)
class _Frame:
    """What holds boxes together: a block, a head, or a group of the trunk."""

    key: str
    title: str
    parent: str
    subtitle: tuple[str, ...] = ()
    head: Head | None = None


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


@dataclass(slots=True)
class _Frames:
    """The frames of a graph by path, and the innermost one around each node.

    Groups have keys with a space in them, which no path has.
    """

    by_key: dict[str, _Frame]
    of_node: list[str]

    def root(self, key: str) -> str:
        """The outermost frame around a frame; empty for no frame."""
        while key and self.by_key[key].parent:
            key = self.by_key[key].parent
        return key


def _frames(graph: Graph) -> _Frames:
    heads = {
        head.name: _Frame(head.name, head.name, "", _head_title(head, graph.main), head)
        for head in graph.heads
    }
    blocks = {block.path: block for block in graph.blocks}
    known = {**heads}
    for path, block in blocks.items():
        known[path] = _Frame(
            path,
            path.rpartition("/")[2],
            _around(path, {**heads, **blocks}),
            _called(block, blocks),
        )
    frames = _Frames(
        known,
        [node.scope if node.scope in known else _around(node.scope, known) for node in graph.nodes],
    )
    _gather_groups(graph, frames)
    return frames


def _around(path: str, known: Mapping[str, Any]) -> str:
    """The longest proper beginning of a path that is known; empty if none is."""
    outer = path.rpartition("/")[0]
    while outer and outer not in known:
        outer = outer.rpartition("/")[0]
    return outer


def _head_title(head: Head, main: str) -> tuple[str, ...]:
    if head.name == main:
        return ("main head",)
    weight = () if head.loss_weight is None else (f"loss weight {head.loss_weight:g}",)
    return ("auxiliary head", *weight)


def _called(block: Block, blocks: Mapping[str, Block]) -> tuple[str, ...]:
    """The block that was called, and how often a repeat calls it."""
    if block.kind != "repeat":
        return (block.definition,) if block.definition else ()
    members = sum(1 for path in blocks if _around(path, blocks) == block.path)
    return (f"{members} {TIMES} {block.definition}",)


def _gather_groups(graph: Graph, frames: _Frames) -> None:
    """Put a frame around each run of the trunk's layers and whole blocks that share a group."""
    roots = [frames.root(key) for key in frames.of_node]
    groups: dict[str, set[str]] = {}
    for node, root in zip(graph.nodes, roots, strict=True):
        groups.setdefault(root, set()).add(node.group)
    before = key = ""
    for node, root in zip(graph.nodes, roots, strict=True):
        torn = bool(root) and len(groups[root]) > 1
        group = "" if torn or node.head else node.group
        if group and group != before:
            key = f"group {group} {node.index}"
            frames.by_key[key] = _Frame(key, group, "")
        if group and root:
            frames.by_key[root].parent = key
        elif group:
            frames.of_node[node.index] = key
        before = group


def _boxes(graph: Graph, fold: Fold, frames: _Frames) -> list[_Box]:
    """The boxes in the order of the spec, inputs before readers."""
    readers = [0] * len(graph.nodes)
    for node in graph.nodes:
        for source in node.inputs:
            readers[source] += 1
    boxes: list[_Box] = []
    place: list[int] = []
    folded: dict[str, int] = {}
    for node in graph.nodes:
        frame = frames.of_node[node.index]
        root = frames.root(frame) if fold == "network" else ""
        inputs = [place[source] for source in node.inputs]
        if root and root in folded:
            at = folded[root]
        elif fold != "layers" and _continues(node, graph, frames, readers):
            at = inputs[0]
        else:
            at = len(boxes)
            boxes.append(_Box(root or node.path, "" if root else frame, []))
            if root:
                folded[root] = at
        box = boxes[at]
        # A merge reads one box twice if two of its branches are empty; a folded box
        # reads each box once.
        box.inputs += [one for one in inputs if one != at and not (root and one in box.inputs)]
        box.nodes.append(node)
        box.rank = max([boxes[one].rank + 1 for one in box.inputs], default=0)
        place.append(at)
    return boxes


def _continues(node: Node, graph: Graph, frames: _Frames, readers: Sequence[int]) -> bool:
    """Whether a layer only carries on what the layer before it in its branch began."""
    if len(node.inputs) != 1 or OPS[node.op].role == "merge":
        return False
    before = graph.nodes[node.inputs[0]]
    return (
        readers[before.index] == 1
        and OPS[before.op].role == "layer"
        and frames.of_node[before.index] == frames.of_node[node.index]
        and before.branch == node.branch
    )


def _forks(boxes: Sequence[_Box]) -> list[int]:
    """For each box the last one that every way to it passes: where its branches part.

    Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm": one pass does,
    since inputs stand before their readers.
    """
    forks: list[int] = []
    for box in boxes:
        fork = box.inputs[0] if box.inputs else 0
        for one in box.inputs[1:]:
            while fork != one:
                fork, one = (forks[fork], one) if fork > one else (fork, forks[one])
        forks.append(fork)
    return forks


# The drawing


class _Drawing:
    """One diagram on its way to DOT."""

    def __init__(self, graph: Graph, fold: Fold) -> None:
        import graphviz

        self.graph = graph
        self.frames = _frames(graph)
        self.boxes = _boxes(graph, fold, self.frames)
        self.forks = _forks(self.boxes)
        self.contents = self._contents()
        self.costs = costs(graph)
        self.dot = graphviz.Digraph("network")

    def source(self) -> str:
        """The whole text."""
        self.dot.attr("graph", **GRAPH, label=_label([self.graph.name]))
        self.dot.attr("node", **NODE)
        self.dot.attr("edge", **EDGE)
        with self.dot.subgraph(name="cluster network") as outer:
            outer.attr(label=_label([_title_figures(self.graph)]), **SUBTITLE)
            self._frame(outer, "", 0)
            self._legend(outer)
            self._edges(outer)
        return str(self.dot.source)

    # Boxes and frames

    def _contents(self) -> dict[str, list[int | str]]:
        """What stands directly in each frame, in order: boxes by place, frames by key."""
        contents: dict[str, list[int | str]] = {"": []}
        for at, box in enumerate(self.boxes):
            item: int | str = at
            frame = box.frame
            while frame not in contents:
                contents[frame] = [item]
                item, frame = frame, self.frames.by_key[frame].parent
            contents[frame].append(item)
        return contents

    def _frame(self, dot: graphviz.Digraph, key: str, depth: int) -> None:
        """Everything inside a frame, in the order of the spec."""
        rows: dict[int, list[_Turn]] = {}
        for item in self.contents[key]:
            if isinstance(item, str):
                with dot.subgraph(name=f"cluster {item}") as inner:
                    self._title(inner, self.frames.by_key[item], depth)
                    self._frame(inner, item, depth + 1)
                continue
            box = self.boxes[item]
            self._box(dot, box)
            rows.setdefault(box.rank, []).append((item, 0, box.key))
            for rank, turn, look in self._points(item):
                dot.node(turn[2], "", **look)
                rows.setdefault(rank, []).append(turn)
        for row in rows.values():
            self._side_by_side(dot, [name for *_, name in sorted(row)])

    def _side_by_side(self, dot: graphviz.Digraph, names: list[str]) -> None:
        """Keep boxes of one rank in the order of the spec.

        An engine may cross edges as it likes to shorten them, and `ordering=out` does not
        bind what lies in a frame. An edge between two boxes of one rank does: it is never
        drawn from right to left.
        """
        if len(names) < 2:
            return
        with dot.subgraph() as row:
            row.attr(rank="same")
            for left, right in pairwise(names):
                row.edge(left, right, style="invis")

    def _title(self, dot: graphviz.Digraph, frame: _Frame, depth: int) -> None:
        """The look and the title of a frame, the title in its last row if there is room.

        Edges go around what stands in a row, but right across the titles of frames.
        """
        auxiliary = frame.head is not None and frame.head.name != self.graph.main
        look = {
            **FRAME,
            "fillcolor": palette.FRAMES[depth % len(palette.FRAMES)],
            **(AUXILIARY if auxiliary else {}),
        }
        parts = (frame.title, *frame.subtitle)
        merge = self._closing_merge(frame)
        if merge is None:
            place = AT_FOOT if frame.head else AT_HEAD
            dot.attr(label=_label(parts, place["labeljust"]), **{**look, **place})
            return
        dot.attr(label="", **look)
        name = f"{frame.key} title"
        dot.node(name, _label([f" {DOT} ".join(parts)]), **TITLE)
        with dot.subgraph() as row:
            row.attr(rank="same")
            row.edge(name, self.boxes[merge].key, style="invis", weight="0")
        left = self.boxes[merge].inputs[0]
        if self.boxes[left].frame == frame.key:
            dot.edge(self.boxes[left].key, name, style="invis", weight="3")

    def _closing_merge(self, frame: _Frame) -> int | None:
        """The merge that stands alone in the last row of a block; None if there is none."""
        *others, last = self.contents[frame.key]
        if not isinstance(last, int) or len(self.boxes[last].inputs) < 2:
            return None
        rank = self.boxes[last].rank
        alone = all(isinstance(one, str) or self.boxes[one].rank < rank for one in others)
        return last if alone else None

    def _box(self, dot: graphviz.Digraph, box: _Box) -> None:
        colour = palette.PALETTE[box.category]
        look = MARKED if self._is_auxiliary(box) and not box.frame else {}
        dot.node(
            box.key, _label(self._lines(box)), fillcolor=colour.fill, fontcolor=colour.text, **look
        )

    def _lines(self, box: _Box) -> list[str]:
        if box.key in self.frames.by_key and not box.frame:
            return self._folded(box, self.frames.by_key[box.key])
        if len(box.nodes) > 1:
            return self._run(box)
        node = box.nodes[0]
        same = [self.graph.nodes[one].shape for one in node.inputs] == [node.shape]
        quiet = same and OPS[node.op].in_place
        return [_operator(node), _details(node), "" if quiet else shape_text(node.shape)]

    def _folded(self, box: _Box, frame: _Frame) -> list[str]:
        last = box.nodes[-1] if frame.head is None else self.graph.nodes[frame.head.output]
        cost = total(self.costs[node.index] for node in box.nodes)
        subtitle = frame.subtitle or (_layers(len(box.nodes)),)
        return [frame.title, *subtitle, shape_text(last.shape), _figures(cost)]

    def _run(self, box: _Box) -> list[str]:
        lines = [", ".join(filter(None, (_operator(node), _details(node)))) for node in box.nodes]
        if len(lines) > LONGEST_RUN:
            left_out = len(lines) - LONGEST_RUN + 1
            lines = [*lines[: LONGEST_RUN - 2], f"{left_out} more", lines[-1]]
        name = box.nodes[0].branch.rpartition("/")[2]
        return [name, *lines, shape_text(box.nodes[-1].shape)]

    # Edges

    def _edges(self, dot: graphviz.Digraph) -> None:
        straight = self._straight()
        for at, box in enumerate(self.boxes):
            for number, source in enumerate(box.inputs):
                name = self.boxes[source].key
                if self._is_empty(at, number):
                    bead = self._bead(at, number)
                    dot.edge(name, bead, **SHORTCUT, arrowhead="none", headclip="false")
                    dot.edge(bead, box.key, **SHORTCUT, tailclip="false")
                else:
                    dot.edge(name, box.key, weight=HEAVY if (source, at) in straight else None)
            spine = [name for _, (*_, name) in self._spine(at)]
            if spine:
                whole = [self.boxes[self.forks[at]].key, *spine, box.key]
                for upper, lower in pairwise(whole):
                    dot.edge(upper, lower, style="invis", weight=HEAVY)

    def _straight(self) -> set[tuple[int, int]]:
        """The edges that stand upright: the trunk, each branch, and the middle one throughout."""
        trunk = [at for at, box in enumerate(self.boxes) if not self._is_auxiliary(box)]
        readers = Counter(source for at in trunk for source in self.boxes[at].inputs)
        straight = {
            (box.inputs[0], at)
            for at, box in enumerate(self.boxes)
            if len(box.inputs) == 1
            and readers[box.inputs[0]] < 2
            and self._is_auxiliary(self.boxes[box.inputs[0]]) == self._is_auxiliary(box)
        }
        for at in trunk:
            filled = self._filled(at)
            if len(filled) % 2:
                straight.update(self._upwards(at, self.boxes[at].inputs[filled[len(filled) // 2]]))
        return straight

    def _upwards(self, at: int, source: int) -> Iterator[tuple[int, int]]:
        """The edges of a branch from its end to its fork; inner merges have spines of their own."""
        fork = self.forks[at]
        yield source, at
        while source != fork:
            above = self.forks[source]
            if len(self.boxes[source].inputs) == 1:
                yield above, source
            source = above

    def _is_auxiliary(self, box: _Box) -> bool:
        return box.nodes[0].head not in ("", self.graph.main)

    # Branches

    def _is_empty(self, at: int, number: int) -> bool:
        """Whether a branch of a merge has no layer: it hands on what the others read."""
        inputs = self.boxes[at].inputs
        return len(inputs) > 1 and inputs[number] == self.forks[at]

    def _filled(self, at: int) -> list[int]:
        """The branches of a merge that have a layer."""
        inputs = self.boxes[at].inputs
        if len(inputs) < 2:
            return []
        return [number for number in range(len(inputs)) if not self._is_empty(at, number)]

    def _points(self, at: int) -> Iterator[tuple[int, _Turn, Mapping[str, str]]]:
        """What holds places in the rows between a fork and its merge: rank, place, look."""
        fork = self.forks[at]
        for number in range(len(self.boxes[at].inputs)):
            if self._is_empty(at, number):
                before = max(self.boxes[at].inputs[:number], default=fork)
                turn = (before, number + 1, self._bead(at, number))
                yield self.boxes[fork].rank + 1, turn, BEAD
        for rank, turn in self._spine(at):
            yield rank, turn, POINT

    def _bead(self, at: int, number: int) -> str:
        """The key of the point that an empty branch passes, to keep its turn among the others."""
        return f"{self.boxes[at].key} {number}"

    def _spine(self, at: int) -> Iterator[tuple[int, _Turn]]:
        """Where no branch is in the middle, a row of points is: merge and fork stand upright."""
        filled = self._filled(at)
        if len(filled) % 2:
            return
        inputs = self.boxes[at].inputs
        for rank in range(self.boxes[self.forks[at]].rank + 1, self.boxes[at].rank):
            if filled:
                before = max(inputs[: filled[len(filled) // 2]])
                yield rank, (before, len(inputs) + 1, f"{self.boxes[at].key} row {rank}")

    def _legend(self, dot: graphviz.Digraph) -> None:
        """What the colours mean, in a row above the input."""
        found = {box.category for box in self.boxes}
        names = [category for category in palette.PALETTE if category in found]
        if len(names) < 3:
            return
        for name in names:
            colour = palette.PALETTE[name]
            dot.node(f"legend {name}", name, **LEGEND, fillcolor=colour.fill, fontcolor=colour.text)
        keys = [f"legend {name}" for name in names]
        self._side_by_side(dot, keys)
        for middle in {keys[(len(keys) - 1) // 2]: None, keys[len(keys) // 2]: None}:
            dot.edge(middle, self.boxes[0].key, style="invis", weight=HEAVY)
