"""What is drawn as one box, the frames around boxes, and where branches part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from inceptionspec.backends.diagram import palette
from inceptionspec.backends.diagram.labels import TIMES
from inceptionspec.graph import Block, Graph, Head, Node
from inceptionspec.ops import OPS

Fold = Literal["network", "branches", "layers"]


@dataclass(slots=True)
class Frame:
    """What holds boxes together: a block, a head, or a group of the trunk."""

    key: str
    title: str
    parent: str
    subtitle: tuple[str, ...] = ()
    head: Head | None = None


@dataclass(slots=True)
class Box:
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

    by_key: dict[str, Frame]
    of_node: list[str]

    def root(self, key: str) -> str:
        """The outermost frame around a frame; empty for no frame."""
        while key and self.by_key[key].parent:
            key = self.by_key[key].parent
        return key


def frames_of(graph: Graph) -> _Frames:
    """A frame for each head, block, repeat, part and group."""
    heads = {
        head.name: Frame(head.name, head.name, "", _head_title(head, graph.main), head)
        for head in graph.heads
    }
    blocks = {block.path: block for block in graph.blocks}
    known = {**heads}
    parts = {**heads, **blocks}
    around = {path: _around(path, parts) for path in blocks}
    members = Counter(around.values())
    for path, block in blocks.items():
        name = path.rpartition("/")[2]
        known[path] = Frame(path, name, around[path], _called(block, members[path]))
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


def _called(block: Block, members: int) -> tuple[str, ...]:
    """The block that was called, and how often a repeat calls it."""
    if block.kind != "repeat":
        return (block.definition,) if block.definition else ()
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
            frames.by_key[key] = Frame(key, group, "")
        if group and root:
            frames.by_key[root].parent = key
        elif group:
            frames.of_node[node.index] = key
        before = group


def boxes_of(graph: Graph, fold: Fold, frames: _Frames) -> list[Box]:
    """The boxes in the order of the spec, inputs before readers."""
    readers = [0] * len(graph.nodes)
    for node in graph.nodes:
        for source in node.inputs:
            readers[source] += 1
    boxes: list[Box] = []
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
            boxes.append(Box(root or node.path, "" if root else frame, []))
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


def forks_of(boxes: Sequence[Box]) -> list[int]:
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
