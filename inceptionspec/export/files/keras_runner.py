"""A Keras model that runs: the source that others are compared with, or a file that was loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from inceptionspec.backends.keras import build
from inceptionspec.backends.keras.variables import assign
from inceptionspec.export.content import by_keras_name, keras_owner
from inceptionspec.export.program import Program
from inceptionspec.export.reference import as_input
from inceptionspec.export.running import Answers
from inceptionspec.ir.graph import Graph


class KerasRunner:
    """A model of stock layers."""

    def __init__(
        self, model: Any, graph: Graph, names: Iterable[str], *, inside: bool = False
    ) -> None:
        import keras

        self.name = f"keras {keras.__version__}"
        self.model = model
        self._graph = graph
        self._names = tuple(names)
        self._inside = inside

    def __call__(self, pictures: Any, *, layers: bool = False) -> Answers:
        """Run the model; with ``layers``, one that yields what every layer yields."""
        import keras

        ends = layer_ends(self.model, (node.path for node in self._graph.nodes)) if layers else {}
        outputs = self.model.output
        named = outputs if isinstance(outputs, dict) else dict.fromkeys(self._names, outputs)
        model = keras.Model(self.model.input, [list(named.values()), list(ends.values())])
        values = pictures if self._inside else as_input(pictures, self._graph)
        found, inner = model(values, training=False)
        return Answers(
            dict(zip(named, map(np.asarray, found), strict=True)),
            dict(zip(ends, map(np.asarray, inner), strict=True)),
        )


def layer_ends(model: Any, paths: Iterable[str]) -> dict[str, Any]:
    """What each layer of a graph yields in a Keras model of it, after its norm and activation."""
    from keras import Operation

    dotted = by_keras_name(paths)
    # A composite is a model: its own `output` is inside it, that of an operation is what it yields.
    yields = {layer.name: Operation.output.fget(layer) for layer in model.layers}
    last = {keras_owner(name, dotted): tensor for name, tensor in yields.items()}
    return {path: last[path] for path in dotted.values() if path in last}


def built(program: Program) -> Any:
    """The model of what is exported, with its weights and, where asked for, its preprocessing."""
    model = build(program.graph, program.asked, program.inside)
    assign(model, program.graph, program.values)
    return model


def source_runner(program: Program) -> KerasRunner:
    """The network itself, as the Keras backend builds it."""
    graph = program.loaded.graph
    model = build(graph, program.asked)
    assign(model, graph, program.source)
    return KerasRunner(model, graph, program.names)


def rewritten_runner(program: Program) -> KerasRunner:
    """The rewritten network, as the Keras backend builds it."""
    graph = program.graph
    model = build(graph, program.asked)
    assign(model, graph, program.values)
    return KerasRunner(model, graph, program.names)
