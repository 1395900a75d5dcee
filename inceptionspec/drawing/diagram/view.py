"""What is drawn of a network: all of it, a part, or each repeated block once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inceptionspec.analysis.costs import total
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.suggest import suggested
from inceptionspec.drawing.diagram.block_colors import definitions_of
from inceptionspec.drawing.diagram.changes import Changes
from inceptionspec.drawing.diagram.frames import calls_of
from inceptionspec.drawing.diagram.labels import SEPARATOR, difference_texts, title_text
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
        origins: of a part, what it reads; its first nodes are these inputs.
        ends: of a part, the nodes that it ends in, which are several only where two networks
            end in different ones, and the ``readers`` of these.
        definitions: the names of all blocks that the whole network calls.
        changes: of a view of two networks, what is different between them.
    """

    graph: Graph
    name: str
    lines: tuple[str, ...]
    row: str
    calls: Mapping[str, int]
    alike: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    origins: tuple[str, ...] = ()
    ends: tuple[int, ...] = ()
    readers: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    changes: Changes | None = None


def whole(graph: Graph) -> View:
    """All of a network."""
    return View(
        graph,
        graph.name,
        (title_text(graph),),
        graph.main,
        calls_of(graph),
        definitions=definitions_of(graph),
    )


def part(of: View, path: str) -> View:
    """One block, head, branch, group or layer of a view, between its input and its output.

    Raises:
        SpecError: E0806 where the path names nothing, or one layer that reads several others;
            E0836 in two networks that are drawn next to each other.
    """
    graph, changes = of.graph, of.changes
    if changes is not None and changes.apart:
        raise SpecError([_apart(path, changes)])
    inside = _members(graph, path) if path else ()  # layers of no group are in the group ``""``
    if not inside or _is_junction(path, changes):
        raise SpecError([_nothing(of, path)])
    chosen = set(inside)
    sources = dict.fromkeys(
        source for index in inside for source in graph.nodes[index].inputs if source not in chosen
    )
    if len(sources) > 1 and len(inside) == 1:
        raise SpecError([_several(path, len(sources))])
    outputs = _outputs(graph, path, inside, changes)
    readers = [
        node.path
        for node in graph.nodes
        if node.index not in chosen and not outputs.isdisjoint(node.inputs)
    ]
    cut, new = _cut(graph, inside, tuple(sources))
    ends = tuple(new[output] for output in sorted(outputs))
    return View(
        cut,
        f"{of.name} {SEPARATOR} {path}",
        _costs_of_part(cut, changes),
        cut.nodes[ends[-1]].head or graph.main,
        of.calls,
        origins=tuple(_named(graph.nodes[source].path, graph, changes) for source in sources),
        ends=ends,
        readers=tuple(dict.fromkeys(_named(reader, graph, changes) for reader in readers)),
        definitions=of.definitions,
        changes=changes,
    )


def _costs_of_part(cut: Graph, changes: Changes | None) -> tuple[str, ...]:
    """The title's lines of a part: what comes in and what it costs, or costs more than before."""
    if changes is None:
        return (title_text(cut),)
    old, new = (
        total(found[node.path] for node in cut.nodes if node.path in found and node.op != "input")
        for found in (changes.before, changes.after)
    )
    return tuple(difference_texts(old, new, ""))


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


def _outputs(graph: Graph, path: str, inside: Sequence[int], changes: Changes | None) -> set[int]:
    """Where a part ends; two networks may end in different layers."""
    if changes is None:
        ends = {head.name: head.output if head.predictions is None else head.predictions
                for head in graph.heads}  # fmt: skip
        return {ends.get(path, inside[-1])}
    chosen = set(inside)
    readers: dict[int, set[int]] = {index: set() for index in inside}
    for node in graph.nodes:
        for source in chosen.intersection(node.inputs):
            readers[source].add(node.index)
    return {index for index, found in readers.items() if not found or found - chosen}


def _is_junction(path: str, changes: Changes | None) -> bool:
    return changes is not None and path in changes.junctions


def _named(path: str, graph: Graph, changes: Changes | None) -> str:
    """The outermost part that a layer belongs to: what a person calls it."""
    node = next(node for node in graph.nodes if node.path == path)
    if _is_junction(path, changes):
        sources = [graph.nodes[source].path for source in node.inputs]
        return " or ".join(dict.fromkeys(_named(one, graph, changes) for one in sources))
    return node.head or path.partition("/")[0]


def _cut(
    graph: Graph, inside: Sequence[int], sources: Sequence[int]
) -> tuple[Graph, Mapping[int, int]]:
    """The nodes of a part after inputs of the shapes that it reads, and their new numbers."""
    new: dict[int, int] = {}
    nodes: list[Node] = []
    for source in sources:
        before = graph.nodes[source]
        new[source] = len(nodes)
        nodes.append(
            dataclasses.replace(
                before,
                index=len(nodes),
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
    blocks = [block for block in graph.blocks if block.members and chosen.issuperset(block.members)]
    return renumbered(graph, nodes, new, blocks), new


def _nothing(of: View, path: str) -> Diagnostic:
    graph = of.graph
    known = [
        *(block.path for block in graph.blocks),
        *(head.name for head in graph.heads),
        *dict.fromkeys(node.group for node in graph.nodes if node.group),
        *dict.fromkeys(node.branch for node in graph.nodes if node.branch),
        *(node.path for node in graph.nodes if not _is_junction(node.path, of.changes)),
    ]
    helps, notes = suggested(path, list(dict.fromkeys(known)))
    return finding(
        "E0806",
        f"`{graph.name}` has no part `{shortened(path, 80)}` to draw",
        f"--only {path}",
        *(helps or ("name a block, a head, a group, a branch or a layer by its path",)),
        notes=notes,
    )


def _apart(path: str, changes: Changes) -> Diagnostic:
    return finding(
        "E0836",
        f"there is no picture of both networks to cut a part from: {changes.apart}",
        f"--only {path}",
        "leave out `--only`: each network is drawn by itself",
        "or leave out `--diff`: the part of one network is drawn",
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
