"""What each head costs with all that it depends on, as if it were the only one.

Heads share most of what they depend on. It is summed once, from dominator to dominator, so
that thousands of heads take no longer than the network has layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inceptionspec.analysis.costs import NOTHING, Cost, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.ir.graph import Graph, Head
from inceptionspec.ir.traversal import dominators


class HeadCosts:
    """Costs and peaks of the heads of a graph.

    Args:
        each: the cost of each node.
    """

    def __init__(self, graph: Graph, each: Sequence[Cost]) -> None:
        self._graph = graph
        self._each = each
        self._dominators = dominators(graph.nodes)
        self._costs: dict[int, Cost] = {-1: NOTHING}
        self._peaks: dict[int, int | None] = {-1: 0}

    def cost(self, head: Head) -> Cost:
        """The sum over a head and all that it depends on."""
        for index in self._chain(_end(head), self._costs):
            parts = [self._each[node] for node in self._between(index)]
            self._costs[index] = total([self._costs[self._dominators[index]], *parts])
        return self._costs[_end(head)]

    def peak(self, head: Head) -> int | None:
        """Its peak of activation memory in bytes; None where a size is open.

        After a dominator, nothing before it is live but the dominator itself, so that each
        stretch
        between two dominators is measured separately.
        """
        for index in self._chain(head.output, self._peaks):
            before, here = self._peaks[self._dominators[index]], self._stretch(index)
            self._peaks[index] = _larger(before, here)
        peak = self._peaks[head.output]
        if head.predictions is None:
            return peak
        return _larger(peak, self._stretch(head.predictions, head))

    def _chain(self, end: int, known: dict[int, Cost] | dict[int, int | None]) -> list[int]:
        """The dominators of a node that are not known yet, and the node, in order."""
        found = []
        while end not in known:
            found.append(end)
            end = self._dominators[end]
        return found[::-1]

    def _between(self, index: int) -> list[int]:
        """A node and what lies between its dominator and it, in order."""
        first = self._dominators[index]
        seen: set[int] = set()
        waiting = [index]
        while waiting:
            node = waiting.pop()
            if node != first and node not in seen:
                seen.add(node)
                waiting.extend(self._graph.nodes[node].inputs)
        return sorted(seen)

    def _stretch(self, index: int, head: Head | None = None) -> int | None:
        """The peak from the dominator of a node, which stands for an input, to the node.

        Args:
            head: whose predictions the node is, and whose logits its dominator.
        """
        first = self._dominators[index]
        members = ([] if first < 0 else [first]) + self._between(index)
        place = {old: new for new, old in enumerate(members)}
        nodes = []
        for old, new in place.items():
            node = self._graph.nodes[old]
            if old == first:
                nodes.append(replace(node, index=new, op="input", inputs=()))
            else:
                inputs = tuple(place[source] for source in node.inputs)
                nodes.append(replace(node, index=new, inputs=inputs))
        heads = () if head is None else (replace(head, output=0, predictions=1, members=(1,)),)
        return peak_activation_bytes(replace(self._graph, nodes=tuple(nodes), heads=heads))


def _larger(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _end(head: Head) -> int:
    return head.output if head.predictions is None else head.predictions
