"""What is exported: a graph with its weights, and what it is to compute the same as."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.ir.traversal import ancestors

#: Arrays, float32 in TensorFlow's layout, by a layer's path and a weight's name.
Values = Mapping[tuple[str, str], Any]


@dataclass(frozen=True, slots=True)
class Program:
    """What a writer writes.

    Attributes:
        loaded: the network.
        graph: what is written; the network's graph, or the rewritten one.
        values: its weights.
        source: the weights of the network's own graph.
        asked: the outputs as they were asked for.
        ends: the nodes of ``graph`` that yield them, by name.
        batch: the number of images; open where None.
        inside: the preprocessing that is written into the model; None where it stays outside.
        integers: the ONNX model in int8 that is written; None for one in float32.
    """

    loaded: LoadedSpec
    graph: Graph
    values: Values
    source: Values
    asked: str | Sequence[str] | None
    ends: Mapping[str, int]
    batch: int | None = None
    inside: Preprocessing | None = None
    integers: bytes | None = None

    @property
    def optimized(self) -> bool:
        """Whether the graph was rewritten."""
        return self.graph is not self.loaded.graph

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the outputs, as every format gives them."""
        return tuple(name or self.graph.nodes[index].path for name, index in self.ends.items())

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the layers that are written, in order; the input is the first."""
        needed = ancestors(self.graph.nodes, {0, *self.ends.values()})
        return tuple(self.graph.nodes[index].path for index in needed)


def weights_digest(values: Values) -> str:
    """SHA-256 of all weights.

    It is over lines, sorted: the path with the weight's name, the shape, and the SHA-256 of the
    float32 numbers, little-endian, in TensorFlow's layout: ``stem/conv/kernel 3x3x3x32 9f86...``.
    """
    lines = sorted(
        f"{path}/{name} {'x'.join(map(str, np.shape(array)))} {array_digest(array)}\n"
        for (path, name), array in values.items()
    )
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def array_digest(array: Any) -> str:
    """SHA-256 of an array's numbers as float32, little-endian."""
    return hashlib.sha256(np.ascontiguousarray(array, "<f4").data).hexdigest()
