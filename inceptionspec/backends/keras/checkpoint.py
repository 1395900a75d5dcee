"""The start of a model from a TF-Slim checkpoint, checked as a whole before anything is set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import keras
import tensorflow as tf

from inceptionspec.backends.keras.naming import NORM, layer_name
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ir.slim_names import StoredVariable, stored_variables
from inceptionspec.ops.record import shape_text

AVERAGE = "/ExponentialMovingAverage"
#: What optimizers keep beside a variable, and what Adam keeps for all.
_SLOT = re.compile(r"/(RMSProp|RMSProp_1|Momentum|Adam|Adam_1)$|^beta[12]_power$")
_STEP = "global_step"
#: Keras' name of a weight, where it is not the graph's.
_KERAS_NAMES: Mapping[tuple[str, str], str] = MappingProxyType(
    {("depthwise_conv", "depthwise_kernel"): "kernel"}
)
#: What TensorFlow's reader raises for files that are absent, of another kind, or cut short.
_UNREADABLE = (tf.errors.OpError, ValueError, RuntimeError, IndexError)
_NORM_WEIGHTS = frozenset({"beta", "gamma", "moving_mean", "moving_variance"})
#: How many names a finding lists before it counts.
_LISTED = 5


def load_checkpoint(
    model: keras.Model, graph: Graph, prefix: str, *, average: bool = False
) -> tuple[Diagnostic, ...]:
    """Give the variables of a model the values of a TF-Slim checkpoint.

    Variables are found by name; those of layers that the model leaves out are not read.

    Args:
        model: what `build` made of the graph.
        graph: the network.
        prefix: the checkpoint's path without ``.index`` or ``.data-...``.
        average: read the moving average of every trainable variable instead of itself.

    Returns:
        warnings: W0109 where the checkpoint holds more than the model.

    Raises:
        SpecError: variables are missing (E0701) or have another shape (E0702), or the
            checkpoint cannot be read (E0703). The model is then as it was.
    """
    layers = {layer.name: layer for layer in model.layers}
    nodes = {node.path: node for node in graph.nodes if layer_name(node) in layers}
    held = [node.index for node in nodes.values()]
    values, warnings = checkpoint_values(graph, prefix, held, average=average)
    for (path, weight), value in values.items():
        variable_of(layers, nodes[path], weight).assign(value)
    return warnings


def checkpoint_values(
    graph: Graph, prefix: str, nodes: Iterable[int], *, average: bool = False
) -> tuple[dict[tuple[str, str], Any], tuple[Diagnostic, ...]]:
    """The arrays that a TF-Slim checkpoint holds for some nodes, by path and weight's name.

    Arguments, warnings and errors are those of `load_checkpoint`.
    """
    place = external(f"--weights {prefix}")
    reader = _opened(prefix, place)
    held: Mapping[str, Sequence[int]] = reader.get_variable_to_shape_map()
    known = stored_variables(graph)
    asked = set(nodes)
    wanted = {_name(one, average): one for one in known if one.node.index in asked}
    findings = [
        *_missing(wanted, held, graph, place),
        *_misshaped(wanted, held, reader.get_variable_to_dtype_map(), graph, place),
    ]
    if findings:
        raise SpecError(findings)
    arrays = _values(reader, wanted, prefix, place)
    values = {
        (one.node.path, one.weight.name): array
        for one, array in zip(wanted.values(), arrays, strict=True)
    }
    read = {*wanted, *(one.name for one in wanted.values())}
    return values, _surplus([name for name in held if name not in read], known, graph, place)


def weight_values(model: keras.Model, graph: Graph) -> dict[tuple[str, str], Any]:
    """The arrays that a model of a graph holds, by a layer's path and a weight's name.

    Those of layers that the model leaves out are left out.
    """
    layers = {layer.name: layer for layer in model.layers}
    return {
        (one.node.path, one.weight.name): variable_of(layers, one.node, one.weight.name).numpy()
        for one in stored_variables(graph)
        if layer_name(one.node) in layers
    }


def _opened(prefix: str, place: Span) -> Any:
    try:
        return tf.train.load_checkpoint(prefix)
    except _UNREADABLE as error:
        raise _unreadable(prefix, place, error) from None


def _values(reader: Any, names: Iterable[str], prefix: str, place: Span) -> list[Any]:
    try:
        return [reader.get_tensor(name) for name in names]
    except _UNREADABLE as error:
        raise _unreadable(prefix, place, error) from None


def _unreadable(prefix: str, place: Span, error: Exception) -> SpecError:
    reason = str(error).strip().partition("\n")[0]
    return SpecError(
        [
            Diagnostic(
                "E0703",
                f"the checkpoint `{prefix}` cannot be read",
                Label(place),
                helps=(
                    "name it without its suffix: `model.ckpt` for `model.ckpt.index` and "
                    "`model.ckpt.data-00000-of-00001`",
                ),
                notes=(f"TensorFlow says: {reason}",),
            )
        ]
    )


def _name(one: StoredVariable, average: bool) -> str:
    return one.name + AVERAGE if average and one.weight.trainable else one.name


def variable_of(layers: Mapping[str, Any], node: Node, weight: str) -> Any:
    """The variable of a model that is a node's weight; None where the layer is left out.

    Args:
        layers: the model's layers by name.
        node: a node of the graph that the model was made of.
        weight: the name of one of its weights.
    """
    own_norm = weight in _NORM_WEIGHTS and node.op != "batch_norm"
    layer = layers.get(layer_name(node, NORM if own_norm else ""))
    if layer is None:
        return None
    name = _KERAS_NAMES.get((node.op, weight), weight)
    return next(variable for variable in layer.variables if variable.name == name)


def _missing(
    wanted: Mapping[str, StoredVariable], held: Mapping[str, Any], graph: Graph, place: Span
) -> list[Diagnostic]:
    """One finding for all variables that the checkpoint lacks."""
    names = [name for name in wanted if name not in held]
    if not names:
        return []
    helps: tuple[str, ...] = ()
    if names == list(wanted) and held:
        scopes = sorted({name.partition("/")[0] for name in held if "/" in name})
        if scopes and graph.checkpoint_scope not in scopes:
            helps = (
                f"its variables stand under {_listed(scopes)}, the network's under "
                f"`{graph.checkpoint_scope}`",
            )
    elif all(name.endswith(AVERAGE) for name in names):
        helps = ("it holds no averages for these: read it without them",)
    else:
        heads = [head.name for head in graph.heads]
        absent = [head for head in heads if not any(_part(name, graph) == head for name in held)]
        others = [head for head in heads if head not in absent]
        if absent and others:
            helps = (f"it holds nothing of {listed(absent)}: keep {listed(others)} alone",)
    message = (
        f"the checkpoint lacks the variable `{names[0]}`"
        if len(names) == 1
        else f"the checkpoint lacks {len(names)} variables: {_listed(names)}"
    )
    return [Diagnostic("E0701", message, Label(place), helps=helps)]


def _misshaped(
    wanted: Mapping[str, StoredVariable],
    held: Mapping[str, Sequence[int]],
    types: Mapping[str, Any],
    graph: Graph,
    place: Span,
) -> list[Diagnostic]:
    """A finding for each variable that is not what the network needs."""
    findings = []
    for name, one in wanted.items():
        if name not in held:
            continue
        shape = tuple(held[name])
        if shape != one.shape:
            findings.append(
                Diagnostic(
                    "E0702",
                    f"`{name}` is {shape_text(shape) or 'a scalar'} in the checkpoint, "
                    f"the network needs {shape_text(one.shape)}",
                    Label(place),
                    helps=_more_classes(shape, one, graph),
                )
            )
        elif not types[name].is_floating:
            findings.append(
                Diagnostic(
                    "E0702",
                    f"`{name}` holds {types[name].name} in the checkpoint, "
                    "the network needs floating-point numbers",
                    Label(place),
                )
            )
    return findings


def _more_classes(shape: tuple[int, ...], one: StoredVariable, graph: Graph) -> tuple[str, ...]:
    """The help for logits that also know a class for background."""
    *rest, classes = one.shape
    ends = [
        graph.nodes[head.output].shape[-1] for head in graph.heads if head.name == one.node.head
    ]
    if classes in ends and shape == (*rest, classes + 1):
        return (
            f"these look like weights for {classes + 1} classes: add `--set classes={classes + 1}`",
        )
    return ()


def _surplus(
    names: Sequence[str], known: Sequence[StoredVariable], graph: Graph, place: Span
) -> tuple[Diagnostic, ...]:
    """One warning that counts by kind what was not read."""
    if not names:
        return ()
    built = {one.name for one in known}
    parts = {_part(one.name, graph) for one in known}
    counts = Counter(_kind(name, built, parts, graph) for name in sorted(names, key=_rank))
    unknown = sorted(name for name in names if _kind(name, built, parts, graph) == _UNKNOWN)
    notes = (f"unknown: {_listed(unknown)}",) if unknown else ()
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    noun = "variable" if len(names) == 1 else "variables"
    return (
        Diagnostic(
            "W0109",
            f"the checkpoint holds {len(names)} {noun} that the network does not read: {kinds}",
            Label(place),
            notes=notes,
        ),
    )


_UNKNOWN = "unknown"


def _rank(name: str) -> tuple[bool, bool, bool, str]:
    """Optimizer slots first, then averages, then the step, then the rest."""
    return (not _SLOT.search(name), not name.endswith(AVERAGE), name != _STEP, name)


def _kind(name: str, built: Iterable[str], parts: Iterable[str], graph: Graph) -> str:
    if _SLOT.search(name):
        return "of the optimizer"
    if name.endswith(AVERAGE):
        return "of moving averages"
    if name == _STEP:
        return f"`{_STEP}`"
    if name in built:
        return "of layers that the model leaves out"
    part = _part(name, graph)
    return f"of `{part}`, which is not built" if part and part not in parts else _UNKNOWN


def _part(name: str, graph: Graph) -> str:
    """The top-level layer, block or head that a variable's name stands under."""
    scope, _, rest = name.partition("/") if graph.checkpoint_scope else ("", "", name)
    return rest.partition("/")[0] if scope == graph.checkpoint_scope and "/" in rest else ""


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _LISTED:
        return listed(names)
    shown = ", ".join(f"`{name}`" for name in names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED} more"
