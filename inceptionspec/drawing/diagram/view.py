"""What is drawn of a network: all of it, a part, or each repeated block once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.suggest import suggested
from inceptionspec.drawing.diagram.frames import calls_of
from inceptionspec.drawing.diagram.labels import SEPARATOR, title_text
from inceptionspec.ir.graph import Block, Graph, Node

MOST_READERS = 3
"""At most this many readers of a part are named."""


@dataclass(frozen=True, slots=True)
class View:
    """A graph that is drawn, with what its nodes do not show.

    Attributes:
        name, lines: the title.
        calls: how many blocks each block of the whole network contains.
        alike: for blocks that are drawn for a run of blocks, the name of the last and their number.
        row: the head at the end of the trunk.
        origin: of a part, what it reads; then its first node is that input.
        output: of a part, the node that it ends in and what reads it there.
    """

    graph: Graph
    name: str
    lines: tuple[str, ...]
    row: str
    calls: Mapping[str, int]
    alike: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    origin: str = ""
    output: tuple[int, tuple[str, ...]] | None = None


def whole(graph: Graph) -> View:
    """All of a network."""
    return View(graph, graph.name, (title_text(graph),), graph.main, calls_of(graph))


def part(graph: Graph, path: str) -> View:
    """One block, head, branch, group or layer, between its input and its output.

    Raises:
        SpecError: E0806 where the path names nothing, or a layer that reads several others.
    """
    inside = _members(graph, path) if path else ()  # layers of no group are in the group ``""``
    if not inside:
        raise SpecError([_nothing(graph, path)])
    chosen = set(inside)
    sources = dict.fromkeys(
        source for index in inside for source in graph.nodes[index].inputs if source not in chosen
    )
    if len(sources) > 1:
        raise SpecError([_several(path, len(sources))])
    source = next(iter(sources), None)
    output = _output(graph, path, inside)
    readers = [
        graph.nodes[node.index].path
        for node in graph.nodes
        if output in node.inputs and node.index not in chosen
    ]
    cut = _cut(graph, inside, source)
    last = next(node.index for node in cut.nodes if node.path == graph.nodes[output].path)
    named = tuple(dict.fromkeys(_named(reader, graph) for reader in readers))
    return View(
        cut,
        f"{graph.name} {SEPARATOR} {path}",
        (title_text(cut),),
        cut.nodes[last].head or graph.main,
        calls_of(graph),
        origin="" if source is None else _named(graph.nodes[source].path, graph),
        output=(last, named),
    )


def _members(graph: Graph, path: str) -> list[int]:
    """The nodes of a part; of a group, all of the trunk from its first to its last."""
    inside = f"{path}/"
    found = [node.index for node in graph.nodes if f"{node.path}/".startswith(inside)]
    heads = [head for head in graph.heads if head.name == path]
    if heads:
        return list(heads[0].members)
    grouped = [node.index for node in graph.nodes if node.group == path and not node.head]
    if found or not grouped:
        return found
    trunk = [node.index for node in graph.nodes if not node.head]
    return [index for index in trunk if grouped[0] <= index <= grouped[-1]]


def _output(graph: Graph, path: str, inside: Sequence[int]) -> int:
    for head in graph.heads:
        if head.name == path:
            return head.output if head.predictions is None else head.predictions
    return inside[-1]


def _named(path: str, graph: Graph) -> str:
    """The outermost part that a layer belongs to: what a person calls it."""
    node = next(node for node in graph.nodes if node.path == path)
    return node.head or path.partition("/")[0]


def _cut(graph: Graph, inside: Sequence[int], source: int | None) -> Graph:
    """The nodes of a part after an input of the shape that it reads."""
    new: dict[int, int] = {}
    nodes: list[Node] = []
    if source is not None:
        before = graph.nodes[source]
        new[source] = 0
        nodes.append(
            dataclasses.replace(
                before,
                index=0,
                op="input",
                attributes={},
                inputs=(),
                weights=(),
                scope="",
                branch="",
                head="",
                group="",
            )
        )
    for index in inside:
        node = graph.nodes[index]
        new[index] = len(nodes)
        inputs = tuple(new[source] for source in node.inputs)
        nodes.append(dataclasses.replace(node, index=len(nodes), inputs=inputs))
    chosen = set(inside)
    blocks = [block for block in graph.blocks if chosen.issuperset(block.members)]
    return renumbered(graph, nodes, new, blocks)


def _nothing(graph: Graph, path: str) -> Diagnostic:
    known = [
        *(block.path for block in graph.blocks),
        *(head.name for head in graph.heads),
        *dict.fromkeys(node.group for node in graph.nodes if node.group),
        *dict.fromkeys(node.branch for node in graph.nodes if node.branch),
        *(node.path for node in graph.nodes),
    ]
    helps, notes = suggested(path, list(dict.fromkeys(known)))
    return finding(
        "E0806",
        f"`{graph.name}` has no part `{shortened(path, 80)}` to draw",
        f"--only {path}",
        *(helps or ("name a block, a head, a group, a branch or a layer by its path",)),
        notes=notes,
    )


def _several(path: str, count: int) -> Diagnostic:
    around = path.rpartition("/")[0]
    return finding(
        "E0806",
        f"`{path}` alone is no picture: it reads {count} layers",
        f"--only {path}",
        f"draw `{around}`, which holds them" if around else "draw the part that holds them",
    )


# Cutting


def renumbered(
    graph: Graph, nodes: Sequence[Node], new: Mapping[int, int], blocks: Sequence[Block]
) -> Graph:
    """A graph of some nodes, with some blocks and the heads whose logits are left."""
    heads = tuple(
        dataclasses.replace(
            head,
            source=new.get(head.source, 0),
            output=new[head.output],
            predictions=None if head.predictions is None else new.get(head.predictions),
            members=_kept(head.members, new),
        )
        for head in graph.heads
        if head.output in new and nodes[new[head.output]].head == head.name
    )
    return dataclasses.replace(
        graph,
        nodes=tuple(nodes),
        blocks=tuple(
            dataclasses.replace(
                block,
                input=new.get(block.input, 0),
                output=new[block.output],
                members=_kept(block.members, new),
            )
            for block in blocks
        ),
        heads=heads,
        names={},
        end_points={},
    )


def _kept(members: Iterable[int], new: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(new[index] for index in members if index in new)
