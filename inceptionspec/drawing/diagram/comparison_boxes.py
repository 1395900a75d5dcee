"""The boxes of a comparison: which there are, what their text says, and whose their edges are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from inceptionspec.analysis.costs import NOTHING, Cost, total
from inceptionspec.analysis.diff.difference import Change
from inceptionspec.drawing.diagram.boxes import Box
from inceptionspec.drawing.diagram.changes import Changes, Side, State
from inceptionspec.drawing.diagram.frames import Frames
from inceptionspec.drawing.diagram.labels import (
    SEPARATOR,
    TIMES,
    change_text,
    layer_count,
    operator_text,
    signed,
)
from inceptionspec.ir.graph import Graph, Node

ADDED, REMOVED = "+", "\u2212"
"""The marks of what only the new network has, and only the old one."""
MOST_LINES = 3
"""At most this many changes of a box are written."""


def join_ways(boxes: Sequence[Box], changes: Changes) -> list[Box]:
    """The boxes without the junctions that need none.

    Two ways that meet may as well meet in the box after them, if it is in the same frame and
    reads nothing else.
    """
    readers: dict[int, list[int]] = defaultdict(list)
    for at, box in enumerate(boxes):
        for source in box.inputs:
            readers[source].append(at)
    junctions = {at for at, box in enumerate(boxes) if is_junction(box, changes)}
    needless: dict[int, int] = {}  # by the box that takes its place
    for at in junctions:
        boxes[at].kind = "junction"
        reader = readers[at][0] if len(readers[at]) == 1 else at
        after = boxes[reader]
        same = (after.frame, after.head) == (boxes[at].frame, boxes[at].head)
        if reader not in junctions and same and after.inputs == [at]:
            needless[reader] = at
    gone = set(needless.values())
    place: dict[int, int] = {}
    kept: list[Box] = []
    for at, box in enumerate(boxes):
        if at in needless:
            box.inputs = boxes[needless[at]].inputs
        else:
            box.inputs = [place[source] for source in box.inputs]
        if at not in gone:
            place[at] = len(kept)
            kept.append(box)
    return kept


def is_junction(box: Box, changes: Changes) -> bool:
    """Whether a box is no layer."""
    return not _is_mark(box) and box.nodes[0].path in changes.junctions


def counted_nodes(box: Box, changes: Changes) -> Sequence[Node]:
    """The layers of one network in a box that may have layers of both.

    They are those of the new network, or of the old one if the new one has none there.
    """
    return [node for node in box.nodes if node.path in changes.after] or box.nodes


def costs_of(graph: Graph, changes: Changes) -> Sequence[Cost]:
    """What each layer costs in the network that has it, in the new one if both do."""
    every = {**changes.before, **changes.after}
    return [every.get(node.path, NOTHING) for node in graph.nodes]


def edge_sides(
    edges: Sequence[tuple[int, int, int]], boxes: Sequence[Box], graph: Graph, changes: Changes
) -> list[Side]:
    """Whose each edge is, given where it starts, where it ends and which input it is there.

    Between two boxes that the old network has, too, with an edge between them, none is new.
    """
    box_of = {
        node.path: at for at, box in enumerate(boxes) if box.kind != "output" for node in box.nodes
    }
    for node in reversed(graph.nodes):  # junctions that are not drawn are part of their reader
        for source in node.inputs:
            box_of.setdefault(graph.nodes[source].path, box_of[node.path])
    sides: dict[tuple[int, int], list[Side]] = defaultdict(list)
    for node in graph.nodes:
        for number, source in enumerate(node.inputs):
            ends = box_of[graph.nodes[source].path], box_of[node.path]
            sides[ends].append(changes.edges.get((node.path, number), "kept"))
    same: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for edge in sorted(edges):
        same[edge[:2]].append(edge)

    known = {
        (box_of[source], box_of[to])
        for source, to in changes.reads
        if source in box_of and to in box_of
    }

    def side(edge: tuple[int, int, int]) -> Side:
        inside, drawn = sides[edge[:2]], same[edge[:2]]
        if not inside:  # to the mark of an end, whose layer has it
            last = changes.states.get(boxes[edge[0]].nodes[-1].path, "kept")
            return last if last == "added" or last == "removed" else "kept"
        if len(drawn) > 1 and len(inside) == len(drawn):
            return inside[drawn.index(edge)]
        if len(set(inside)) > 1 or (inside[0] == "added" and edge[:2] in known):
            return "kept"
        return inside[0]

    return [side(edge) for edge in edges]


# States


def state_of(box: Box, changes: Changes) -> State:
    """What is different in a box."""
    if _is_mark(box):
        return "kept"
    found = {changes.states[node.path] for node in box.nodes if node.path in changes.states}
    found |= {_state(change) for change in _of_head(box, changes)}
    if found <= {"kept", "training"}:
        return "training" if "training" in found else "kept"
    return found.pop() if len(found) == 1 else "changed"


def _is_mark(box: Box) -> bool:
    """Whether a box marks where a part begins or ends; what is there is drawn elsewhere."""
    return box.kind in ("input", "output")


def _state(change: Change) -> State:
    return "training" if change.trains_only else "changed"


def _of_head(box: Box, changes: Changes) -> tuple[Change, ...]:
    """The changes of a head that is one box."""
    return changes.attributes.get(box.key, ()) if box.kind == "block" else ()


# Text


def change_lines(box: Box, changes: Changes, *, each: bool = False) -> tuple[str, ...]:
    """What changed in a box, and by how much its cost; nothing where only one network has it.

    Args:
        each: whether it stands for several equal blocks.
    """
    if changes.apart or _is_mark(box):
        return ()
    if state_of(box, changes) in ("added", "removed"):
        moved = any(node.path not in changes.parts for node in box.nodes)
        return ("moved",) if moved and box.kind == "layer" else ()
    told = [*_of_head(box, changes)]
    told += [change for node in box.nodes for change in changes.attributes.get(node.path, ())]
    lines = [*_computed(told), *_lone_layers(box, changes), *_trained(told)]
    if cost := cost_change(box.nodes, changes):
        lines.append(f"{cost} each" if each else cost)
    return tuple(lines)


def told_lines(node: Node, changes: Changes) -> tuple[str, ...]:
    """What changed in a layer of both networks, in words."""
    told = changes.attributes.get(node.path, ())
    cost = cost_change([node], changes)
    return (*_computed(told), *_trained(told), *([cost] if cost else []))


def _computed(told: Sequence[Change]) -> list[str]:
    """What is computed in another way, each change once."""
    texts = Counter(change_text(change) for change in told if not change.trains_only)
    lines = [f"{text} {TIMES} {count}" if count > 1 else text for text, count in texts.items()]
    more = len(lines) - MOST_LINES
    if more > 0:
        lines[MOST_LINES:] = ["1 more change" if more == 1 else f"{more} more changes"]
    return lines


def _lone_layers(box: Box, changes: Changes) -> Iterator[str]:
    """The layers that only one network has."""
    for state, mark in (("added", ADDED), ("removed", REMOVED)):
        nodes = [node for node in box.nodes if changes.states.get(node.path) == state]
        parts = {changes.parts.get(node.path, node.path) for node in nodes}
        if len(nodes) == 1:
            yield f"{mark} {operator_text(nodes[0])}"
        elif nodes:
            name = f"{parts.pop().rpartition('/')[2]}, " if len(parts) == 1 else ""
            yield f"{mark} {name}{layer_count(len(nodes))}"


def _trained(told: Sequence[Change]) -> list[str]:
    """What is trained in another way, in one line."""
    found = {change_text(change): change for change in told if change.trains_only}
    names = dict.fromkeys(change.name.rpartition(".")[2] for change in found.values())
    said = found if len(found) == 1 else names
    return [f"training: {', '.join(said)}"] if said else []


def cost_change(nodes: Sequence[Node], changes: Changes, between: str = f" {SEPARATOR} ") -> str:
    """By how much the parameters and MACs of some layers differ: ``+7.87k params``."""
    before = total(changes.before[node.path] for node in nodes if node.path in changes.before)
    after = total(changes.after[node.path] for node in nodes if node.path in changes.after)
    parts = [signed(after.params - before.params, "params")]
    if before.macs is not None and after.macs is not None:
        parts.append(signed(after.macs - before.macs, "MACs"))
    return between.join(part for part in parts if part)


def mark_frames(boxes: Sequence[Box], frames: Frames, changes: Changes) -> None:
    """Mark frames that only one network has, and say what changed of others that are open."""
    inside: dict[str, list[Node]] = defaultdict(list)
    opened: set[str] = set()
    for box in boxes:
        opened.update(frames.around(box.frame))
        for node in box.nodes:
            if node.path in changes.states:
                for key in frames.around(frames.of_node[node.index]):
                    inside[key].append(node)
    for key, nodes in inside.items():
        frame = frames.by_key[key]
        states = {changes.states[node.path] for node in nodes}
        if mark := _mark(states):
            frame.title = f"{mark} {frame.title}"
        elif key in opened and frame.kind != "branch" and not changes.apart:
            told = changes.attributes.get(key, ()) if frame.kind == "head" else ()
            cost = cost_change(nodes, changes, ", ")
            cost += " each" if cost and frame.stands_for > 1 else ""
            said = [cost] if cost else _computed(told) or _trained(told)
            frame.subtitle = (*frame.subtitle, *said)


def marked(lines: Sequence[str], box: Box, changes: Changes) -> tuple[str, ...]:
    """The lines of a box, the first with a mark if only one network has it."""
    mark = _mark({state_of(box, changes)})
    if not lines or not mark or lines[0].startswith(f"{mark} "):
        return tuple(lines)
    return (f"{mark} {lines[0]}", *lines[1:])


def _mark(states: Collection[State]) -> str:
    if set(states) == {"added"}:
        return ADDED
    return REMOVED if set(states) == {"removed"} else ""


def legend(changes: Changes) -> Mapping[State, str]:
    """What the colors of a comparison mean."""
    old, new = changes.names
    return {
        "added": f"{ADDED} only in {new}",
        "removed": f"{REMOVED} only in {old}",
        "changed": "changed",
        "training": "trained differently",
        "kept": "in both",
    }
