"""Tensors of a graph while it is rewritten: who yields each, and who uses it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Tensor:
    """A tensor.

    Attributes:
        producer: the node that yields it.
        readers: the nodes that read it, with how often each does.
        names: the names of the graph that lead to it.
        outputs: how many outputs it is.
    """

    producer: int
    readers: dict[int, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    outputs: int = 0

    @property
    def size(self) -> int:
        """How much there is to copy of it."""
        return len(self.readers) + len(self.names)


class TensorTable:
    """Tensors by number. Two tensors of equal value can become one.

    Whoever reads either of the two numbers then reads that one, so that readers need no
    change: the numbers form sets (union-find), and n operations take n log n steps.
    """

    def __init__(self) -> None:
        self._parents: list[int] = []
        self._tensors: list[Tensor] = []

    def add(self, producer: int) -> int:
        """The number of a new tensor."""
        self._parents.append(len(self._parents))
        self._tensors.append(Tensor(producer))
        return self._parents[-1]

    def __getitem__(self, number: int) -> Tensor:
        """The tensor that a number stands for now."""
        return self._tensors[self._root(number)]

    def unite(self, one: int, other: int, producer: int) -> None:
        """Let two numbers stand for one tensor, which a node yields."""
        small, large = self._root(one), self._root(other)
        if self._tensors[small].size > self._tensors[large].size:
            small, large = large, small
        kept, gone = self._tensors[large], self._tensors[small]
        self._parents[small] = large
        kept.producer = producer
        kept.names += gone.names
        kept.outputs += gone.outputs
        for reader, times in gone.readers.items():
            kept.readers[reader] = kept.readers.get(reader, 0) + times

    def _root(self, number: int) -> int:
        parents = self._parents
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number
