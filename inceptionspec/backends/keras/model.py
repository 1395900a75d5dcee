"""A graph as a Keras functional model, and that model as a file."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from inceptionspec.backends.keras.emit import EMITTERS
from inceptionspec.backends.keras.preprocessing import preprocessed_pictures
from inceptionspec.backends.keras.shared import model_name
from inceptionspec.diagnostics.source import external
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.ir.traversal import ancestors, resolve_outputs
from inceptionspec.utils.atomic_write import atomic_write


def build(
    graph: Graph,
    outputs: str | Sequence[str] | None = None,
    preprocessing: Preprocessing | None = None,
) -> keras.Model:
    """A functional model of stock layers, those that its outputs need.

    It reads images of batch x height x width x channels; sides are open where the graph's are.

    Args:
        graph: the network.
        outputs: a name of ``graph.names`` for one tensor, several for a dictionary by
            name. Without it the logits of every head by the head's name, or the last
            tensor where the network has no head.
        preprocessing: what the model does to pictures of bytes, RGB, which it then reads
            instead of images; they have the size of an image already.

    Raises:
        SpecError: a name does not exist (E0806), or a layer needs a known size (E0407).
    """
    ends = resolve_outputs(graph, outputs)
    tensors: dict[int, Any] = {}
    with _collector_paused():
        for index in ancestors(graph.nodes, {0, *ends.values()}):  # Keras wants the input
            node = graph.nodes[index]
            tensors[index] = EMITTERS[node.op](node, [tensors[source] for source in node.inputs])
            if not index:
                read = tensors[0]
                if preprocessing is not None:
                    read, tensors[0] = preprocessed_pictures(node, preprocessing)
        named = {name: tensors[index] for name, index in ends.items()}
        single = isinstance(outputs, str) or "" in named
        return keras.Model(
            read, next(iter(named.values())) if single else named, name=model_name(graph)
        )


def save(model: keras.Model, file: str) -> None:
    """Write a model to a file that Keras alone can load, whole or not at all.

    Raises:
        SpecError: the file cannot be written (E0803).
    """
    with atomic_write(file, external(f"-o {file}")) as unfinished:
        model.save(unfinished)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the cycle collector while a model grows.

    It would walk all objects of TensorFlow and the model again and again and free nothing,
    which takes a seventh of the time for V3.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
