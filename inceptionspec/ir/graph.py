"""The network as data: an immutable graph with every shape. It has no behavior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Span
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.ops.record import Attributes, Shape, Weight


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a layer was written, and the calls that led to it, the innermost first."""

    span: Span
    called_at: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One layer: an operator with its attributes, what it reads and what it yields.

    ``inputs`` are indices of earlier nodes, in branch order. Shapes leave the batch out.
    ``scope`` is the path of the innermost block or head around it, ``branch`` that of the
    innermost branch; both are empty at the top.
    """

    index: int
    path: str
    op: str
    attributes: Attributes
    inputs: tuple[int, ...]
    shape: Shape
    weights: tuple[Weight, ...]
    scope: str
    branch: str
    head: str
    group: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Block:
    """A named part: a call of a block, a member of a repeat, or layers written in place.

    ``definition`` is the name of the block that was called, empty for a part written in
    place. ``members`` are its nodes, those of inner blocks included.
    """

    path: str
    definition: str
    kind: str
    input: int
    output: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """Layers that end in logits. ``members`` are its own nodes, its predictions included."""

    name: str
    source: int
    source_path: str
    output: int
    predictions: int | None
    loss_weight: float | None
    label_smoothing: float
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A linked network: nodes in the spec's order, inputs before readers.

    ``names`` maps every path that names a tensor to its node: layers, blocks, branches,
    heads and the names that ``end_points`` adds. ``end_points`` are those that a user may
    ask for without knowing what is inside a block.
    """

    name: str
    checkpoint_scope: str
    nodes: tuple[Node, ...]
    blocks: tuple[Block, ...]
    heads: tuple[Head, ...]
    main: str
    names: Mapping[str, int]
    end_points: Mapping[str, int]
    value_range: tuple[float, float] | None
    preprocessing: Preprocessing | None = None

    def head(self, name: str) -> Head:
        """The head of a name."""
        return next(head for head in self.heads if head.name == name)

    def __repr__(self) -> str:
        return f"<Graph {sanitize(self.name)}: {len(self.nodes)} layers>"
