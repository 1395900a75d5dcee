"""A graph while it is rewritten. Passes change it by a few operations that keep it whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

from inceptionspec.ir.graph import Block, Graph, Head, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import Attributes
from inceptionspec.rewrites.weight_expr import Stored, WeightExpr

#: Where a node stands: the place of an original node, before or after it, in which order.
_Rank = tuple[int, int, int]


class GraphRewriter:
    """Nodes under numbers that stay theirs, in an order of inputs before readers.

    A number stands for a tensor. Whoever changes what a node computes either keeps its
    tensor, moves those who read it (``redirect``), or lets its names go (``forget``).

    Attributes:
        nodes: nodes by number; a node's ``index`` and ``inputs`` are such numbers.
        weights: how each weight comes about, by path and name.
        outputs: the tensors that were asked for, by name. They have a reader outside.
    """

    def __init__(self, graph: Graph, outputs: Mapping[str, int]) -> None:
        self.graph = graph
        self.nodes: dict[int, Node] = {node.index: node for node in graph.nodes}
        self.outputs = dict(outputs)
        self.weights: dict[tuple[str, str], WeightExpr] = {
            (node.path, weight.name): Stored(node.path, weight.name, weight.shape)
            for node in graph.nodes
            for weight in node.weights
        }
        self._called: dict[int, list[str]] = {}
        for name, index in graph.names.items():
            self._called.setdefault(index, []).append(name)
        self._stands_for: dict[int, int] = {}
        self._paths = {node.path for node in graph.nodes}
        self._ranks: dict[int, _Rank] = {index: (index, 0, 0) for index in self.nodes}
        self._readers: dict[int, list[int]] = {index: [] for index in self.nodes}
        for node in graph.nodes:
            for source in node.inputs:
                self._readers[source].append(node.index)

    # What passes ask

    def in_order(self) -> Iterator[Node]:
        """Every node of now, inputs before readers, each as it is when its turn comes.

        Nodes that are dropped meanwhile are left out, new ones too.
        """
        for index in sorted(self.nodes, key=self._ranks.__getitem__):
            if index in self.nodes:
                yield self.nodes[index]

    def rank(self, node: Node) -> tuple[int, int, int]:
        """A key that sorts nodes as they stand."""
        return self._ranks[node.index]

    def source(self, node: Node) -> Node:
        """The node that a node reads first."""
        return self.nodes[node.inputs[0]]

    def readers(self, node: Node) -> list[Node]:
        """The nodes that read a tensor, one that reads it twice twice."""
        return [self.nodes[index] for index in self._readers[node.index]]

    def asked_for(self, node: Node) -> bool:
        """Whether a tensor is an output."""
        return node.index in self.outputs.values()

    def only_reader(self, node: Node) -> Node | None:
        """The one reader of a tensor; None where there are more, or it is an output."""
        readers = self._readers[node.index]
        return self.nodes[readers[0]] if len(readers) == 1 and not self.asked_for(node) else None

    def weight(self, node: Node, name: str) -> WeightExpr | None:
        """How a weight of a node comes about; None where it has none of that name."""
        return self.weights.get((node.path, name))

    # What passes do

    def change(
        self,
        node: Node,
        *,
        attributes: Attributes | None = None,
        inputs: Sequence[int] | None = None,
        weights: Mapping[str, WeightExpr] | None = None,
        op: str | None = None,
        path: str | None = None,
    ) -> Node:
        """Give a node other attributes, inputs or weights; shapes follow from them.

        Args:
            weights: recipes by name, one for each weight that the node then has; None
                leaves those that it has.
        """
        made = self._made(
            dataclasses.replace(
                node,
                op=op or node.op,
                path=path or node.path,
                attributes=node.attributes if attributes is None else attributes,
                inputs=node.inputs if inputs is None else tuple(inputs),
            )
        )
        for source in node.inputs:
            self._readers[source].remove(node.index)
        for source in made.inputs:
            self._readers[source].append(node.index)
        if weights is not None or made.path != node.path:
            held = {w.name: self.weights.pop((node.path, w.name)) for w in node.weights}
            self._give(made, held if weights is None else weights)
        self._paths.add(made.path)
        self.nodes[node.index] = made
        return made

    def add(
        self,
        like: Node,
        *,
        op: str,
        path: str,
        attributes: Attributes,
        inputs: Sequence[int],
        weights: Mapping[str, WeightExpr] | None = None,
        branch: str | None = None,
        before: bool = False,
    ) -> Node:
        """A new node right after (or before) another one, whose place in the spec it shares.

        Args:
            like: the other node.
            path: its path, with a dot, which no path of a spec has; a number makes it unique.
            branch: its branch, where that is not the other's.
        """
        place, side, _ = self._ranks[like.index]
        index = len(self._ranks)
        self._ranks[index] = (place, side - 1 if before else side + 1, index)
        made = self._made(
            dataclasses.replace(
                like,
                index=index,
                path=self._fresh(path),
                op=op,
                attributes=attributes,
                inputs=tuple(inputs),
                branch=like.branch if branch is None else branch,
            )
        )
        self.nodes[index] = made
        self._paths.add(made.path)
        self._readers[index] = []
        for source in made.inputs:
            self._readers[source].append(index)
        self._give(made, weights or {})
        return made

    def swap(self, first: Node, second: Node) -> None:
        """Let two nodes change places in the order."""
        ranks = self._ranks
        ranks[first.index], ranks[second.index] = ranks[second.index], ranks[first.index]

    def redirect(self, old: Node, new: Node) -> None:
        """Let all who read a tensor, and all its names, stand for another one of equal value.

        A node that reads both keeps reading the old one where it is ``new`` itself.
        """
        for index in dict.fromkeys(self._readers[old.index]):
            if index == new.index:
                continue
            reader = self.nodes[index]
            inputs = [new.index if i == old.index else i for i in reader.inputs]
            self.change(reader, inputs=inputs)
        self._called.setdefault(new.index, []).extend(self._called.pop(old.index, []))
        for name, index in self.outputs.items():
            if index == old.index:
                self.outputs[name] = new.index
        self._stands_for[old.index] = new.index

    def forget(self, node: Node) -> None:
        """Let the names of a tensor go that is no longer computed."""
        self._called.pop(node.index, None)

    def drop(self, node: Node, *, instead: Node | None = None) -> None:
        """Take a node out that nobody reads; ``instead`` stands in its place in the structure."""
        for source in node.inputs:
            self._readers[source].remove(node.index)
        self.forget(node)
        for weight in node.weights:
            del self.weights[node.path, weight.name]
        del self.nodes[node.index], self._readers[node.index]
        if instead is not None:
            self._stands_for[node.index] = instead.index

    # What comes of it

    def graph_now(self) -> Graph:
        """The graph as it stands, numbered from 0 on."""
        nodes = list(self.in_order())
        number = {node.index: new for new, node in enumerate(nodes)}
        called = {name: number[i] for i, names in self._called.items() for name in names}
        names = {name: called[name] for name in self.graph.names if name in called}
        return dataclasses.replace(
            self.graph,
            nodes=tuple(
                dataclasses.replace(
                    node, index=number[node.index], inputs=tuple(number[i] for i in node.inputs)
                )
                for node in nodes
            ),
            blocks=tuple(self._blocks(nodes, number)),
            heads=tuple(self._heads(nodes, number, names)),
            names=names,
            end_points={name: names[name] for name in self.graph.end_points if name in names},
        )

    def outputs_now(self) -> Mapping[str, int]:
        """The outputs, numbered as in the graph."""
        number = {node.index: new for new, node in enumerate(self.in_order())}
        return {name: number[index] for name, index in self.outputs.items()}

    def _blocks(self, nodes: Sequence[Node], number: Mapping[int, int]) -> Iterable[Block]:
        members: dict[str, list[int]] = {block.path: [] for block in self.graph.blocks}
        for node in nodes:
            # What stands behind a dot was added: to a block, or to a layer in one.
            inside = node.path.partition(".")[0]
            while inside:
                if inside in members:
                    members[inside].append(number[node.index])
                inside = inside.rpartition("/")[0]
        for block in self.graph.blocks:
            entry, output = self._standing(block.input), self._standing(block.output)
            held = tuple(members[block.path])
            if entry in number and output in number and held:
                yield dataclasses.replace(
                    block, input=number[entry], output=number[output], members=held
                )

    def _heads(
        self, nodes: Sequence[Node], number: Mapping[int, int], names: Mapping[str, int]
    ) -> Iterable[Head]:
        for head in self.graph.heads:
            if head.name not in names:
                continue
            predictions = None if head.predictions is None else self._standing(head.predictions)
            yield dataclasses.replace(
                head,
                source=number.get(self._standing(head.source), 0),
                output=names[head.name],
                predictions=None if predictions is None else number.get(predictions),
                members=tuple(number[node.index] for node in nodes if node.head == head.name),
            )

    def _standing(self, index: int) -> int:
        while index in self._stands_for:
            index = self._stands_for[index]
        return index

    def _made(self, node: Node) -> Node:
        op, inputs = OPS[node.op], [self.nodes[index].shape for index in node.inputs]
        return dataclasses.replace(
            node,
            shape=op.shape(node.attributes, inputs),
            weights=op.weights(node.attributes, inputs),
        )

    def _give(self, node: Node, weights: Mapping[str, WeightExpr]) -> None:
        wanted = {weight.name: weight.shape for weight in node.weights}
        given = {name: recipe.shape for name, recipe in weights.items()}
        if wanted != given:  # a pass of ours is wrong
            raise RuntimeError(f"{node.path}: weights {given} for {wanted}")
        for name, recipe in weights.items():
            self.weights[node.path, name] = recipe

    def _fresh(self, path: str) -> str:
        number, fresh = 1, path
        while fresh in self._paths:
            number += 1
            fresh = f"{path}_{number}"
        return fresh
