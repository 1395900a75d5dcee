"""The frames around boxes: blocks, repeats, parts, branches, heads, and groups of the trunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from inceptionspec.drawing.diagram.labels import TIMES
from inceptionspec.ir.graph import Block, Graph, Head, Node

FrameKind = Literal["block", "branch", "head", "group"]


@dataclass(slots=True)
class Frame:
    """What holds boxes together.

    ``key`` is a path, or for a group a word with a space in it, which no path has.
    ``definition`` is the block that was called, or that a repeat calls. ``stands_for`` is how many
    blocks it is drawn for, of which it shows one.
    """

    key: str
    kind: FrameKind
    title: str
    parent: str
    subtitle: tuple[str, ...] = ()
    definition: str = ""
    auxiliary: bool = False
    stands_for: int = 1


@dataclass(slots=True)
class Frames:
    """The frames of a graph by key, and the innermost one around each node."""

    by_key: dict[str, Frame]
    of_node: list[str]

    def around(self, key: str) -> Iterator[str]:
        """A frame and those around it, the innermost first; nothing for no frame."""
        while key:
            yield key
            key = self.by_key[key].parent

    def root(self, key: str) -> str:
        """The outermost frame around a frame; empty for no frame."""
        *_, last = ("", *self.around(key))
        return last


def calls_of(graph: Graph) -> Mapping[str, int]:
    """How many blocks each block directly contains; for a repeat, how often it calls one."""
    paths = {block.path: block for block in graph.blocks}
    return Counter(_above(path, paths) for path in paths)


def frames_of(
    graph: Graph, calls: Mapping[str, int], alike: Mapping[str, tuple[str, int]]
) -> Frames:
    """A frame for each head, block, repeat, part, named branch and group.

    Args:
        calls: how many blocks each contains, in the whole network.
        alike: for blocks that are drawn for a run of blocks, the name of the last and their number.
    """
    heads = {head.name: head for head in graph.heads}
    blocks = {block.path: block for block in graph.blocks}
    branches = dict.fromkeys(path for node in graph.nodes for path in _branches(node))
    known: dict[str, Any] = {
        **heads,
        **blocks,
        **{path: path for path in branches if path not in blocks},
    }
    frames: dict[str, Frame] = {}
    for path, part in known.items():
        above = "" if path in heads else _above(path, known)
        name = path.rpartition("/")[2]
        if isinstance(part, Head):
            auxiliary = name != graph.main
            title = _head_title(part, auxiliary)
            frames[path] = Frame(path, "head", name, above, title, auxiliary=auxiliary)
        elif isinstance(part, Block):
            subtitle, count = _called(part, calls.get(path, 0)), 1
            if path in alike:
                last, count = alike[path]
                name = f"{name} to {last}"
                subtitle = (f"{count} {TIMES} {' '.join(subtitle)}".rstrip(),)
            frames[path] = Frame(
                path, "block", name, above, subtitle, part.definition, stands_for=count
            )
        else:
            frames[path] = Frame(path, "branch", name, above)
    # Predictions are outside the path of their head.
    found = Frames(
        frames,
        [
            _above(node.path, known) or (node.head if node.head in heads else "")
            for node in graph.nodes
        ],
    )
    _gather_groups(graph, found)
    return found


def _branches(node: Node) -> Iterator[str]:
    """The branch of a layer, and other paths around it that may be branches."""
    if node.branch:
        yield node.branch
    above = node.path.rpartition("/")[0]
    while "/" in above:
        yield above
        above = above.rpartition("/")[0]


def _above(path: str, known: Mapping[str, Any]) -> str:
    """The longest proper beginning of a path that is known; empty if none is."""
    outer = path.rpartition("/")[0]
    while outer and outer not in known:
        outer = outer.rpartition("/")[0]
    return outer


def _head_title(head: Head, auxiliary: bool) -> tuple[str, ...]:
    if not auxiliary:
        return ("main head",)
    weight = () if head.loss_weight is None else (f"loss weight {head.loss_weight:g}",)
    return ("auxiliary head", *weight)


def _called(block: Block, members: int) -> tuple[str, ...]:
    """The block that was called, and how often a repeat calls it."""
    if block.kind != "repeat":
        return (block.definition,) if block.definition else ()
    return (f"{members} {TIMES} {block.definition}",)


def _gather_groups(graph: Graph, frames: Frames) -> None:
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
            frames.by_key[key] = Frame(key, "group", group, "")
        if group and root:
            frames.by_key[root].parent = key
        elif group:
            frames.of_node[node.index] = key
        before = group
