"""TensorFlow's checkpoints of named variables, both formats, without TensorFlow.

Format V2, since 2016, is a table ``PREFIX.index`` and files ``PREFIX.data-00000-of-00001``.
The table leads from each variable's name to its type, its shape and its bytes in one of the
files (``tensor_bundle.proto``). Format V1 is one table, ``PREFIX`` itself, that holds the values
too (``saved_tensor_slice.proto``).

TensorFlow's own reader ends the process where a file is damaged and its checksums are not. This
one checks every length against the file before it reads, and reads a value when it is asked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from inceptionspec.diagnostics.diagnostic import SpecError, finding
from inceptionspec.diagnostics.sanitize import sanitize, short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.crc32c import crc32c, masked
from inceptionspec.weights.files.number_types import converted, stored_dtype
from inceptionspec.weights.files.opening import corrupt_as_finding, opened
from inceptionspec.weights.files.sstable import Table
from inceptionspec.weights.files.tensorflow_types import TYPES, shape_of
from inceptionspec.weights.files.weight_file import StoredTensor
from inceptionspec.weights.files.wire import BYTES, CorruptFileError, Field, fields, varint

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
"""The key by which a checkpoint of objects is known, TensorFlow 2's own kind."""
_NOUN = "checkpoint"
FILE_SUFFIX = re.compile(r"\.(index|data-\d{5}-of-\d{5})$")
"""What the names of a checkpoint's files add to its own."""
_STATE = re.compile(r'^model_checkpoint_path: "([^"\\\n]{1,4096})"$', re.MULTILINE)
_MOST_SHARDS = 1 << 16
_MOST_BYTES_OF_STATE = 1 << 20
_MOST_BYTES_OF_TEXT = 1 << 27


@dataclass(frozen=True, slots=True)
class StoredVariable(StoredTensor):
    """A variable of a checkpoint: its type, its shape, and where its bytes are.

    Attributes:
        shard: the number of the file that holds it.
        offset: where it starts there.
        size: its bytes.
        checksum: of the bytes, masked; None where the table's checksum covers them.
        sliced: whether it is stored in parts.
    """

    shard: int = 0
    offset: int = 0
    size: int = 0
    checksum: int | None = None
    sliced: bool = False


class Checkpoint:
    """An open checkpoint.

    Attributes:
        format: what it is, in words.
        prefix: its path without a suffix.
        tensors: its variables by name, in the order of names.
    """

    format = "TensorFlow checkpoint"

    def __init__(self, reference: str, place: Span) -> None:
        """Open a checkpoint and read which variables it holds.

        Args:
            reference: its prefix, one of its files, or a folder with a file ``checkpoint``
                that names it.
            place: where findings point.

        Raises:
            SpecError: there is no such checkpoint, or it cannot be read (E0703).
        """
        self._place = place
        self.prefix = _prefix(reference, place)
        self._index = self.prefix + ".index"
        self._version = 2 if os.path.exists(self._index) else 1
        if self._version == 1:
            self._index = self.prefix
        self.tensors: dict[str, StoredVariable] = {}
        with corrupt_as_finding(self._index, place, _NOUN), opened(self._index) as file:
            entries = Table(file).entries()
            self._shards = 0
            if self._version == 2:
                self._shards = _read_bundle(entries, self.tensors)
            else:
                _read_slices(entries, self.tensors)

    def read(self, names: Iterable[str]) -> dict[str, np.ndarray[Any, Any]]:
        """The values of some variables, once their bytes have been checked.

        Raises:
            KeyError: there is no such variable.
            SpecError: one cannot be read (E0703).
        """
        arrays = {}
        with ExitStack() as stack:
            files: dict[str, BinaryIO] = {}
            tables: dict[str, Table] = {}
            for name in names:
                tensor = self.tensors[name]
                path = self._index
                if self._version == 2:
                    path = f"{self.prefix}.data-{tensor.shard:05d}-of-{self._shards:05d}"
                with corrupt_as_finding(path, self._place, _NOUN):
                    _check_readable(name, tensor)
                    if path not in files:
                        files[path] = stack.enter_context(opened(path))
                    if self._version == 2:
                        data = _bytes_of(files[path], name, tensor)
                    else:
                        if path not in tables:
                            tables[path] = Table(files[path])
                        data = _value_of(tables[path], name, tensor)
                    arrays[name] = _array(data, tensor)
        return arrays

    def read_text(self, name: str) -> bytes:
        """The bytes of a variable of format V2 that holds one text.

        Raises:
            KeyError: there is no such variable.
            SpecError: it cannot be read (E0703).
        """
        tensor = self.tensors[name]
        path = f"{self.prefix}.data-{tensor.shard:05d}-of-{self._shards:05d}"
        with corrupt_as_finding(path, self._place, _NOUN), opened(path) as file:
            if tensor.type != "string" or tensor.shape or self._version == 1:
                raise CorruptFileError(f"`{name}` is no text")
            return _text_of(file, name, tensor)


def _prefix(reference: str, place: Span) -> str:
    """The prefix that a user means.

    Raises:
        SpecError: nothing is there (E0703).
    """
    prefix = FILE_SUFFIX.sub("", reference)
    if os.path.isdir(prefix):
        prefix = _of_folder(prefix, place)
    if os.path.exists(prefix + ".index") or os.path.isfile(prefix):
        return prefix
    shown = sanitize(short_path(reference))
    helps = [
        "name it without its suffix: `model.ckpt` for `model.ckpt.index` and "
        "`model.ckpt.data-00000-of-00001`"
    ]
    if list(Path(prefix).parent.glob(Path(prefix).name.replace("[", "[[]") + ".data-*")):
        helps = [f"`{sanitize(short_path(prefix))}.index` belongs to it: copy that file too"]
    message = f"there is no checkpoint `{shown}`"
    raise SpecError([finding("E0703", message, place, *helps)])


def _of_folder(folder: str, place: Span) -> str:
    """The checkpoint that a folder's file ``checkpoint`` names: the latest one."""
    state = Path(folder, "checkpoint")
    text = ""
    if state.is_file() and state.stat().st_size <= _MOST_BYTES_OF_STATE:
        text = state.read_text(encoding="utf-8", errors="replace")
    named = _STATE.search(text)
    if named is not None:
        return os.path.join(folder, named[1])
    held = sorted(path.name.removesuffix(".index") for path in Path(folder).glob("*.index"))
    helps = [f"name one of its checkpoints: `{sanitize(short_path(held[0]))}`"] if held else []
    shown = sanitize(short_path(folder))
    raise SpecError([finding("E0703", f"the folder `{shown}` names no checkpoint", place, *helps)])


def _read_bundle(
    entries: Iterator[tuple[bytes, memoryview]], tensors: dict[str, StoredVariable]
) -> int:
    """Read the table of format V2; the result is the number of files with values."""
    first = next(entries, None)
    if first is None or first[0] != b"":
        raise CorruptFileError("it has no header")
    shards = 1
    for field in fields(first[1]):
        if field.number == 1:
            shards = field.integer()
        elif field.number == 2 and field.integer():
            raise CorruptFileError("its numbers are big-endian, which is not read")
    if not 0 < shards <= _MOST_SHARDS:
        raise CorruptFileError(f"it claims {shards} files of values")
    for key, value in entries:
        if key.startswith(b"\0"):
            continue  # a slice of a variable, whose own entry says that it has slices
        tensor = _bundle_entry(value)
        if tensor.shard >= shards:
            raise CorruptFileError(f"it has {shards} files of values, not {tensor.shard + 1}")
        tensors[_name(key)] = tensor
    return shards


def _bundle_entry(message: memoryview) -> StoredVariable:
    kind, shard, offset, size, checksum, sliced = 0, 0, 0, 0, 0, False
    shape: tuple[int, ...] = ()
    for field in fields(message):
        if field.number == 1:
            kind = field.integer()
        elif field.number == 2:
            shape = shape_of(field.bytes())
        elif field.number == 3:
            shard = field.integer()
        elif field.number == 4:
            offset = field.integer()
        elif field.number == 5:
            size = field.integer()
        elif field.number == 6:
            checksum = field.integer()
        elif field.number == 7:
            sliced = True
    if min(shard, offset, size) < 0:
        raise CorruptFileError("a position is negative")
    return StoredVariable(_type(kind), shape, shard, offset, size, checksum, sliced)


def _read_slices(
    entries: Iterator[tuple[bytes, memoryview]], tensors: dict[str, StoredVariable]
) -> None:
    """Read the list of variables of format V1, the first entry of its table."""
    first = next(entries, None)
    if first is None or first[0] != b"":
        raise CorruptFileError("it has no header")
    for field in fields(first[1]):
        if field.number == 1:
            for saved in fields(field.bytes()):
                if saved.number == 1:
                    name, tensor = _saved_slice_meta(saved.bytes())
                    tensors[name] = tensor


def _saved_slice_meta(message: memoryview) -> tuple[str, StoredVariable]:
    name, kind, slices = b"", 0, []
    shape: tuple[int, ...] = ()
    for field in fields(message):
        if field.number == 1:
            name = bytes(field.bytes())
        elif field.number == 2:
            shape = shape_of(field.bytes())
        elif field.number == 3:
            kind = field.integer()
        elif field.number == 4:
            slices.append(field.bytes())
    sliced = len(slices) != 1 or not _is_whole(slices[0])
    return _name(name), StoredVariable(_type(kind), shape, sliced=sliced)


def _is_whole(slice_: memoryview) -> bool:
    """Whether a slice is all of its variable: its extents then say nothing."""
    return not any(len(extent.bytes()) for extent in fields(slice_) if extent.number == 1)


def _check_readable(name: str, tensor: StoredVariable) -> None:
    if tensor.type == "string":
        raise CorruptFileError(f"`{name}` holds text, not numbers")
    if tensor.sliced:
        raise CorruptFileError(f"`{name}` is stored in slices, which are not read")


def _array(data: bytes, tensor: StoredVariable) -> Any:
    array: Any = np.zeros(tensor.shape, stored_dtype(tensor.type))
    if data:
        array = np.frombuffer(data, array.dtype).reshape(tensor.shape)
    return converted(array, tensor.type)


def _bytes_of(file: BinaryIO, name: str, tensor: StoredVariable) -> bytes:
    """The bytes of a variable of format V2."""
    if tensor.size != prod(tensor.shape) * stored_dtype(tensor.type).itemsize:
        raise CorruptFileError(f"the size of `{name}` does not fit its shape")
    data = _stored(file, name, tensor)
    if masked(crc32c(data)) != tensor.checksum:
        raise CorruptFileError(f"the checksum of `{name}` is wrong")
    return data


def _stored(file: BinaryIO, name: str, tensor: StoredVariable) -> bytes:
    if tensor.offset + tensor.size > os.fstat(file.fileno()).st_size:
        raise CorruptFileError(f"it ends before `{name}` does")
    file.seek(tensor.offset)
    data = file.read(tensor.size)
    if len(data) != tensor.size:
        raise CorruptFileError(f"it ends before `{name}` does")
    return data


def _text_of(file: BinaryIO, name: str, tensor: StoredVariable) -> bytes:
    """The bytes of a text: its length, a checksum of that, then the text.

    The variable's checksum covers the length as a number of 32 bits (``tensor_bundle.cc``).
    """
    if tensor.size > _MOST_BYTES_OF_TEXT:
        raise CorruptFileError(f"`{name}` claims {tensor.size:,} bytes")
    data = _stored(file, name, tensor)
    length, at = varint(data, 0)
    text = data[at + 4 :]
    if length != len(text):
        raise CorruptFileError(f"the length of `{name}` is wrong")
    if masked(crc32c(length.to_bytes(4, "little") + data[at:])) != tensor.checksum:
        raise CorruptFileError(f"the checksum of `{name}` is wrong")
    return text


def _value_of(table: Table, name: str, tensor: StoredVariable) -> bytes:
    """The bytes of a variable of format V1."""
    if tensor.type not in _VALUE_FIELDS:
        raise CorruptFileError(f"`{name}` holds {tensor.type}, which is not read from format V1")
    found = table.find(_slice_key(name, len(tensor.shape)))
    if found is None:
        raise CorruptFileError(f"it lists `{name}` and does not hold it")
    values = _nested(_nested(list(fields(found)), 2), 3)
    data = b"".join(_packed(field, tensor.type) for field in values)
    if len(data) != prod(tensor.shape) * stored_dtype(tensor.type).itemsize:
        raise CorruptFileError(f"the size of `{name}` does not fit its shape")
    return data


def _nested(outer: Iterable[Field], number: int) -> list[Field]:
    """The fields of the message that a field holds."""
    inner = [field.bytes() for field in outer if field.number == number]
    return list(fields(inner[-1])) if inner else []


#: The field of a `TensorProto` that holds the numbers of a type.
_VALUE_FIELDS: Mapping[str, int] = {"float32": 5, "float64": 6}
_CONTENT = 4


def _packed(field: Field, kind: str) -> bytes:
    """The numbers in a field of a `TensorProto`; none where it holds something else."""
    if field.number == _CONTENT and field.type == BYTES:
        return bytes(field.bytes())
    if field.number != _VALUE_FIELDS.get(kind):
        return b""
    if isinstance(field.value, int):
        return field.value.to_bytes(np.dtype(kind).itemsize, "little")
    return bytes(field.value)


def _slice_key(name: str, axes: int) -> bytes:
    """The key of a whole variable in format V1 (``saved_tensor_slice_util.cc``).

    A zero, the name, the number of axes, then for each axis from 0 and all of it (-1), as
    numbers whose bytes sort as they do.
    """
    escaped = name.encode().replace(b"\0", b"\0\xff")
    count = bytes([1, axes]) if axes else b"\0"
    return b"\0" + escaped + b"\0\x01" + count + b"\x80\x7f" * axes


def _type(number: int) -> str:
    if number not in TYPES:
        raise CorruptFileError(f"a variable has the unknown type {number}")
    return TYPES[number]


def _name(key: bytes) -> str:
    try:
        return key.decode("utf-8")
    except UnicodeDecodeError:
        raise CorruptFileError("the name of a variable is not UTF-8") from None
