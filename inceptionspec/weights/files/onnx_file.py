"""Weights of ONNX models, without ONNX: initializers, and constants that layers read.

Messages: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np

from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.listed_tensor import (
    ListedTensor,
    Numbers,
    read_tensor,
    varints,
)
from inceptionspec.weights.files.located_tensor import (
    LocatedTensor,
    check_count,
    check_extent,
    checked_shape,
    quoted,
    read_arrays,
)
from inceptionspec.weights.files.number_types import stored_dtype
from inceptionspec.weights.files.opening import corrupt_as_finding, file_size, opened
from inceptionspec.weights.files.weight_file import (
    BFLOAT16,
    FLOAT8_E4M3,
    FLOAT8_E5M2,
    StoredLayer,
)
from inceptionspec.weights.files.wire import (
    BYTES,
    FIXED32,
    VARINT,
    CorruptFileError,
    Extent,
    content,
    extents,
    number_of,
    text_of,
)

_MOST_BYTES_OF_NUMBERS = 1 << 16
_EXTERNAL = 1
#: Operators whose constants are weights.
_WEIGHTED = frozenset(
    {"Add", "BatchNormalization", "Conv", "ConvTranspose", "Gemm", "MatMul", "Mul", "Sub"}
)

#: Types by ONNX's number: the name, and the field of a list of numbers and how they are written.
_TYPES: Mapping[int, tuple[str, int, Numbers]] = MappingProxyType(
    {
        1: ("float32", 4, "float"),
        2: ("uint8", 5, "varint"),
        3: ("int8", 5, "varint"),
        4: ("uint16", 5, "varint"),
        5: ("int16", 5, "varint"),
        6: ("int32", 5, "varint"),
        7: ("int64", 7, "varint"),
        9: ("bool", 5, "varint"),
        10: ("float16", 5, "varint"),
        11: ("float64", 10, "double"),
        12: ("uint32", 11, "varint"),
        13: ("uint64", 11, "varint"),
        14: ("complex64", 4, "float"),
        15: ("complex128", 10, "double"),
        16: (BFLOAT16, 5, "varint"),
        17: (FLOAT8_E4M3, 5, "varint"),
        19: (FLOAT8_E5M2, 5, "varint"),
    }
)


@dataclass(slots=True)
class _Graph:
    """What is found in a model while it is walked.

    Attributes:
        tensors: initializers and constants by name.
        constants: the names of those that nodes yield.
        names: what a tensor is a copy of.
        layers: the other nodes.
        metadata: text by name.
    """

    tensors: dict[str, LocatedTensor] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    layers: list[StoredLayer] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)


class OnnxFile:
    """An open ONNX model.

    Attributes:
        format: what it is, in words.
        tensors: its arrays by name, in the file's order: initializers, and constants that an
            operator with weights reads.
        layers: its operators in the order in which they run. Their ``config`` has attributes, and
            as ``inputs`` and ``outputs`` the names of tensors, of arrays those in ``tensors``.
        metadata: text by name.
    """

    format = "ONNX model"

    def __init__(self, reference: str, place: Span) -> None:
        """Open a file and read which arrays it holds.

        Raises:
            SpecError: it cannot be read (E0703).
        """
        self._place = place
        found = _Graph()
        with corrupt_as_finding(reference, place), opened(reference) as file:
            has_graph = False
            for part in extents(file, 0, file_size(file)):
                if part.number == 7:
                    _walk(file, reference, part, found)
                    has_graph = True
                elif part.number == 14:
                    name, text = text_pair(file, part)
                    found.metadata[name] = text
            if not has_graph:
                raise CorruptFileError("it holds no graph")
        read = {
            found.names.get(name, name)
            for layer in found.layers
            if layer.kind in _WEIGHTED
            for name in layer.config["inputs"]
        }
        self.tensors = {
            name: tensor
            for name, tensor in found.tensors.items()
            if name not in found.constants or (name in read and tensor.is_floating)
        }
        self.layers = _linked(found)
        self.metadata: Mapping[str, str] = found.metadata

    def read(self, names: Iterable[str]) -> dict[str, np.ndarray[Any, Any]]:
        """The values of some arrays.

        Raises:
            KeyError: there is no such array.
            SpecError: one cannot be read (E0703).
        """
        return read_arrays(names, self.tensors, self._place, read_tensor)


def _linked(found: _Graph) -> tuple[StoredLayer, ...]:
    """The layers, which know the layers that they read."""
    yields = {name: layer.name for layer in found.layers for name in layer.config["outputs"]}
    layers = []
    for layer in found.layers:
        names = tuple(found.names.get(name, name) for name in layer.config["inputs"])
        read = tuple(yields[name] for name in names if name in yields)
        config = {**layer.config, "inputs": names}
        layers.append(StoredLayer(layer.name, layer.kind, config, inputs=read))
    return tuple(layers)


def _walk(file: BinaryIO, path: str, graph: Extent, found: _Graph) -> None:
    for part in extents(file, *graph.message):
        if part.number == 5:
            _add(found, *tensor_at(file, path, part))
        elif part.number == 1:
            _add_node(file, path, part, found)


def _add(found: _Graph, name: str, tensor: LocatedTensor | None) -> None:
    if tensor is not None:
        if name in found.tensors:
            raise CorruptFileError(f"it has the array {quoted(name)} twice")
        found.tensors[name] = tensor
        check_count(found.tensors)


def _add_node(file: BinaryIO, path: str, node: Extent, found: _Graph) -> None:
    inputs: list[str] = []
    outputs: list[str] = []
    name, kind = "", ""
    attributes: dict[str, Any] = {}
    for part in extents(file, *node.message):
        if part.number == 1:
            inputs.append(text_of(file, part))
        elif part.number == 2:
            outputs.append(text_of(file, part))
        elif part.number == 3:
            name = text_of(file, part)
        elif part.number == 4:
            kind = text_of(file, part)
        elif part.number == 5:
            attributes.update(_attribute(file, part))
    tensor = attributes.get("value")
    if kind == "Constant" and isinstance(tensor, Extent) and outputs:
        _add(found, outputs[0], tensor_at(file, path, tensor)[1])
        found.constants.add(outputs[0])
    elif kind == "Identity" and len(inputs) == len(outputs) == 1:
        found.names[outputs[0]] = found.names.get(inputs[0], inputs[0])
    elif kind != "Constant":
        plain = {key: value for key, value in attributes.items() if not isinstance(value, Extent)}
        config = {**plain, "inputs": tuple(inputs), "outputs": tuple(outputs)}
        found.layers.append(StoredLayer(name or "".join(outputs[:1]), kind, config))


def _attribute(file: BinaryIO, attribute: Extent) -> Iterator[tuple[str, Any]]:
    """An attribute of a node: numbers and text, and of a tensor where it is."""
    name, value = "", None
    several: list[int] = []
    for part in extents(file, *attribute.message):
        if part.number == 1:
            name = text_of(file, part)
        elif part.number == 2 and part.type == FIXED32:
            (value,) = struct.unpack("<f", content(file, part, 4))
        elif part.number == 3:
            value = number_of(file, part)
        elif part.number == 4 and part.size <= _MOST_BYTES_OF_NUMBERS:
            value = content(file, part, _MOST_BYTES_OF_NUMBERS).decode("utf-8", "replace")
        elif part.number == 5:
            value = part
        elif part.number == 8:
            several += _whole_numbers(file, part)
    if value is None and several:
        value = tuple(several)
    if value is not None:
        yield name, value


def _whole_numbers(file: BinaryIO, part: Extent) -> list[int]:
    """Whole numbers of 64 bits, one or a packed list."""
    if part.type == VARINT:
        return [number_of(file, part)]
    numbers: list[int] = varints(content(file, part, _MOST_BYTES_OF_NUMBERS)).astype("i8").tolist()
    return numbers


def text_pair(file: BinaryIO, entry: Extent) -> tuple[str, str]:
    """A name and a text."""
    name, text = "", ""
    for part in extents(file, *entry.message):
        if part.number == 1:
            name = text_of(file, part)
        elif part.number == 2:
            text = text_of(file, part)
    return name, text


def tensor_at(file: BinaryIO, path: str, tensor: Extent) -> tuple[str, LocatedTensor | None]:
    """The name of an array, and where its numbers are; None for types that are not read."""
    name, number, sides, plain, external = "", 0, [], None, False
    where: dict[str, str] = {}
    for part in extents(file, *tensor.message):
        if part.number == 1:
            sides += _whole_numbers(file, part)
        elif part.number == 2:
            number = number_of(file, part)
        elif part.number == 8:
            name = text_of(file, part)
        elif part.number == 9 and part.type == BYTES:
            plain = part
        elif part.number == 13:
            where.update([text_pair(file, part)])
        elif part.number == 14:
            external = number_of(file, part) == _EXTERNAL
    if number not in _TYPES:
        return name, None
    kind, listed, numbers = _TYPES[number]
    shape = checked_shape(name, sides)
    if external:
        return name, _external(name, kind, shape, path, where)
    if plain is None:
        return name, ListedTensor(kind, shape, file=path, offset=tensor.start,
                                  length=tensor.size, field=listed, numbers=numbers)  # fmt: skip
    if plain.size != prod(shape) * stored_dtype(kind).itemsize:
        raise CorruptFileError(f"the size of {quoted(name)} does not fit its shape")
    return name, LocatedTensor(kind, shape, file=path, offset=plain.start)


def _external(
    name: str, kind: str, shape: tuple[int, ...], path: str, where: Mapping[str, str]
) -> LocatedTensor:
    """Where an array lies in another file, which must be in the model's folder.

    Raises:
        CorruptFileError: the file is elsewhere, is not there, or ends earlier.
    """
    folder, location = os.path.dirname(path), where.get("location", "")
    other = os.path.join(folder, location)
    inside = os.path.realpath(folder) + os.sep
    if not location or "\0" in location or not os.path.realpath(other).startswith(inside):
        raise CorruptFileError(f"{quoted(name)} is in a file outside the model's folder")
    tensor = LocatedTensor(kind, shape, file=other, offset=_whole(where.get("offset", "0")))
    length = _whole(where.get("length", str(tensor.size)))
    if length != tensor.size:
        raise CorruptFileError(f"the size of {quoted(name)} does not fit its shape")
    if not os.path.isfile(other):
        raise CorruptFileError(
            f"{quoted(location)}, which holds {quoted(name)}, is not there",
            f"copy `{os.path.basename(location)}` too, next to the model",
        )
    check_extent(name, tensor, os.path.getsize(other))
    return tensor


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise CorruptFileError("where an array is in another file is malformed")
    return int(text)
