"""Files of safetensors, one or several with an index.

A file is the length of its header in 8 bytes, the header in JSON, and the arrays one after the
other. Format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np

from inceptionspec.diagnostics.source import Span
from inceptionspec.utils.finite_json import MAX_PARTS, has_too_many_parts
from inceptionspec.weights.files.located_tensor import (
    LocatedTensor,
    check_count,
    checked_shape,
    quoted,
    read_arrays,
)
from inceptionspec.weights.files.opening import corrupt_as_finding, exactly, file_size, opened
from inceptionspec.weights.files.weight_file import BFLOAT16, FLOAT8_E4M3, FLOAT8_E5M2
from inceptionspec.weights.files.wire import CorruptFileError

INDEX_SUFFIX = ".safetensors.index.json"
"""How the name of an index ends, which says in which file each array is."""
METADATA = "__metadata__"
MOST_BYTES_OF_HEADER = 1 << 25
_MOST_FILES = 1 << 10

#: The names of types by those of the format.
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "BOOL": "bool",
        "U8": "uint8",
        "I8": "int8",
        "F8_E4M3": FLOAT8_E4M3,
        "F8_E5M2": FLOAT8_E5M2,
        "U16": "uint16",
        "I16": "int16",
        "F16": "float16",
        "BF16": BFLOAT16,
        "U32": "uint32",
        "I32": "int32",
        "F32": "float32",
        "U64": "uint64",
        "I64": "int64",
        "F64": "float64",
        "C64": "complex64",
    }
)


class SafetensorsFile:
    """An open file of safetensors, or all files of an index.

    Attributes:
        format: what it is, in words.
        tensors: its arrays by name, in the order in which they lie there.
        metadata: what else its header says; of several files, that of the first.
    """

    format = "safetensors"

    def __init__(self, reference: str, place: Span) -> None:
        """Open a file and read which arrays it holds.

        Args:
            reference: the file, or an index ``model.safetensors.index.json``.
            place: where findings point.

        Raises:
            SpecError: it cannot be read (E0703).
        """
        self._place = place
        self.metadata: Mapping[str, str] = {}
        self.tensors: dict[str, LocatedTensor] = {}
        if not reference.endswith(INDEX_SUFFIX):
            self.tensors, self.metadata = self._held(reference)
            return
        with corrupt_as_finding(reference, place), opened(reference) as file:
            shards = _shards(exactly(file, 0, _within_limit(file_size(file))))
        for number, (shard, names) in enumerate(shards.items()):
            path = os.path.join(os.path.dirname(reference), shard)
            held, metadata = self._held(path)
            if not number:
                self.metadata = metadata
            missing = [name for name in names if name not in held]
            if missing:
                with corrupt_as_finding(path, place):
                    raise CorruptFileError(f"the index says that it holds {quoted(missing[0])}")
            self.tensors.update((name, held[name]) for name in names)

    def read(self, names: Iterable[str]) -> dict[str, np.ndarray[Any, Any]]:
        """The values of some arrays.

        Raises:
            KeyError: there is no such array.
            SpecError: one cannot be read (E0703).
        """
        return read_arrays(names, self.tensors, self._place)

    def _held(self, path: str) -> tuple[dict[str, LocatedTensor], Mapping[str, str]]:
        with corrupt_as_finding(path, self._place), opened(path) as file:
            return _tensors(file, path)


def _within_limit(size: int) -> int:
    if size > MOST_BYTES_OF_HEADER:
        raise CorruptFileError(f"its header claims {size:,} bytes")
    return size


def _tensors(file: BinaryIO, path: str) -> tuple[dict[str, LocatedTensor], Mapping[str, str]]:
    length = _within_limit(int.from_bytes(exactly(file, 0, 8), "little"))
    header = _object(exactly(file, 8, length))
    metadata = header.pop(METADATA, {})
    if not _is_text_by_name(metadata):
        raise CorruptFileError(f"its `{METADATA}` is not text by name")
    check_count(header)
    start = 8 + length
    held = {name: _located(name, entry, path, start) for name, entry in header.items()}
    ordered = sorted(held.items(), key=lambda item: (item[1].offset, item[1].size))
    end = start
    for name, tensor in ordered:
        if tensor.offset != end:
            raise CorruptFileError(f"{quoted(name)} overlaps another array, or leaves a gap")
        end += tensor.size
    if end != file_size(file):
        raise CorruptFileError(f"its header claims {end:,} bytes, the file has {file_size(file):,}")
    return dict(ordered), metadata


def _located(name: str, entry: Any, path: str, start: int) -> LocatedTensor:
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise CorruptFileError(f"its header does not say what {quoted(name)} is")
    kind, sides, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(kind, str) or kind not in TYPES:
        raise CorruptFileError(f"{quoted(name)} has the unknown type {quoted(str(kind))}")
    if not isinstance(sides, list) or not isinstance(offsets, list) or len(offsets) != 2:
        raise CorruptFileError(f"its header does not say where {quoted(name)} is")
    first, last = checked_shape(name, offsets)
    tensor = LocatedTensor(TYPES[kind], checked_shape(name, sides), file=path, offset=start + first)
    if first + tensor.size != last:
        raise CorruptFileError(f"the size of {quoted(name)} does not fit its shape")
    return tensor


def _shards(text: bytes) -> dict[str, list[str]]:
    """The names of the arrays of each file that an index names."""
    named = _object(text).get("weight_map")
    if not _is_text_by_name(named) or not named:
        raise CorruptFileError("its `weight_map` does not say which file holds an array")
    check_count(named)
    shards: dict[str, list[str]] = {}
    for name, shard in named.items():
        if os.path.basename(shard) != shard or shard in ("", os.curdir, os.pardir):
            raise CorruptFileError(f"{quoted(shard)} is not the name of a file next to it")
        shards.setdefault(shard, []).append(name)
    if len(shards) > _MOST_FILES:
        raise CorruptFileError(f"it names more than {_MOST_FILES:,} files")
    return shards


def _is_text_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _object(text: bytes) -> dict[str, Any]:
    if has_too_many_parts(text):
        raise CorruptFileError(f"its JSON has more than {MAX_PARTS:,} parts")
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        raise CorruptFileError("where its JSON should be is something else") from None
    if not isinstance(value, dict):
        raise CorruptFileError("its JSON is not an object")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = sorted(name for name, _ in pairs)
    for name, following in pairwise(names):
        if name == following:
            raise CorruptFileError(f"its JSON has {quoted(name)} twice")
    return dict(pairs)
