"""TensorFlow 2's checkpoints of objects, and SavedModels, whose variables are one.

A variable's key in such a file is the way that led to it first, perhaps through an optimizer. The
graph of objects in the file says what else leads there, and what the variable was called. Format:
``trackable_object_graph.proto``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.opening import corrupt_as_finding
from inceptionspec.weights.files.tf_checkpoint import OBJECT_GRAPH, Checkpoint
from inceptionspec.weights.files.weight_file import StoredTensor, WeightFile
from inceptionspec.weights.files.wire import CorruptFileError, Field, fields

SAVED_MODEL = "saved_model.pb"
VARIABLES = os.path.join("variables", "variables")
"""The prefix of the checkpoint in the folder of a SavedModel."""
_VALUE = "VARIABLE_VALUE"
_KEY_SUFFIX = f"/.ATTRIBUTES/{_VALUE}"
_MOST_NODES = 1 << 20
#: Ways to what is no weight of the network: counters, metrics, states of random generators.
_STATE = frozenset(
    {"save_counter", "keras_api", "_metrics", "_compile_metrics", "_loss_tracker", "seed_generator"}
)
_GENERATOR = "seed_generator_state"
"""What the state of a random generator is called, whatever leads there."""
#: Ways out of an optimizer, by which it is known.
_OPTIMIZER = (frozenset({"_iterations", "_learning_rate"}), frozenset({"iter", "learning_rate"}))
_TRAINED = "_trainable_variables"
"""The one way that leads from an optimizer to variables of the network."""


class _Object(NamedTuple):
    """An object of the graph.

    Attributes:
        children: the objects that it has, each with the name of the way there.
        variables: the names and keys of its values.
        has_slots: whether it keeps slots for variables, as an optimizer does.
    """

    children: tuple[tuple[str, int], ...]
    variables: tuple[tuple[str, str], ...]
    has_slots: bool

    @property
    def is_optimizer(self) -> bool:
        """Whether it is an optimizer, of Keras 2 or 3."""
        ways = {way for way, _ in self.children}
        return self.has_slots or any(needed <= ways for needed in _OPTIMIZER)


class ObjectCheckpoint:
    """An open checkpoint of objects.

    Attributes:
        format: what it is, in words.
        tensors: the variables of the network by name, in the order of the graph of objects. What
            an optimizer keeps, counters and metrics are left out. A variable that has no name of
            its own, or shares it, has the way that leads to it.
    """

    def __init__(self, checkpoint: Checkpoint, kind: str, place: Span) -> None:
        """Find the variables in the graph of objects; none is read.

        Args:
            checkpoint: the open file.
            kind: what it is, in words.
            place: where findings point.

        Raises:
            SpecError: the graph cannot be read (E0703).
        """
        self.format = kind
        self._checkpoint = checkpoint
        text = checkpoint.read_text(OBJECT_GRAPH)
        with corrupt_as_finding(checkpoint.prefix, place, "checkpoint"):
            found = [
                (name, key)
                for name, key in _variables(_objects(text))
                if key in checkpoint.tensors and name.rpartition("/")[2] != _GENERATOR
            ]
        held: dict[str, set[object]] = {}
        for name, key in found:
            tensor = checkpoint.tensors[key]
            held.setdefault(name, set()).add((tensor.type, tensor.shape, tensor.checksum))
        self._keys: dict[str, str] = {}
        for name, key in found:
            # An export holds copies of all variables; those with equal checksums are one.
            is_own = bool(name) and len(held[name]) == 1
            self._keys.setdefault(name if is_own else key.removesuffix(_KEY_SUFFIX), key)
        self.tensors: Mapping[str, StoredTensor] = {
            name: checkpoint.tensors[key] for name, key in self._keys.items()
        }

    def read(self, names: Iterable[str]) -> dict[str, Any]:
        """The values of some variables.

        Raises:
            KeyError: there is no such variable.
            SpecError: one cannot be read (E0703).
        """
        keys = {self._keys[name]: name for name in names}
        return {keys[key]: array for key, array in self._checkpoint.read(keys).items()}


def open_checkpoint(reference: str, place: Span) -> WeightFile:
    """Open a checkpoint of variables or of objects, or a SavedModel.

    Raises:
        SpecError: it cannot be read (E0703).
    """
    kind = "TensorFlow checkpoint of objects"
    if os.path.isfile(os.path.join(reference, SAVED_MODEL)):
        kind, reference = "SavedModel", os.path.join(reference, VARIABLES)
    checkpoint = Checkpoint(reference, place)
    if OBJECT_GRAPH not in checkpoint.tensors:
        return checkpoint
    return ObjectCheckpoint(checkpoint, kind, place)


def _variables(objects: list[_Object]) -> list[tuple[str, str]]:
    """The names and keys of the variables that the network has, nearest to its root first."""
    reached, waiting = {0}, [0]
    while waiting:
        thing = objects[waiting.pop()]
        for way, child in thing.children:
            if way in _STATE or (thing.is_optimizer and way != _TRAINED):
                continue
            if not 0 <= child < len(objects):
                raise CorruptFileError("its graph of objects is malformed")
            if child not in reached:
                reached.add(child)
                waiting.append(child)
    return [variable for number in sorted(reached) for variable in objects[number].variables]


def _objects(graph: bytes) -> list[_Object]:
    objects = [_object(field.bytes()) for field in fields(graph) if field.number == 1]
    if not objects or len(objects) > _MOST_NODES:
        raise CorruptFileError(f"its graph has {len(objects):,} objects")
    return objects


def _object(message: memoryview) -> _Object:
    children, variables, has_slots = [], [], False
    for field in fields(message):
        if field.number == 1:
            parts = _parts(field)
            children.append((_text(parts.get(2)), _number(parts.get(1))))
        elif field.number == 2:
            parts = _parts(field)
            if _text(parts.get(1)) == _VALUE:
                variables.append((_text(parts.get(2)), _text(parts.get(3))))
        elif field.number == 3:
            has_slots = True
    return _Object(tuple(children), tuple(variables), has_slots)


def _parts(field: Field) -> dict[int, Field]:
    return {part.number: part for part in fields(field.bytes())}


def _number(field: Field | None) -> int:
    return 0 if field is None else field.integer()


def _text(field: Field | None) -> str:
    return "" if field is None else bytes(field.bytes()).decode("utf-8", "replace")
