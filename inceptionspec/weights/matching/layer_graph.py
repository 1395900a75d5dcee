"""A network as a graph of what tells its layers apart: products, norms, merges and pools.

Both a spec and a file become such a graph, so that their layers can be compared without names.
What has no weight and joins nothing (activations, dropout, paddings) is passed through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ADD, CONCAT, NORM = "add", "concat", "norm"
MAX, AVERAGE = "max", "average"
"""Kinds of pools; one over the whole map is of its kind, since a file may state either."""
#: Larger concatenations stay nested, so that a file's graph does not grow without bound.
_MOST_UNNESTED = 256


@dataclass(slots=True)
class Vertex:
    """A layer, or a part of one.

    Attributes:
        label: the kind, and what must agree: the kernel's shape as height x width x input channels
            x filters, stride, dilation, groups.
        inputs: earlier vertices, in order.
        weights: where each weight is, by its name here: a node of a spec, an array of a file.
        is_product: whether it has a kernel.
        owner: the number of its node in a spec, the name of its layer in a file.
        norm_owner: that of its norm.
        epsilon: of its norm, where a file says it.
    """

    label: tuple[Any, ...]
    inputs: tuple[int, ...]
    weights: dict[str, Any] = field(default_factory=dict)
    is_product: bool = False
    owner: Any = None
    epsilon: float | None = None
    norm_owner: Any = None

    @property
    def is_ordered(self) -> bool:
        """Whether another order of the inputs gives another output."""
        return self.label[0] not in (ADD, "multiply", "average_of", "maximum")


class Value(NamedTuple):
    """A tensor: the vertex that yields it, and whether nothing but a product was done to it."""

    vertex: int
    is_plain: bool = False


class LayerGraph:
    """Vertices, inputs before readers."""

    def __init__(self) -> None:
        self.vertices: list[Vertex] = []

    def source(self) -> Value:
        """What a network reads."""
        return self._add(Vertex(("input",), ()))

    def product(
        self,
        kind: str,
        kernel: Sequence[int],
        source: Value,
        weights: dict[str, Any],
        owner: Any,
        window: Sequence[Any] = (),
    ) -> Value:
        """A convolution or a dense layer, which is one of 1x1.

        Args:
            kind: ``conv`` or ``depthwise``.
            kernel: its shape in TensorFlow's layout.
            source: what it reads.
            weights: where its weights are, by name.
            owner: what it is a part of.
            window: stride and dilation by axis, and groups.
        """
        shape = tuple(kernel) if len(kernel) == 4 else (1, 1, *kernel)
        label = (kind, shape, tuple(window) or ((1, 1), (1, 1), 1))
        return self._add(Vertex(label, (source.vertex,), weights, True, owner), is_plain=True)

    def norm(
        self,
        source: Value,
        weights: dict[str, Any],
        owner: Any,
        *,
        sole: bool,
        epsilon: float | None = None,
    ) -> Value:
        """A batch norm: a part of the product before it if nothing else reads that."""
        before = self.vertices[source.vertex]
        if source.is_plain and sole and before.norm_owner is None:
            before.weights.update(weights)
            before.norm_owner, before.epsilon = owner, epsilon
            return Value(source.vertex)
        vertex = Vertex((NORM,), (source.vertex,), weights)
        vertex.owner = vertex.norm_owner = owner
        vertex.epsilon = epsilon
        return self._add(vertex)

    def merge(self, kind: str, sources: Iterable[Value]) -> Value:
        """What joins several tensors; a concatenation of concatenations is one."""
        inputs: list[int] = []
        for source in sources:
            vertex = self.vertices[source.vertex]
            nested = (
                kind == CONCAT
                and vertex.label[0] == CONCAT
                and len(vertex.inputs) <= _MOST_UNNESTED
            )
            inputs.extend(vertex.inputs if nested else (source.vertex,))
        if len(set(inputs)) == 1:  # a function times its input, as swish is
            return Value(inputs[0])
        return self._add(Vertex((kind,), tuple(inputs)))

    def pool(self, kind: str, source: Value) -> Value:
        """A pool; one pool of the same kind right behind another is one."""
        if self.vertices[source.vertex].label == (kind,):
            return Value(source.vertex)
        return self._add(Vertex((kind,), (source.vertex,)))

    def channelwise(
        self,
        kind: str,
        shapes: Mapping[str, Sequence[int]],
        source: Value,
        weights: dict[str, Any],
        owner: Any,
    ) -> Value:
        """A layer that has numbers for each channel: a norm but a batch norm, slopes, factors.

        Args:
            kind: the operator.
            shapes: of its weights, by name; sides of 1 do not count.
            source: what it reads.
            weights: where its weights are, by name.
            owner: what it is a part of.
        """
        plain = {name: tuple(side for side in shape if side != 1) for name, shape in shapes.items()}
        return self.other((kind, *sorted(plain.items())), [source], weights, owner)

    def other(
        self, label: tuple[Any, ...], sources: Iterable[Value], weights: dict[str, Any], owner: Any
    ) -> Value:
        """A layer of a kind that is not told further."""
        inputs = tuple(source.vertex for source in sources)
        return self._add(Vertex(label, inputs, weights, owner=owner))

    def _add(self, vertex: Vertex, *, is_plain: bool = False) -> Value:
        self.vertices.append(vertex)
        return Value(len(self.vertices) - 1, is_plain)
