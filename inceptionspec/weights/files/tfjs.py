"""TensorFlow.js models: a folder of `model.json` and files of bytes.

The JSON describes the model and lists groups of arrays. The bytes of a group are those of its
files, one after the other. Arrays may be quantized, to ``value = number * scale + min`` or to
float16. Format: ``tfjs-core/src/io/types.ts``, ``io_utils.ts``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.keras_config import config_layers, parsed, stored
from inceptionspec.weights.files.opening import corrupt_as_finding, opened
from inceptionspec.weights.files.weight_file import StoredLayer, StoredTensor, is_possible
from inceptionspec.weights.files.wire import CorruptFileError

MODEL = "model.json"
_MOST_BYTES = 1 << 26
_MOST_AXES = 32
#: The types of arrays, and those that they are quantized to, with the bytes of a number.
_TYPES = frozenset({"float32", "float16", "int32", "bool", "uint8", "uint16"})
_QUANTIZED = frozenset({"uint8", "uint16", "float16"})


class _Shard(NamedTuple):
    """A file of a group: its name, and where its bytes start and end in those of the group."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Stored(StoredTensor):
    """An array: its type once it is read, its shape, and where its bytes are.

    Attributes:
        shards: the files of its group.
        start: where it starts in the bytes of the group.
        storage: the type of the stored numbers.
        scale: the size of a step of a quantized number; 0 where there are none.
        least: the value of the quantized number 0.
    """

    shards: tuple[_Shard, ...] = ()
    start: int = 0
    storage: str = ""
    scale: float = 0.0
    least: float = 0.0

    @property
    def size(self) -> int:
        """Its bytes in the file."""
        return prod(self.shape) * np.dtype(self.storage).itemsize


class TensorFlowJs:
    """An open TensorFlow.js model.

    Attributes:
        format: what it is, in words.
        tensors: its arrays by name, in the file's order.
        layers: its layers; none for a graph model.
        topology: the JSON of its layers, or of its graph.
    """

    format = "TensorFlow.js model"

    def __init__(self, reference: str, place: Span) -> None:
        """Read what a model holds; no array is read.

        Args:
            reference: its JSON, or the folder with ``model.json``.
            place: where findings point.

        Raises:
            SpecError: it cannot be read (E0703).
        """
        path = os.path.join(reference, MODEL) if os.path.isdir(reference) else reference
        self._folder = os.path.dirname(path)
        self._path = path
        self._place = place
        self.tensors: dict[str, _Stored] = {}
        with corrupt_as_finding(path, place):
            model = json_of(path)
            if isinstance(model, dict) and "weight_map" in model:
                raise CorruptFileError(
                    "it lists files that hold parts of the weights, which are not read together"
                )
            if not isinstance(model, dict) or not isinstance(model.get("weightsManifest"), list):
                raise CorruptFileError("it is no model of TensorFlow.js: it has no weightsManifest")
            self.topology = model.get("modelTopology")
            self.layers = _layers(self.topology)
            for name, tensor in self._listed(model["weightsManifest"]):
                name = _name(name, self.layers)
                if name in self.tensors:
                    raise CorruptFileError(f"two of its arrays are called `{name}`")
                self.tensors[name] = tensor

    def read(self, names: Iterable[str]) -> dict[str, Any]:
        """The values of some arrays, quantized ones as the numbers that they stand for.

        Raises:
            KeyError: there is no such array.
            SpecError: one cannot be read (E0703).
        """
        arrays = {}
        for name in names:
            tensor = self.tensors[name]
            with corrupt_as_finding(self._path, self._place):
                arrays[name] = _values(self._bytes(tensor, name), tensor)
        return arrays

    def _listed(self, groups: Sequence[Any]) -> Iterator[tuple[str, _Stored]]:
        """The arrays of all groups, with what is in the files."""
        seen: set[str] = set()
        for group in groups:
            if not isinstance(group, dict):
                raise CorruptFileError("its weightsManifest is malformed")
            shards = tuple(self._shards(group.get("paths"), seen))
            at = 0
            weights = group.get("weights")
            for weight in weights if isinstance(weights, list) else []:
                name, tensor = _weight(weight, shards, at)
                at += tensor.size
                yield name, tensor
            held = shards[-1].end if shards else 0
            if at != held:
                names = ", ".join(f"`{shard.name}`" for shard in shards) or "no files"
                raise CorruptFileError(f"{names} hold {held:,} bytes, their list needs {at:,}")

    def _shards(self, paths: Any, seen: set[str]) -> Iterator[_Shard]:
        at = 0
        for path in paths if isinstance(paths, list) else []:
            if not isinstance(path, str) or _leaves(path):
                raise CorruptFileError(f"its file `{path}` is not in its folder")
            if path in seen:
                raise CorruptFileError(f"it lists the file `{path}` twice")
            seen.add(path)
            try:
                size = os.stat(os.path.join(self._folder, path)).st_size
            except (OSError, ValueError):
                raise CorruptFileError(f"its file `{path}` is missing") from None
            yield _Shard(path, at, at + size)
            at += size

    def _bytes(self, tensor: _Stored, name: str) -> bytearray:
        """The bytes of an array, from one file or several."""
        data = bytearray(tensor.size)
        view = memoryview(data)
        for shard in tensor.shards:
            start = max(tensor.start, shard.start)
            end = min(tensor.start + tensor.size, shard.end)
            if start < end:
                with opened(os.path.join(self._folder, shard.name)) as file:
                    file.seek(start - shard.start)
                    target = view[start - tensor.start : end - tensor.start]
                    if file.readinto(target) != len(target):  # type: ignore[attr-defined]
                        raise CorruptFileError(f"`{shard.name}` ends before `{name}` does")
        return data


def json_of(path: str) -> Any:
    """The JSON in a file.

    Raises:
        CorruptFileError: it is none, or too large for a model's.
        OSError: it cannot be opened.
    """
    with opened(path) as file:
        text = file.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise CorruptFileError("it is too large for the JSON of a model")
    return parsed(text, "content")


def _layers(topology: Any) -> tuple[StoredLayer, ...]:
    """The layers of a layers model: Keras' JSON, alone or with its version."""
    if not isinstance(topology, dict):
        return ()
    model = topology.get("model_config", topology)
    return stored(config_layers(model)) if isinstance(model, dict) and "config" in model else ()


def _name(name: str, layers: Sequence[StoredLayer]) -> str:
    """What an array is called: by its layer, without the models that hold the layer."""
    *parents, last = name.removesuffix(":0").split("/")
    known = {layer.name for layer in layers}
    for end in range(len(parents), 0, -1):
        if parents[end - 1] in known:
            return "/".join([*parents[end - 1 :], last])
    return "/".join([*parents, last])


def _weight(weight: Any, shards: tuple[_Shard, ...], start: int) -> tuple[str, _Stored]:
    """An entry of a group."""
    if not isinstance(weight, dict) or not isinstance(weight.get("name"), str):
        raise CorruptFileError("its weightsManifest is malformed")
    name = weight["name"]
    shape, kind = weight.get("shape"), weight.get("dtype")
    if (
        not isinstance(shape, list)
        or len(shape) > _MOST_AXES
        or not all(type(side) is int and side >= 0 for side in shape)
        or not is_possible(tuple(shape))
    ):
        raise CorruptFileError(f"the shape of `{name}` is malformed")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise CorruptFileError(f"`{name}` holds {kind}, which is not read")
    storage, scale, least = kind, 0.0, 0.0
    quantization = weight.get("quantization")
    if quantization is not None:
        storage, scale, least = _quantization(quantization, name)
    return name, _Stored(kind, tuple(shape), shards, start, storage, scale, least)


def _quantization(quantization: Any, name: str) -> tuple[str, float, float]:
    """The type of quantized numbers, the size of a step, and the value of 0."""
    storage = quantization.get("dtype") if isinstance(quantization, dict) else None
    if not isinstance(storage, str) or storage not in _QUANTIZED:
        raise CorruptFileError(f"`{name}` is quantized in a way that is not read")
    if storage == "float16":
        return storage, 0.0, 0.0
    scale, least = quantization.get("scale"), quantization.get("min")
    if not isinstance(scale, int | float) or not isinstance(least, int | float) or not scale:
        raise CorruptFileError(f"`{name}` lacks the scale of its quantized numbers")
    return storage, float(scale), float(least)


def _values(data: bytearray, tensor: _Stored) -> np.ndarray[Any, Any]:
    numbers: np.ndarray[Any, Any]
    numbers = np.frombuffer(data, np.dtype(tensor.storage).newbyteorder("<")).reshape(tensor.shape)
    if tensor.scale:
        # The few values that there are, computed as TensorFlow.js does, in double precision.
        values = np.arange(np.iinfo(tensor.storage).max + 1) * tensor.scale + tensor.least
        if tensor.type == "int32":
            values = np.floor(values + 0.5)
        numbers = values.astype(tensor.type)[numbers]
    return numbers.astype(tensor.type, copy=False)


def _leaves(path: str) -> bool:
    """Whether a path leads out of its folder, on any system."""
    return any(
        kind(path).is_absolute() or ".." in kind(path).parts or kind(path).drive
        for kind in (PurePosixPath, PureWindowsPath)
    )
