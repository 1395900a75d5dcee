"""Graph to Keras functional model."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from inceptionspec.backends.keras.emit import EMITTERS
from inceptionspec.backends.keras.naming import model_name
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors, resolve_outputs


def build(graph: Graph, outputs: str | Sequence[str] | None = None) -> keras.Model:
    """A functional model of stock layers, with no more of them than its outputs need.

    It reads images of batch x height x width x channels, sides open where the graph's are.

    Args:
        graph: the network.
        outputs: a name of ``graph.names`` for one tensor, several for a dictionary by
            name. Without it the logits of every head by the head's name, or the last
            tensor where the network has no head.

    Raises:
        SpecError: a name stands for nothing (E0806), or a layer needs a known size (E0407).
    """
    ends = resolve_outputs(graph, outputs)
    tensors: dict[int, Any] = {}
    with _collector_paused():
        for index in ancestors(graph.nodes, {0, *ends.values()}):  # Keras wants the input
            node = graph.nodes[index]
            tensors[index] = EMITTERS[node.op](node, [tensors[source] for source in node.inputs])
        named = {name: tensors[index] for name, index in ends.items()}
        single = isinstance(outputs, str) or "" in named
        return keras.Model(
            tensors[0], next(iter(named.values())) if single else named, name=model_name(graph)
        )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the cycle collector out while a model grows.

    It would walk TensorFlow's and the model's objects again and again and free nothing,
    which is a seventh of the time that V3 takes.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
