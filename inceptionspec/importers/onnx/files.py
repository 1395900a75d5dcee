"""An ONNX file as an imported network: its operators one by one, by the closed table."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean
from inceptionspec.importers.imported_network import ImportedLayer, ImportedNetwork
from inceptionspec.importers.onnx.building import Network, Operator
from inceptionspec.importers.onnx.constants import folded, is_constant
from inceptionspec.importers.onnx.model import (
    Described,
    Graph,
    Node,
    OnnxModel,
    read_array,
    read_onnx_model,
)
from inceptionspec.importers.onnx.norms import are_untrained
from inceptionspec.importers.onnx.table import CONTROL_FLOW, OPERATORS
from inceptionspec.importers.onnx.tensors import FIRST, LAST, OUTER, Constant, Tensor, Value
from inceptionspec.importers.problems import Problems, RefusedError
from inceptionspec.importers.pruning import pruned
from inceptionspec.ops.record import Shape
from inceptionspec.weights.files.glance import Glance, foreign_kind
from inceptionspec.weights.files.opening import corrupt_as_finding

OLDEST, NEWEST = 7, 24
"""Versions of ONNX's operators; what is read has the same meaning in all of them."""
_TO_FIRST, _TO_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
_MOST_CHANNELS = 4
#: What may stand between the input and the operator that tells its layout.
_PASSING = frozenset({"Add", "Cast", "Div", "Identity", "Mul", "Sub"})

_CONSTANTS_OUTSIDE = (
    "write the file so that it holds the model's constants; tf2onnx does so for a saved model: "
    "`model.export(DIR)`, then `python -m tf2onnx.convert --saved-model DIR`"
)


def is_onnx(seen: Glance) -> bool:
    """Whether a path is an ONNX model, at a glance: a version, then a field of bytes."""
    version, following = seen.head[1:2], seen.head[2:3]
    named = seen.is_file and seen.path.endswith(".onnx") and not foreign_kind(seen)[0]
    return named or (
        seen.head[:1] == b"\x08" and b"\x03" <= version < b"\x20" and following in b"\x12:B"
    )


def read_onnx(seen: Glance, place: Span) -> ImportedNetwork:
    """The network in a file.

    Args:
        seen: the file.
        place: where findings point.

    Raises:
        SpecError: it cannot be read (E0703), or has no counterpart (E0721 to E0724).
    """
    problems = Problems(place)
    with corrupt_as_finding(seen.path, place):
        model = read_onnx_model(seen.path, problems)
        return _Reading(model, seen.path, place, problems).result()


class _Reading:
    """A model while its operators are imported."""

    def __init__(self, model: OnnxModel, path: str, place: Span, problems: Problems) -> None:
        self.model = model
        self.path = path
        self.place = place
        self.problems = problems
        readers = Counter(name for node in model.nodes for name in node.inputs if name)
        readers.update(one.name for one in model.outputs)
        self.network = Network(model.opset, readers)
        self.made = {name for node in model.nodes for name in node.outputs}
        #: Names whose operator was refused, or reads one of these.
        self.lost: set[str] = set()

    def result(self) -> ImportedNetwork:
        """The imported network."""
        if not OLDEST <= self.model.opset <= NEWEST:
            version = self.model.opset or "none"
            reason = f"its operators are of version {version}; {OLDEST} to {NEWEST} are read"
            raise self.problems.stopped(RefusedError("E0723", reason))
        for name, array in self.model.arrays.items():
            self.network.values[name] = self._constant(name, array)
        self.network.is_untrained = are_untrained(self.model.nodes, self.network.values)
        shape = self._input()
        for node in self.model.nodes:
            try:
                self._import(node)
            except RefusedError as refused:
                self.problems.add(refused, node.name)
                self.lost.update(node.outputs)
        self.problems.raise_if_any()
        twins = {twin: pool for pool, twin in self.network.twins.items()}
        kept, outputs = pruned(self.network.layers, self._ends(), twins)
        height, width, channels = shape
        return ImportedNetwork(
            self.model.name if _is_name(self.model.name) else Path(os.path.abspath(self.path)).stem,
            (height, width),
            int(channels or 0),
            _in_order(kept),
            tuple(outputs),
            Path(self.path).name,
            tuple(self.network.notes),
            idle_factors=self.network.is_untrained,
            trains=False,
        )

    def _constant(self, name: str, array: Any) -> Constant:
        shape = () if array is None else tuple(array.shape)
        return Constant(name, shape, self._reader(name, array))

    def _reader(self, name: str, array: Any) -> Callable[[], Any]:
        def read() -> Any:
            with corrupt_as_finding(self.path, self.place):
                if array is None:
                    message = f"the array `{name}` is of a type that is not read"
                    raise spec_error("E0703", message, self.place)
                held = read_array(array, name)
            return held.astype("float32") if held.dtype.kind == "f" else held

        return read

    # The input

    def _input(self) -> Shape:
        inputs = self.model.inputs
        if len(inputs) != 1:
            names = ", ".join(f"`{one.name}`" for one in inputs[:3]) or "none"
            reason = f"the model has {len(inputs)} inputs ({names}), and a spec has one"
            images = [one for one in inputs if not _is_list(one)]
            helps = (_CONSTANTS_OUTSIDE,) if len(images) == 1 else ()
            raise self.problems.stopped(RefusedError("E0723", reason, *helps))
        (given,) = inputs
        if given.shape is None or len(given.shape) != 4:
            reason = f"its input `{given.name}` is no batch of images"
            raise self.problems.stopped(RefusedError("E0723", reason))
        labels = LAST if self._is_last(given) else FIRST
        sides = dict(zip(labels, given.shape, strict=True))
        height, width, channels = sides["H"], sides["W"], sides["C"]
        if channels is None:
            reason = f"the number of channels of its input `{given.name}` is open"
            raise self.problems.stopped(RefusedError("E0723", reason))
        if (height is None) != (width is None):
            reason = f"of the height and width of its input `{given.name}` one is open"
            raise self.problems.stopped(RefusedError("E0723", reason))
        shape = (height, width, channels)
        self.network.values[given.name] = Tensor("", shape, labels)
        self.network.shapes[""] = shape
        return shape

    def _is_last(self, given: Described) -> bool:
        """Whether channels are the last axis of the input: by who reads it, else by its sides."""
        waiting, seen = [given.name], {given.name}
        readers: dict[str, list[Node]] = {}
        for node in self.model.nodes:
            for name in node.inputs:
                readers.setdefault(name, []).append(node)
        found: list[bool] = []
        while waiting:
            for node in readers.get(waiting.pop(), ()):
                if node.kind == "Transpose" and node.attributes.get("perm") in (
                    _TO_FIRST,
                    _TO_LAST,
                ):
                    found.append(node.attributes["perm"] == _TO_FIRST)
                elif node.kind in _PASSING:
                    fresh = [name for name in node.outputs if name not in seen]
                    seen.update(fresh)
                    waiting += fresh
                else:
                    found.append(False)
        if any(found):
            return True
        shape = given.shape or ()
        few = [isinstance(side, int) and side <= _MOST_CHANNELS for side in (shape[1], shape[3])]
        return not found and few == [False, True]

    # Operators

    def _import(self, node: Node) -> None:
        for name in node.inputs:
            if name in self.lost:
                self.lost.update(node.outputs)  # what yields it has been refused
                return
            if name and name not in self.network.values:
                where = "before it is made" if name in self.made else "which nothing yields"
                raise RefusedError("E0723", f"an operator reads `{name}`, {where}")
        now = Operator(node, self.network)
        if is_constant(now):
            made = folded(now)
            if made is not None:
                self._yield(node, [made])
                return
        if node.domain:
            raise RefusedError(
                "E0721", f"the operator `{node.domain}.{node.kind}` is not ONNX's own"
            )
        if node.kind in CONTROL_FLOW or any(
            isinstance(value, Graph) for value in node.attributes.values()
        ):
            raise RefusedError("E0721", f"the operator `{node.kind}` is control flow")
        if node.kind not in OPERATORS:
            helps = did_you_mean(node.kind, OPERATORS)
            raise RefusedError("E0721", f"the operator `{node.kind}` has no counterpart", *helps)
        found = OPERATORS[node.kind](now)
        now.check_all_known()
        self._yield(node, found if isinstance(found, list) else [found])  # type: ignore[list-item]

    def _yield(self, node: Node, values: Sequence[Value]) -> None:
        for name, value in zip(node.outputs, values, strict=False):
            if name in self.network.values:
                raise RefusedError("E0723", f"two operators yield `{name}`")
            if name:
                self.network.values[name] = value

    # The result

    def _ends(self) -> list[str]:
        ends = []
        for one in self.model.outputs:
            value = self.network.values.get(one.name)
            if not isinstance(value, Tensor):
                reason = f"its output `{one.name}` does not depend on the images"
                raise self.problems.stopped(RefusedError("E0723", reason))
            if value.layer == "":
                raise self.problems.stopped(
                    RefusedError("E0723", "the model puts out what comes in")
                )
            if value.flattened is not None or OUTER in value.labels or any(value.framed):
                reason = f"its output `{one.name}` is a map in a form that specs lack"
                raise self.problems.stopped(RefusedError("E0723", reason))
            try:
                ends.append(self.network.named(value))
            except RefusedError as refused:
                raise self.problems.stopped(refused, one.name) from None
        if not ends:
            raise self.problems.stopped(RefusedError("E0723", "the model puts nothing out"))
        return list(dict.fromkeys(ends))


def _in_order(layers: Sequence[ImportedLayer]) -> tuple[ImportedLayer, ...]:
    """Layers before their readers: what was made later for one that is read earlier moves up."""
    places = {layer.name: at for at, layer in enumerate(layers)}
    if all(places.get(name, -1) < at for at, layer in enumerate(layers) for name in layer.inputs):
        return tuple(layers)
    done: dict[str, ImportedLayer] = {}
    for layer in layers:
        waiting = [layer]
        while waiting:
            one = waiting[-1]
            missing = [name for name in one.inputs if name and name not in done]
            if missing:
                waiting += [layers[places[name]] for name in missing]
            else:
                done.setdefault(one.name, one)
                waiting.pop()
    return tuple(done.values())


def _is_list(given: Described) -> bool:
    """Whether an input is a list of numbers, all but one of its axes of one element."""
    return given.shape is not None and sum(side != 1 for side in given.shape) < 2


def _is_name(text: str) -> bool:
    """Whether a graph has a name of its own, and not that of a tool."""
    return bool(text) and text not in ("main_graph", "torch-jit-export", "tf2onnx", "graph")
