"""What is drawn as one box, and where branches part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from inceptionspec.drawing.diagram.frames import Frames
from inceptionspec.drawing.diagram.options import Fold
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS

BoxKind = Literal["layer", "run", "block", "input", "output", "junction"]
"""Of a part, ``input`` and ``output`` mark the ends; ``junction`` is where two ways of a comparison
meet. These three are no layers."""


@dataclass(slots=True)
class Box:
    """What is drawn as one box: a layer, a run of layers, or everything in a frame.

    ``inputs`` are numbers of earlier boxes in branch order. ``key`` is the path of the
    layer, of the first of a run, or of the frame.
    """

    key: str
    kind: BoxKind
    frame: str
    head: str
    nodes: list[Node]
    inputs: list[int] = field(default_factory=list)


def boxes_of(
    graph: Graph, fold: Fold, frames: Frames, states: Mapping[str, str] = MappingProxyType({})
) -> list[Box]:
    """The boxes in the order of the spec, inputs before readers.

    Layers of different ``states``, by path, or of one that is ``changed`` are in no run.
    """
    readers = Counter(source for node in graph.nodes for source in node.inputs)
    boxes: list[Box] = []
    place: list[int] = []
    folded: dict[str, int] = {}
    for node in graph.nodes:
        frame = frames.of_node[node.index]
        root = frames.root(frame) if fold == "network" else ""
        inputs = [place[source] for source in node.inputs]
        if root and root in folded:
            at = folded[root]
        elif (
            fold != "layers"
            and not root
            and _continues(node, graph, frames, readers[node.index - 1], states)
        ):
            at = inputs[0]
            boxes[at].kind = "run"
        else:
            at = len(boxes)
            boxes.append(Box(root or node.path, "block" if root else "layer",
                             "" if root else frame, node.head, []))  # fmt: skip
            if root:
                folded[root] = at
        box = boxes[at]
        # A merge reads one box twice if two of its branches are empty; a folded box
        # reads each box once.
        box.inputs += [
            source for source in inputs if source != at and not (root and source in box.inputs)
        ]
        box.nodes.append(node)
        place.append(at)
    if fold == "branches":
        _drop_frames_of_one(boxes, frames)
    return boxes


def drop_frames_of_branches(boxes: Sequence[Box], frames: Frames) -> None:
    """Drop the frames of all branches; what is in them moves into the frame around."""

    def kept(key: str) -> str:
        return next((path for path in frames.around(key) if not is_branch(path)), "")

    def is_branch(key: str) -> bool:
        return frames.by_key[key].kind == "branch"

    for frame in frames.by_key.values():
        frame.parent = kept(frame.parent)
    for box in boxes:
        box.frame = kept(box.frame)


def _continues(
    node: Node, graph: Graph, frames: Frames, readers: int, states: Mapping[str, str]
) -> bool:
    """Whether a layer continues the run of the layer before it in its branch."""
    if node.inputs != (node.index - 1,) or OPS[node.op].role == "merge":
        return False
    before = graph.nodes[node.index - 1]
    return (
        readers == 1
        and OPS[before.op].role == "layer"
        and frames.of_node[before.index] == frames.of_node[node.index]
        and before.branch == node.branch
        and states.get(before.path) == states.get(node.path) != "changed"
    )


def _drop_frames_of_one(boxes: Sequence[Box], frames: Frames) -> None:
    """Drop the frames of branches that are one box: the box has the name."""
    holds = Counter(key for box in boxes for key in frames.around(box.frame))
    for box in boxes:
        if box.frame and frames.by_key[box.frame].kind == "branch" and holds[box.frame] == 1:
            box.frame = frames.by_key[box.frame].parent


def forks_of(boxes: Sequence[Box]) -> list[int]:
    """For each box its immediate dominator: where its branches part.

    Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm": one pass does,
    since inputs come before their readers.
    """
    forks: list[int] = []
    for box in boxes:
        fork = box.inputs[0] if box.inputs else 0
        for source in box.inputs[1:]:
            while fork != source:
                fork, source = (forks[fork], source) if fork > source else (fork, forks[source])
        forks.append(fork)
    return forks
