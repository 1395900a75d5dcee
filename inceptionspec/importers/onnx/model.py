"""The graph of an ONNX file as data, read without ONNX.

Messages: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from inceptionspec.importers.problems import Problems, RefusedError
from inceptionspec.weights.files.listed_tensor import read_tensor, varints
from inceptionspec.weights.files.located_tensor import LocatedTensor, check_count, quoted
from inceptionspec.weights.files.onnx_file import tensor_at, text_pair
from inceptionspec.weights.files.opening import file_size, opened
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

MOST_NODES = 100_000
"""The largest networks have some thousand operators."""
_MOST_BYTES_OF_NUMBERS = 1 << 16
_MOST_BYTES_OF_TEXT = 1 << 16
#: Names under which the operators that are read have been published.
_DOMAINS = ("", "ai.onnx")


class Graph(NamedTuple):
    """A graph inside an attribute: what makes a branch or a loop. It is not read."""


@dataclass(frozen=True, slots=True)
class Node:
    """An operator of a model.

    Attributes:
        name: its own, or that of its first output.
        kind: the operator's name.
        domain: who defines it; empty for ONNX.
        inputs: names of tensors; empty where one is left out.
        outputs: the same.
        attributes: numbers, texts, tuples of them, arrays, and `Graph`.
    """

    name: str
    kind: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


class Described(NamedTuple):
    """A tensor that a graph reads or yields: its name and its sides; None where one is open."""

    name: str
    shape: tuple[int | None, ...] | None


@dataclass(slots=True)
class OnnxModel:
    """What is found in a file.

    Attributes:
        name: of the graph.
        opset: the version of ONNX's operators.
        nodes: in the order in which they run.
        inputs: what the graph reads, arrays of the file left out.
        outputs: what it yields.
        arrays: initializers and constants by name.
        metadata: text by name.
    """

    name: str = ""
    opset: int = 0
    nodes: list[Node] = field(default_factory=list)
    inputs: list[Described] = field(default_factory=list)
    outputs: list[Described] = field(default_factory=list)
    arrays: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


def read_onnx_model(path: str, problems: Problems) -> OnnxModel:
    """The graph in a file.

    Args:
        path: the file.
        problems: takes what no reading of the file would mend.

    Raises:
        CorruptFileError: it is no ONNX model, or a damaged one.
        SpecError: it has too many operators.
    """
    found = OnnxModel()
    has_graph = False
    with opened(path) as file:
        for part in extents(file, 0, file_size(file)):
            if part.number == 7:
                if has_graph:
                    raise CorruptFileError("it holds two graphs")
                _Walk(file, path, found, problems).graph(part)
                has_graph = True
            elif part.number == 8:
                _opset(file, part, found)
            elif part.number == 14:
                name, text = text_pair(file, part)
                found.metadata[name] = text
            elif part.number == 25:
                problems.add(RefusedError("E0723", "the model defines operators of its own"))
    if not has_graph:
        raise CorruptFileError("it holds no graph")
    found.inputs = [one for one in found.inputs if one.name not in found.arrays]
    return found


def _opset(file: BinaryIO, part: Extent, found: OnnxModel) -> None:
    domain, version = "", 0
    for inner in extents(file, *part.message):
        if inner.number == 1:
            domain = text_of(file, inner)
        elif inner.number == 2:
            version = number_of(file, inner)
    if domain in _DOMAINS:
        found.opset = version


class _Walk:
    """The parts of a graph, one by one."""

    def __init__(self, file: BinaryIO, path: str, found: OnnxModel, problems: Problems) -> None:
        self.file = file
        self.path = path
        self.found = found
        self.problems = problems

    def graph(self, graph: Extent) -> None:
        """The graph of a model."""
        for part in extents(self.file, *graph.message):
            if part.number == 1:
                self._node(part)
            elif part.number == 2:
                self.found.name = text_of(self.file, part)
            elif part.number == 5:
                name, tensor = tensor_at(self.file, self.path, part)
                self._keep(name, tensor)
            elif part.number in (11, 12):
                ends = self.found.inputs if part.number == 11 else self.found.outputs
                ends.append(self._described(part))
            elif part.number == 15:
                self.problems.add(RefusedError("E0723", "the model holds sparse arrays"))

    def _keep(self, name: str, array: Any) -> None:
        if name in self.found.arrays:
            raise CorruptFileError(f"it has the array {quoted(name)} twice")
        self.found.arrays[name] = array
        check_count(self.found.arrays)

    def _node(self, node: Extent) -> None:
        inputs: list[str] = []
        outputs: list[str] = []
        name, kind, domain = "", "", ""
        attributes: dict[str, Any] = {}
        for part in extents(self.file, *node.message):
            if part.number == 1:
                inputs.append(text_of(self.file, part))
            elif part.number == 2:
                outputs.append(text_of(self.file, part))
            elif part.number == 3:
                name = text_of(self.file, part)
            elif part.number == 4:
                kind = text_of(self.file, part)
            elif part.number == 5:
                key, value = self._attribute(part)
                attributes[key] = value
            elif part.number == 7:
                domain = text_of(self.file, part)
        if kind == "Constant" and domain in _DOMAINS and len(outputs) == 1:
            self._keep(outputs[0], self._constant(attributes))
            return
        if len(self.found.nodes) >= MOST_NODES:
            reason = f"the model has more than {MOST_NODES:,} operators"
            raise self.problems.stopped(RefusedError("E0723", reason))
        domain = "" if domain in _DOMAINS else domain
        own = name or next(iter(outputs), "")
        self.found.nodes.append(Node(own, kind, domain, tuple(inputs), tuple(outputs), attributes))

    @staticmethod
    def _constant(attributes: Mapping[str, Any]) -> Any:
        """The array of a `Constant`, whichever of its forms it has; None for another."""
        for key, dtype in (("value_float", "f4"), ("value_floats", "f4"), ("value_int", "i8"),
                           ("value_ints", "i8")):  # fmt: skip
            if key in attributes:
                return np.array(attributes[key], dtype)
        return attributes.get("value")

    def _attribute(self, attribute: Extent) -> tuple[str, Any]:
        name, value = "", None
        floats: list[float] = []
        whole: list[int] = []
        texts: list[str] = []
        for part in extents(self.file, *attribute.message):
            if part.number == 1:
                name = text_of(self.file, part)
            elif part.number == 2 and part.type == FIXED32:
                (value,) = struct.unpack("<f", content(self.file, part, 4))
            elif part.number == 3:
                value = number_of(self.file, part)
            elif part.number == 4:
                value = content(self.file, part, _MOST_BYTES_OF_TEXT).decode("utf-8", "replace")
            elif part.number == 5:
                value = tensor_at(self.file, self.path, part)[1]
            elif part.number in (6, 11, 14, 15):
                value = Graph()
            elif part.number == 7:
                floats += self._floats(part)
            elif part.number == 8:
                whole += self._whole(part)
            elif part.number == 9:
                text = content(self.file, part, _MOST_BYTES_OF_TEXT)
                texts.append(text.decode("utf-8", "replace"))
        if value is None:
            value = tuple(whole or floats or texts)
        return name, value

    def _floats(self, part: Extent) -> list[float]:
        if part.type not in (BYTES, FIXED32) or part.size % 4:
            raise CorruptFileError("a list of numbers is malformed")
        data = content(self.file, part, _MOST_BYTES_OF_NUMBERS)
        return [float(number) for number in np.frombuffer(data, "<f4")]

    def _whole(self, part: Extent) -> list[int]:
        if part.type == VARINT:
            return [number_of(self.file, part)]
        data = content(self.file, part, _MOST_BYTES_OF_NUMBERS)
        numbers: list[int] = varints(data).astype("i8").tolist()
        return numbers

    def _described(self, value: Extent) -> Described:
        """A tensor's name and shape."""
        name, shape = "", None
        for part in extents(self.file, *value.message):
            if part.number == 1:
                name = text_of(self.file, part)
            elif part.number == 2:
                for kind in extents(self.file, *part.message):
                    if kind.number == 1:
                        shape = self._tensor_shape(kind)
        return Described(name, shape)

    def _tensor_shape(self, kind: Extent) -> tuple[int | None, ...] | None:
        for part in extents(self.file, *kind.message):
            if part.number == 2:
                return tuple(self._side(one) for one in extents(self.file, *part.message))
        return None

    def _side(self, part: Extent) -> int | None:
        side = None
        for inner in extents(self.file, *part.message):
            if inner.number == 1:
                side = number_of(self.file, inner)
        return side if side is not None and side > 0 else None


def read_array(array: LocatedTensor | np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    """The numbers of an array of a model.

    Raises:
        CorruptFileError: the file ends earlier.
        OSError: it cannot be opened.
    """
    if not isinstance(array, LocatedTensor):
        return array
    with opened(array.file) as file:
        numbers: np.ndarray[Any, Any] = read_tensor(file, name, array)
        return numbers
