"""A model of Keras as an imported network: its layers one by one, by the closed tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inceptionspec.diagnostics.suggest import did_you_mean
from inceptionspec.importers.imported_network import ImportedNetwork
from inceptionspec.importers.keras.building import Builder, Layer, Unfinished, Value, Values
from inceptionspec.importers.keras.lrn import KIND as LRN
from inceptionspec.importers.keras.lrn import with_lrn
from inceptionspec.importers.keras.operations import Converter
from inceptionspec.importers.keras.table import FUNCTIONS, LAYERS, OPERATIONS
from inceptionspec.importers.keras.topology import Call, Path, Ref, Topology
from inceptionspec.importers.problems import Problems, RefusedError, named
from inceptionspec.importers.pruning import pruned

_INPUT = Value("", None)
_REASONS: Mapping[str, str] = {
    "Lambda": "holds code of Python, which is never run",
    "TensorFlowOpLayer": "holds an operation of TensorFlow 2.3 or older",
    "SlicingOpLambda": "cuts out a part of a tensor",
    "Resizing": "resizes pictures, which is a spec's `preprocessing`",
    "CenterCrop": "crops pictures, which is a spec's `preprocessing`",
    "RandomCrop": "crops pictures, which is a spec's `preprocessing`",
}


def imported(
    model: Topology, names: Mapping[Path, str], build: Builder, problems: Problems, source: str
) -> ImportedNetwork:
    """The network that a flat model is.

    Args:
        model: the model.
        names: what its layers are called, by path.
        build: takes the layers.
        problems: takes what has no counterpart; all of it is told at once.
        source: what was read, as ``ImportedNetwork`` names it.

    Raises:
        SpecError: something has no counterpart.
    """
    values = Values({Ref(()): _INPUT._replace(shape=model.shape)})
    build.shapes[""] = model.shape
    calls = with_lrn(model.calls)
    called = _composites(calls, model.outputs)
    for call in calls:
        name = names[called.get(call.path, call.path)]
        value: Value | Unfinished = Value(name, None)
        try:
            value = _converted(call, name, values, build)
        except RefusedError as refused:
            problems.add(refused, name)
        values[Ref(call.path)] = value
    problems.raise_if_any()
    ends = []
    for path in model.outputs:
        try:
            ends.append(values.finished(Ref(path), build).name)
        except RefusedError as refused:
            raise problems.stopped(refused, names.get(path, "")) from None
    if "" in ends:
        raise problems.stopped(RefusedError("E0723", "the model puts out what comes in"))
    layers, outputs = pruned(build.layers, ends, build.twins)
    height, width, channels = model.shape
    return ImportedNetwork(
        model.name,
        (height, width),
        channels,
        tuple(layers),
        tuple(dict.fromkeys(outputs)),
        source,
        tuple(f"{named(names)}: {text}" for text, names in build.notes.items()),
    )


def _composites(calls: Sequence[Call], outputs: Sequence[Path]) -> dict[Path, Path]:
    """What to call functions by that are all that a nested model holds: that model's name."""
    inside: dict[Path, list[Call]] = {}
    read = set(outputs)
    for call in calls:
        inside.setdefault(call.path[:-1], []).append(call)
        read.update(ref.path for ref in call.inputs if ref.path[:-1] != call.path[:-1])
    found: dict[Path, Path] = {}
    for scope, held in inside.items():
        ends = [call.path for call in held if call.path in read]
        functions = all(call.is_operation or call.kind == LRN for call in held)
        if scope and functions and len(ends) == 1:
            found[ends[0]] = scope
    return found


def _converted(call: Call, name: str, values: Values, build: Builder) -> Value | Unfinished:
    converter = _converter(call)
    if call.keywords.get("training") is True:
        raise RefusedError("E0722", f"`{call.kind}` is called with `training=True`")
    for ref in call.inputs:
        if ref not in values:
            raise RefusedError("E0722", f"one of several outputs of `{'/'.join(ref.path)}` is read")
    layer = Layer(name, call, values, build)
    layer.config.without_effect("function")
    layer.config.check_type()
    value = converter(layer)
    layer.check_all_known()
    if call.config.get("trainable") is False and build.has_weights(name):
        build.note("frozen in the source; `freeze` of a recipe does that here", name)
    return value


def _converter(call: Call) -> Converter:
    """What imports a layer.

    Raises:
        RefusedError: nothing does.
    """
    if call.kind == "TFOpLambda":
        function = call.config.get("function")
        if isinstance(function, str) and function in FUNCTIONS:
            return FUNCTIONS[function]
        raise RefusedError("E0721", f"the function `tf.{function}` has no operator")
    table, what = (OPERATIONS, "function") if call.is_operation else (LAYERS, "layer")
    if call.kind in table:
        return table[call.kind]
    reason = _REASONS.get(call.kind, "has no operator")
    helps = () if call.kind in _REASONS else did_you_mean(call.kind, table)
    raise RefusedError("E0721", f"the {what} `{call.kind}` {reason}", *helps)
