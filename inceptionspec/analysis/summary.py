"""Graph and analyses to a Summary: the rows that every output format prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from inceptionspec.analysis.bound_weights import bound_weights
from inceptionspec.analysis.costs import Cost, costs, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.analysis.receptive_field import Field, receptive_fields
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops.record import Shape

#: Printed with every figure, so that no number stands without what it counts.
CONVENTION = (
    "params: all variables, moving statistics included; MACs: multiply-accumulates of "
    "convolutions and dense layers; FLOPs: 2 x MACs + norm, bias, activation, pooling and "
    "element-wise operations, batch norms not folded; memory: float32, batch 1"
)


class LayerRow(NamedTuple):
    """One layer with its figures. ``bound`` marks a weight whose shape follows the input."""

    node: Node
    cost: Cost
    field: Field | None
    bound: bool


class BlockRow(NamedTuple):
    """One block with the sums of its layers."""

    path: str
    definition: str
    layers: int
    input_shape: Shape
    output_shape: Shape
    cost: Cost


class HeadRow(NamedTuple):
    """One head with the sums of its own layers."""

    name: str
    source: str
    loss_weight: float | None
    output_shape: Shape
    cost: Cost


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of a network under the settings that it was read with.

    ``counted`` names the heads that the totals hold.
    """

    name: str
    source: str
    digests: Mapping[str, str]
    graph: Graph
    layers: tuple[LayerRow, ...]
    blocks: tuple[BlockRow, ...]
    heads: tuple[HeadRow, ...]
    total: Cost
    peak_activation_bytes: int | None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {sanitize(self.name)}: {len(self.layers)} layers>"

    @property
    def counted(self) -> str:
        """What the totals hold, in words."""
        names = [head.name for head in self.heads]
        if not names:
            return "no heads"
        return f"head {names[0]}" if len(names) == 1 else f"all heads: {', '.join(names)}"


def summarize(loaded: LoadedSpec) -> Summary:
    """Run all analyses over a network."""
    graph = loaded.graph
    each = costs(graph)
    fields = receptive_fields(graph)
    bound = bound_weights(graph)

    def part(members: Iterable[int]) -> Cost:
        return total(each[index] for index in members)

    return Summary(
        name=loaded.name,
        source=loaded.source.name,
        digests=loaded.digests,
        graph=graph,
        layers=tuple(
            LayerRow(node, cost, field, node.index in bound)
            for node, cost, field in zip(graph.nodes, each, fields, strict=True)
        ),
        blocks=tuple(
            BlockRow(
                block.path,
                block.definition,
                len(block.members),
                graph.nodes[block.input].shape,
                graph.nodes[block.output].shape,
                part(block.members),
            )
            for block in graph.blocks
        ),
        heads=tuple(
            HeadRow(
                head.name,
                head.source_path,
                head.loss_weight,
                graph.nodes[head.output].shape,
                part(head.members),
            )
            for head in graph.heads
        ),
        total=total(each),
        peak_activation_bytes=peak_activation_bytes(graph),
    )
