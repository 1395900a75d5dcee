"""A graph while it is rewritten. Passes change it with a few operations that keep it whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

from inceptionspec.ir.graph import Block, Graph, Head, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import Attributes
from inceptionspec.rewrites.tensor_table import TensorTable
from inceptionspec.rewrites.weight_expr import Stored, WeightExpr

#: Where a node stands: the place of an original node, before or after it, in which order.
_Rank = tuple[int, int, int]


class GraphRewriter:
    """Nodes under numbers that stay theirs, in an order of inputs before readers.

    Nodes read tensors, which have numbers of their own: a node's ``inputs`` are numbers of
    tensors here. Whoever changes what a node computes either keeps its tensor, lets another
    node yield it (``redirect``), or drops its names (``forget``). No operation takes longer
    than the node that it changes has inputs, whatever else reads the tensor.

    Attributes:
        nodes: nodes by number; ``index`` is that number.
        weights: how each weight is computed, by path and name.
    """

    def __init__(self, graph: Graph, outputs: Mapping[str, int]) -> None:
        self.graph = graph
        self.nodes: dict[int, Node] = {node.index: node for node in graph.nodes}
        self.weights: dict[tuple[str, str], WeightExpr] = {
            (node.path, weight.name): Stored(node.path, weight.name, weight.shape)
            for node in graph.nodes
            for weight in node.weights
        }
        self._tensors = TensorTable()
        self._tensor_of: dict[int, int] = {i: self._tensors.add(i) for i in self.nodes}
        for node in graph.nodes:
            self._read(node)
        for name, index in graph.names.items():
            self._tensors[index].names.append(name)
        self._outputs = dict(outputs)
        for index in outputs.values():
            self._tensors[index].outputs += 1
        self._stands_for: dict[int, int] = {}
        self._paths = {node.path for node in graph.nodes}
        self._used: dict[str, int] = {}
        self._ranks: dict[int, _Rank] = {index: (index, 0, 0) for index in self.nodes}

    # What passes ask

    def in_order(self) -> Iterator[Node]:
        """Every current node, inputs before readers, each as it is when its turn comes.

        Nodes that are dropped meanwhile are left out, and so are new ones.
        """
        for index in sorted(self.nodes, key=self._ranks.__getitem__):
            if index in self.nodes:
                yield self.nodes[index]

    def rank(self, node: Node) -> tuple[int, int, int]:
        """A key that sorts nodes in their order."""
        return self._ranks[node.index]

    def tensor(self, node: Node) -> int:
        """The number of the tensor that a node yields."""
        return self._tensor_of[node.index]

    def producer(self, number: int) -> Node:
        """The node that yields a tensor."""
        return self.nodes[self._tensors[number].producer]

    def source(self, node: Node) -> Node:
        """The node that a node reads first."""
        return self.producer(node.inputs[0])

    def sources(self, node: Node) -> list[Node]:
        """The nodes that a node reads, in the order of its inputs."""
        return [self.producer(number) for number in node.inputs]

    def readers(self, node: Node) -> list[Node]:
        """The nodes that read a node's tensor, in order."""
        readers = self._tensors[self.tensor(node)].readers
        return [self.nodes[index] for index in sorted(readers, key=self._ranks.__getitem__)]

    def only_reader(self, node: Node) -> Node | None:
        """The one reader of a tensor; None where it is read more than once, or is an output."""
        tensor = self._tensors[self.tensor(node)]
        if tensor.outputs or list(tensor.readers.values()) != [1]:
            return None
        return self.nodes[next(iter(tensor.readers))]

    def needed(self) -> set[int]:
        """The numbers of the nodes that the outputs depend on."""
        found: set[int] = set()
        waiting = [self._tensors[number].producer for number in self._outputs.values()]
        while waiting:
            index = waiting.pop()
            if index not in found:
                found.add(index)
                waiting += [self._tensors[number].producer for number in self.nodes[index].inputs]
        return found

    def weight(self, node: Node, name: str) -> WeightExpr | None:
        """How a weight of a node is computed; None where it has none of that name."""
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
            node: the node.
            attributes: all of them.
            inputs: numbers of tensors.
            weights: expressions by name, one for each weight that the node then has; None
                keeps those that it has.
            op: another operator.
            path: another path.
        """
        changed = self._with_shape(
            dataclasses.replace(
                node,
                op=op or node.op,
                path=path or node.path,
                attributes=node.attributes if attributes is None else attributes,
                inputs=node.inputs if inputs is None else tuple(inputs),
            )
        )
        if inputs is not None:
            self._unread(node)
            self._read(changed)
        if weights is not None or changed.path != node.path:
            held = {w.name: self.weights.pop((node.path, w.name)) for w in node.weights}
            self._give(changed, held if weights is None else weights)
        self._paths.add(changed.path)
        self.nodes[node.index] = changed
        return changed

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
            op: its operator.
            path: its path, with a dot, which no path of a spec has; a number makes it unique.
            attributes: all of them.
            inputs: numbers of tensors.
            weights: expressions by name.
            branch: its branch, where that is not the other's.
            before: whether it stands before the other node.
        """
        place, side, _ = self._ranks[like.index]
        index = len(self._ranks)
        self._ranks[index] = (place, side - 1 if before else side + 1, index)
        added = self._with_shape(
            dataclasses.replace(
                like,
                index=index,
                path=self._unused(path),
                op=op,
                attributes=attributes,
                inputs=tuple(inputs),
                branch=like.branch if branch is None else branch,
            )
        )
        self.nodes[index] = added
        self._paths.add(added.path)
        self._tensor_of[index] = self._tensors.add(index)
        self._read(added)
        self._give(added, weights or {})
        return added

    def append(
        self,
        node: Node,
        *,
        op: str,
        path: str,
        attributes: Attributes,
        weights: Mapping[str, WeightExpr] | None = None,
    ) -> Node:
        """A new node that reads another one. Whoever read that one now reads the new one.

        Arguments are those of ``add``.
        """
        taken = self.tensor(node)
        self._tensor_of[node.index] = self._tensors.add(node.index)
        inputs = (self.tensor(node),)
        added = self.add(
            node, op=op, path=path, attributes=attributes, inputs=inputs, weights=weights
        )
        self._tensor_of[added.index] = taken
        self._tensors[taken].producer = added.index
        self._stands_for[node.index] = added.index
        return added

    def exchange(self, first: Node, second: Node) -> tuple[Node, Node]:
        """Two nodes in the other order: the second reads what the first did, the first the second.

        The second must be the only reader of the first. The tensor between them loses its names.

        Returns:
            both nodes as they are now, the former first one first.
        """
        between, end = self.tensor(first), self.tensor(second)
        self.forget(first)
        self._tensor_of[first.index], self._tensor_of[second.index] = end, between
        self._tensors[between].producer = second.index
        self._tensors[end].producer = first.index
        ranks = self._ranks
        ranks[first.index], ranks[second.index] = ranks[second.index], ranks[first.index]
        self._stands_for[second.index] = first.index
        second = self.change(second, inputs=first.inputs)
        return self.change(first, inputs=(between,)), second

    def redirect(self, old: Node, new: Node) -> None:
        """Let a node yield the tensor of another one, of equal value, with its names and readers.

        The new one must not read the old one: ``append`` is for that.
        """
        self._tensors.unite(self._tensor_of.pop(old.index), self.tensor(new), new.index)
        self._stands_for[old.index] = new.index

    def forget(self, node: Node) -> None:
        """Drop the names of a tensor that is no longer computed."""
        self._tensors[self.tensor(node)].names.clear()

    def drop(self, node: Node, *, instead: Node | None = None) -> None:
        """Remove a node that nothing reads; ``instead`` takes its place in blocks and heads."""
        self._unread(node)
        if node.index in self._tensor_of:  # else another node yields its tensor
            self.forget(node)
            del self._tensor_of[node.index]
        for weight in node.weights:
            del self.weights[node.path, weight.name]
        del self.nodes[node.index]
        if instead is not None:
            self._stands_for[node.index] = instead.index

    # What comes of it

    def graph_now(self) -> Graph:
        """The graph as it stands, numbered from 0 on."""
        nodes = list(self.in_order())
        number = {node.index: new for new, node in enumerate(nodes)}
        called = {
            name: number[node.index]
            for node in nodes
            for name in self._tensors[self.tensor(node)].names
        }
        names = {name: called[name] for name in self.graph.names if name in called}
        return dataclasses.replace(
            self.graph,
            nodes=tuple(
                dataclasses.replace(
                    node,
                    index=number[node.index],
                    inputs=tuple(number[self._tensors[i].producer] for i in node.inputs),
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
        return {name: number[self._tensors[i].producer] for name, i in self._outputs.items()}

    def _blocks(self, nodes: Sequence[Node], number: Mapping[int, int]) -> Iterable[Block]:
        members: dict[str, list[int]] = {block.path: [] for block in self.graph.blocks}
        for node in nodes:
            # A dot precedes what a pass added to a block, or to a layer in one.
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
        members: dict[str, list[int]] = {}
        for node in nodes:
            members.setdefault(node.head, []).append(number[node.index])
        for head in self.graph.heads:
            if head.name not in names:
                continue
            predictions = None if head.predictions is None else self._standing(head.predictions)
            yield dataclasses.replace(
                head,
                source=number.get(self._standing(head.source), 0),
                output=names[head.name],
                predictions=None if predictions is None else number.get(predictions),
                members=tuple(members.get(head.name, ())),
            )

    def _standing(self, index: int) -> int:
        """The node that now stands where a node stood."""
        passed = []
        while index in self._stands_for:
            passed.append(index)
            index = self._stands_for[index]
        self._stands_for.update(dict.fromkeys(passed, index))
        return index

    def _read(self, node: Node) -> None:
        for number in node.inputs:
            readers = self._tensors[number].readers
            readers[node.index] = readers.get(node.index, 0) + 1

    def _unread(self, node: Node) -> None:
        for number in node.inputs:
            readers = self._tensors[number].readers
            readers[node.index] -= 1
            if not readers[node.index]:
                del readers[node.index]

    def _with_shape(self, node: Node) -> Node:
        op, inputs = OPS[node.op], [source.shape for source in self.sources(node)]
        return dataclasses.replace(
            node,
            shape=op.shape(node.attributes, inputs),
            weights=op.weights(node.attributes, inputs),
        )

    def _give(self, node: Node, weights: Mapping[str, WeightExpr]) -> None:
        wanted = {weight.name: weight.shape for weight in node.weights}
        given = {name: expression.shape for name, expression in weights.items()}
        if wanted != given:  # a pass of ours is wrong
            raise RuntimeError(f"{node.path}: weights {given} for {wanted}")
        for name, expression in weights.items():
            self.weights[node.path, name] = expression

    def _unused(self, path: str) -> str:
        """A path that no node has had: itself, or with the next number."""
        unused = path
        while unused in self._paths:
            self._used[path] = self._used.get(path, 1) + 1
            unused = f"{path}_{self._used[path]}"
        return unused
