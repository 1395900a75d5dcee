"""Frozen graphs of TensorFlow 1, such as the Inception of 2015: constants of a ``GraphDef``.

Messages: ``graph.proto``, ``node_def.proto``, ``attr_value.proto`` and ``tensor.proto`` of
TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.listed_tensor import ListedTensor, Numbers, read_tensor
from inceptionspec.weights.files.located_tensor import (
    LocatedTensor,
    check_count,
    quoted,
    read_arrays,
)
from inceptionspec.weights.files.number_types import stored_dtype
from inceptionspec.weights.files.opening import corrupt_as_finding, exactly, file_size, opened
from inceptionspec.weights.files.tensorflow_types import TYPES, shape_of
from inceptionspec.weights.files.weight_file import StoredLayer
from inceptionspec.weights.files.wire import (
    BYTES,
    CorruptFileError,
    Extent,
    content,
    extents,
    number_of,
    text_of,
)

_LONGEST_MESSAGE = 1 << 16
_MOST_FILLED = 1 << 24
"""Numbers of arrays for which the file has one number that stands for all."""
_VARIABLES = frozenset({"Variable", "VariableV2", "VarHandleOp"})

#: The field of a list of numbers and how they are written, by the type.
_LISTS: Mapping[str, tuple[int, Numbers]] = MappingProxyType(
    {
        "float32": (5, "float"),
        "float64": (6, "double"),
        "int32": (7, "varint"),
        "int16": (7, "varint"),
        "int8": (7, "varint"),
        "uint8": (7, "varint"),
        "uint16": (7, "varint"),
        "int64": (10, "varint"),
        "bool": (11, "varint"),
        "float16": (13, "varint"),
        "bfloat16": (13, "varint"),
        "uint32": (16, "varint"),
        "uint64": (17, "varint"),
    }
)


class _Node(NamedTuple):
    """A node: its name, its operator, the nodes that it reads, the message of its value."""

    name: str
    op: str
    inputs: tuple[str, ...]
    value: Extent | None


class FrozenGraph:
    """An open frozen graph.

    Attributes:
        format: what it is, in words.
        tensors: its constants by the names of their nodes, in the file's order; text is left out.
        layers: its other nodes, in the file's order; what they read may be constants.
    """

    format = "frozen TensorFlow graph"

    def __init__(self, reference: str, place: Span) -> None:
        """Open a file and read which constants it holds.

        Raises:
            SpecError: it cannot be read (E0703).
        """
        self._place = place
        self.tensors: dict[str, LocatedTensor] = {}
        layers = []
        with corrupt_as_finding(reference, place), opened(reference) as file:
            if exactly(file, 0, min(1, file_size(file))) == b"\x08":
                raise CorruptFileError(
                    "it looks like a SavedModel, which keeps its weights in other files",
                    "name the checkpoint in the folder `variables` next to it",
                )
            for node in _nodes(file):
                value = node.value
                tensor = value and _constant(file, reference, node.name, value)
                if tensor is None:
                    layers.append(StoredLayer(node.name, node.op, inputs=node.inputs))
                elif node.name in self.tensors:
                    raise CorruptFileError(f"it has the node {quoted(node.name)} twice")
                else:
                    self.tensors[node.name] = tensor
            self.layers = tuple(layers)
            check_count(self.tensors)
            _check_frozen(self.layers, self.tensors)

    def read(self, names: Iterable[str]) -> dict[str, np.ndarray[Any, Any]]:
        """The values of some constants.

        Raises:
            KeyError: there is no such constant.
            SpecError: one cannot be read (E0703).
        """
        return read_arrays(names, self.tensors, self._place, read_tensor)


def _check_frozen(layers: tuple[StoredLayer, ...], tensors: Mapping[str, LocatedTensor]) -> None:
    if not any(tensor.is_floating for tensor in tensors.values()):
        if any(layer.kind in _VARIABLES for layer in layers):
            raise CorruptFileError(
                "the graph is not frozen: it names variables and does not hold their values",
                "name the checkpoint that belongs to it",
            )
        raise CorruptFileError("it is no graph of TensorFlow, or one without numbers")
    filled = sum(
        prod(tensor.shape)
        for tensor in tensors.values()
        if isinstance(tensor, ListedTensor) and prod(tensor.shape) > tensor.length
    )
    if filled > _MOST_FILLED:
        raise CorruptFileError(f"its constants claim {filled:,} numbers that it does not hold")


def _nodes(file: BinaryIO) -> Iterable[_Node]:
    for field in extents(file, 0, file_size(file)):
        if field.number != 1:
            continue
        name, op, inputs, value = "", "", [], None
        for part in extents(file, *field.message):
            if part.number == 1:
                name = text_of(file, part)
            elif part.number == 2:
                op = text_of(file, part)
            elif part.number == 3:
                inputs.append(text_of(file, part))
            elif part.number == 5:
                value = _value(file, part) or value
        yield _Node(name, op, tuple(inputs), value if op == "Const" else None)


def _value(file: BinaryIO, attribute: Extent) -> Extent | None:
    """The tensor that the attribute ``value`` of a node is."""
    name, value = "", None
    for part in extents(file, *attribute.message):
        if part.number == 1:
            name = text_of(file, part)
        elif part.number == 2:
            value = part
    if name != "value" or value is None:
        return None
    return next((part for part in extents(file, *value.message) if part.number == 8), None)


def _constant(file: BinaryIO, path: str, name: str, message: Extent) -> LocatedTensor | None:
    """Where the numbers of a constant are; None for text and for types that are not read."""
    kind, plain = "", None
    shape: tuple[int, ...] = ()
    for part in extents(file, *message.message):
        if part.number == 1:
            kind = TYPES.get(number_of(file, part), "")
        elif part.number == 2:
            shape = shape_of(content(file, part, _LONGEST_MESSAGE))
        elif part.number == 4 and part.type == BYTES:
            plain = part
    if kind not in _LISTS:
        return None
    count = prod(shape)
    if plain is not None and plain.size:
        if plain.size != count * stored_dtype(kind).itemsize:
            raise CorruptFileError(f"the size of {quoted(name)} does not fit its shape")
        return LocatedTensor(kind, shape, file=path, offset=plain.start)
    field, numbers = _LISTS[kind]
    return ListedTensor(kind, shape, file=path, offset=message.start, length=message.size,
                        field=field, numbers=numbers, fills=True)  # fmt: skip
