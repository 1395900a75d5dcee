"""The weights of a network for inference: those of a model, or those that the spec starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from inceptionspec.backends.keras.model import build
from inceptionspec.backends.keras.variables import variable_of, weight_values
from inceptionspec.backends.tensorflow.bound_layer import Values
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding, spec_error
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors, resolve_outputs
from inceptionspec.ops.record import Weight, shape_text

#: How many layers or weights a finding lists before it counts.
_LISTED = 5


def values_for(
    graph: Graph, outputs: str | Sequence[str] | None, model: keras.Model | None
) -> Values:
    """The arrays of all weights that some outputs depend on.

    Args:
        graph: the network.
        outputs: as ``traversal.resolve_outputs`` takes them.
        model: what `build` made of the graph, or None for the values that a new model starts
            from.

    Raises:
        SpecError: an output does not exist (E0806); weights are missing (E0701) or have
            another shape (E0702); it is not a model (E0805).
    """
    nodes = ancestors(graph.nodes, resolve_outputs(graph, outputs).values())
    if model is None:
        return weight_values(build(graph, outputs), graph)
    place = external(f"weights={type(model).__name__}")
    if not isinstance(model, keras.Model):
        raise spec_error(
            "E0805",
            "the weights must be the path of a checkpoint or a Keras model",
            place,
            label=f"this is of the type `{type(model).__name__}`",
        )
    return _of_model(model, graph, nodes, place)


def _of_model(model: keras.Model, graph: Graph, nodes: Sequence[int], place: Span) -> Values:
    layers = {layer.name: layer for layer in model.layers}
    values: dict[tuple[str, str], Any] = {}
    missing, findings = [], []
    for node in (graph.nodes[index] for index in nodes):
        for weight in node.weights:
            variable = variable_of(layers, node, weight.name)
            if variable is None:
                missing.append(f"{node.path}/{weight.name}")
            elif tuple(variable.shape) != weight.shape:
                findings.append(_misshaped(node.path, weight, tuple(variable.shape), place))
            else:
                values[node.path, weight.name] = np.asarray(variable, "float32")
    if missing:
        findings.insert(0, _missing(missing, graph, place))
    if findings:
        raise SpecError(findings)
    return values


def _missing(names: Sequence[str], graph: Graph, place: Span) -> Diagnostic:
    shown = ", ".join(f"`{name}`" for name in names[:_LISTED])
    more = len(names) - _LISTED
    return finding(
        "E0701",
        f"the model lacks {f'{shown} and {more} more' if more > 0 else listed(names)}",
        place,
        f"take a model that was built from `{graph.name}` with the same arguments, "
        "and with the outputs that are asked for here",
    )


def _misshaped(path: str, weight: Weight, shape: tuple[int, ...], place: Span) -> Diagnostic:
    return finding(
        "E0702",
        f"`{path}/{weight.name}` is {shape_text(shape) or 'a scalar'} in the model, "
        f"the network needs {shape_text(weight.shape)}",
        place,
    )
