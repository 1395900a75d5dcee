"""The weights of a network from a TF-Slim checkpoint, checked as a whole before any is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ir.slim_names import (
    NORM_SLIM_NAMES,
    SLIM_NAMES,
    StoredVariable,
    stored_variables,
)
from inceptionspec.ops.record import shape_text
from inceptionspec.weights.files.tf_checkpoint import OBJECT_GRAPH, Checkpoint
from inceptionspec.weights.files.weight_file import StoredTensor
from inceptionspec.weights.transfer.result import Transferred

AVERAGE = "/ExponentialMovingAverage"
#: What optimizers keep for a variable, and what Adam keeps for all.
_SLOT = re.compile(r"/(RMSProp|RMSProp_1|Momentum|Adam|Adam_1)$|^beta[12]_power$")
_STEP = "global_step"
#: How many names a finding lists before it counts.
_LISTED = 5


class LoadedWeights(NamedTuple):
    """What was read from a checkpoint.

    Attributes:
        arrays: by a layer's path and a weight's name.
        warnings: W0109 where the checkpoint holds more than the network.
        notes: what was read from where, in sentences, where that is not plain.
        transferred: what became of each layer where the file is of a base of the network.
    """

    arrays: dict[tuple[str, str], Any]
    warnings: tuple[Diagnostic, ...]
    notes: tuple[str, ...]
    transferred: Transferred | None = None

    def __repr__(self) -> str:
        counts = f"{len(self.arrays)} arrays, {len(self.warnings)} warnings"
        return f"<LoadedWeights: {counts}, {len(self.notes)} notes>"


def checkpoint_values(
    graph: Graph, prefix: str, nodes: Iterable[int], *, average: bool = False
) -> LoadedWeights:
    """The arrays that a TF-Slim checkpoint holds for some nodes.

    Variables are found by name; those of other nodes are not read.

    Args:
        graph: the network.
        prefix: the checkpoint's path, with or without ``.index`` or ``.data-...``.
        nodes: the numbers of the nodes.
        average: read the moving average of every variable, moving statistics included, as
            TF-Slim's evaluation does; moving statistics without an average are read as they
            are.

    Raises:
        SpecError: variables are missing (E0701) or do not fit the network (E0702), or the
            checkpoint cannot be read (E0703).
    """
    place = external(f"--weights {prefix}")
    checkpoint = Checkpoint(prefix, place)
    held = checkpoint.tensors
    if OBJECT_GRAPH in held:
        raise SpecError([_of_objects(checkpoint, place)])
    known = stored_variables(graph)
    asked = set(nodes)
    built = [variable for variable in known if variable.node.index in asked]
    front = _front(built, held)
    wanted = {_name(variable, held, front, average): variable for variable in built}
    gammas, unfit = _not_taken(graph, asked, checkpoint, front, average, place)
    findings = [
        *_missing(wanted, held, graph, place),
        *_misshaped(wanted, held, graph, place),
        *unfit,
    ]
    if findings:
        raise SpecError(findings)
    values = checkpoint.read(wanted)
    arrays = {
        (variable.node.path, variable.weight.name): values[name]
        for name, variable in wanted.items()
    }
    read = {*wanted, *gammas, *(front + variable.name for variable in built)}
    read |= {name + AVERAGE for name in gammas} if average else set()
    surplus = [name for name in held if name not in read]
    warnings = _surplus(surplus, known, graph, front, place)
    return LoadedWeights(arrays, warnings, _notes(wanted, front, gammas, average))


def load_checkpoint(
    model: Any, graph: Graph, prefix: str, *, average: bool = False
) -> LoadedWeights:
    """Give the variables of a Keras model the values of a TF-Slim checkpoint.

    Args:
        model: what ``backends.keras.build`` made of the graph.
        graph: the network.
        prefix: as ``checkpoint_values`` takes it.
        average: likewise.

    Raises:
        SpecError: as ``checkpoint_values`` does. The model is then as it was.
    """
    from inceptionspec.backends.keras import assign, built_nodes

    loaded = checkpoint_values(graph, prefix, built_nodes(model, graph), average=average)
    assign(model, graph, loaded.arrays)
    return loaded


def _of_objects(checkpoint: Checkpoint, place: Span) -> Diagnostic:
    return finding(
        "E0703",
        f"the checkpoint `{checkpoint.prefix}` holds objects, as TensorFlow 2 saves them, "
        "not variables by name",
        place,
        "restore it in the program that made it, and save its variables under TF-Slim's names: "
        "`tf.compat.v1.train.Saver(variables_by_name).save(None, 'model.ckpt')`",
    )


def _front(built: Sequence[StoredVariable], held: Mapping[str, StoredTensor]) -> str:
    """The prefix of the names of a network that is a part of another.

    Object detectors call their variables ``FeatureExtractor/InceptionV2/...``. Empty where a
    variable is there under its own name, or where several prefixes are possible.
    """
    if not built or any(variable.name in held for variable in built):
        return ""
    end = "/" + built[0].name
    fronts = [name.removesuffix(end) + "/" for name in held if name.endswith(end)]
    whole = [front for front in fronts if all(front + variable.name in held for variable in built)]
    return whole[0] if len(whole) == 1 else ""


def _name(
    variable: StoredVariable, held: Mapping[str, StoredTensor], front: str, average: bool
) -> str:
    """The name under which a variable is read."""
    name = front + variable.name
    if average and (variable.weight.trainable or name + AVERAGE in held):
        return name + AVERAGE
    return name


def _notes(
    wanted: Mapping[str, StoredVariable], front: str, gammas: Collection[str], average: bool
) -> tuple[str, ...]:
    notes = []
    if front:
        notes.append(f"the variables are under `{front}`")
    if average:
        averages = sum(name.endswith(AVERAGE) for name in wanted)
        notes.append(f"{averages} of {len(wanted)} variables are moving averages")
        plain = [name for name in wanted if not name.endswith(AVERAGE)]
        if plain:
            notes.append(
                f"{len(plain)} moving statistics have no average and are read as they are: "
                f"{_listed(plain)}"
            )
    if gammas:
        noun = "gamma is" if len(gammas) == 1 else "gammas are"
        notes.append(
            f"{len(gammas)} {noun} 1 throughout, as if there were none, and left out: "
            f"{_listed(sorted(gammas))}"
        )
    return tuple(notes)


#: What a layer lacks that does not take a variable, and what the spec must say for it to have
#: it, by the variable's last name.
_LACKS: Mapping[str, tuple[str, str]] = {
    "gamma": ("gamma", "`scale: true` for its norm"),
    "beta": ("beta", "`center: true` for its norm"),
    "biases": ("bias", "`bias: true`"),
}
_NO_NORM = ("norm", "`norm: batch_norm`")


def _not_taken(
    graph: Graph,
    asked: Collection[int],
    checkpoint: Checkpoint,
    front: str,
    average: bool,
    place: Span,
) -> tuple[tuple[str, ...], list[Diagnostic]]:
    """Variables of layers that are built and do not take them.

    Returns:
        the gammas that are 1 throughout, which do nothing; a finding for each kind of the others.
    """
    held: dict[str, tuple[str, Node]] = {}
    for name, node in _possible(graph, asked):
        full = front + name
        stored = full + AVERAGE if average and full + AVERAGE in checkpoint.tensors else full
        if stored in checkpoint.tensors:
            held[stored] = full, node
    values = checkpoint.read(name for name, (full, _) in held.items() if full.endswith("/gamma"))
    gammas: list[str] = []
    others: dict[tuple[str, str], list[str]] = {}
    for stored, (full, node) in held.items():
        last = full.rpartition("/")[2]
        if last != "biases" and not _has_norm(node):
            others.setdefault(_NO_NORM, []).append(stored)
        elif stored in values and bool((values[stored] == 1).all()):
            gammas.append(full)
        else:
            others.setdefault(_LACKS[last], []).append(stored)
    findings = []
    for (what, remedy), names in others.items():
        message = (
            f"the checkpoint holds `{names[0]}`, but the layer has no {what} here"
            if len(names) == 1
            else f"the checkpoint holds {len(names)} variables of layers that have no {what} here: "
            f"{_listed(names)}"
        )
        findings.append(finding("E0702", message, place, f"set {remedy}"))
    return tuple(gammas), findings


def _possible(graph: Graph, asked: Collection[int]) -> Iterator[tuple[str, Node]]:
    """Names of variables that nodes of their kind could have, and these nodes have not."""
    scope = f"{graph.checkpoint_scope}/" if graph.checkpoint_scope else ""
    for node in graph.nodes:
        if node.index in asked and node.weights:
            names = NORM_SLIM_NAMES if node.op == "batch_norm" else SLIM_NAMES
            has = {weight.name for weight in node.weights}
            for weight, slim_name in names.items():
                if weight not in has and "kernel" not in weight:
                    yield f"{scope}{node.path}/{slim_name}", node


def _has_norm(node: Node) -> bool:
    return node.op == "batch_norm" or node.attributes.get("norm") is not None


def _missing(
    wanted: Mapping[str, StoredVariable],
    held: Mapping[str, StoredTensor],
    graph: Graph,
    place: Span,
) -> list[Diagnostic]:
    """One finding for all variables that the checkpoint lacks."""
    names = [name for name in wanted if name not in held]
    if not names:
        return []
    helps: tuple[str, ...] = ()
    if names == list(wanted) and held:
        scopes = _scopes(wanted, held, graph)
        if scopes and graph.checkpoint_scope not in scopes:
            last = scopes[0].rpartition("/")[2]
            helps = (
                f"its variables are under {_listed(scopes)}, the network's under "
                f"`{graph.checkpoint_scope}`; if it is this network, "
                f"set `checkpoint_scope: {last}`",
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
    return [finding("E0701", message, place, *helps)]


def _scopes(wanted: Mapping[str, StoredVariable], held: Iterable[str], graph: Graph) -> list[str]:
    """The scopes of the checkpoint's variables: those of the network's first variable.

    Without such a variable, the first elements of all names.
    """
    first = next(iter(wanted.values())).name.removeprefix(f"{graph.checkpoint_scope}/")
    same = {name.removesuffix(f"/{first}") for name in held if name.endswith(f"/{first}")}
    return sorted(same or {name.partition("/")[0] for name in held if "/" in name})


def _misshaped(
    wanted: Mapping[str, StoredVariable],
    held: Mapping[str, StoredTensor],
    graph: Graph,
    place: Span,
) -> list[Diagnostic]:
    """A finding for each variable that is not what the network needs."""
    findings = []
    for name, variable in wanted.items():
        if name not in held:
            continue
        stored = held[name]
        if stored.shape != variable.shape:
            message = (
                f"`{name}` is {shape_text(stored.shape) or 'a scalar'} in the checkpoint, "
                f"the network needs {shape_text(variable.shape)}"
            )
            helps = _other_classes(stored.shape, variable, graph)
            findings.append(finding("E0702", message, place, *helps))
        elif not stored.is_floating:
            message = (
                f"`{name}` holds {stored.type} in the checkpoint, "
                "the network needs floating-point numbers"
            )
            findings.append(finding("E0702", message, place))
    return findings


def _other_classes(
    shape: tuple[int, ...], variable: StoredVariable, graph: Graph
) -> tuple[str, ...]:
    """The help for logits of another number of classes."""
    *rest, classes = variable.shape
    ends = [
        graph.nodes[head.output].shape[-1]
        for head in graph.heads
        if head.name == variable.node.head
    ]
    if classes not in ends or shape[:-1] != tuple(rest):
        return ()
    count = shape[-1]
    return (f"these look like weights for {count} classes: add `--set classes={count}`",)


def _surplus(
    names: Sequence[str], known: Sequence[StoredVariable], graph: Graph, front: str, place: Span
) -> tuple[Diagnostic, ...]:
    """One warning that counts by kind what was not read."""
    if not names:
        return ()
    built = {variable.name for variable in known}
    parts = {_part(variable.name, graph) for variable in known}
    kinds = {
        name: _kind(name.removeprefix(front), built, parts, graph)
        for name in sorted(names, key=_rank)
    }
    counts = Counter(kinds.values())
    unknown = sorted(name for name, kind in kinds.items() if kind == _UNKNOWN)
    notes = (f"unknown: {_listed(unknown)}",) if unknown else ()
    counted = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    noun = "variable" if len(names) == 1 else "variables"
    message = f"the checkpoint holds {len(names)} {noun} that the network does not read: {counted}"
    return (finding("W0109", message, place, notes=notes),)


_UNKNOWN = "unknown"


def _rank(name: str) -> tuple[bool, bool, bool, str]:
    """Optimizer slots first, then averages, then the step, then the rest."""
    return (not _SLOT.search(name), not name.endswith(AVERAGE), name != _STEP, name)


def _kind(name: str, built: Collection[str], parts: Collection[str], graph: Graph) -> str:
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
    """The top-level layer, block or head that a variable's name is under."""
    scope = f"{graph.checkpoint_scope}/" if graph.checkpoint_scope else ""
    rest = name.removeprefix(scope)
    return rest.partition("/")[0] if name.startswith(scope) and "/" in rest else ""


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _LISTED:
        return listed(names)
    shown = ", ".join(f"`{name}`" for name in names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED} more"
