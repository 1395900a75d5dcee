"""Arrays that a message of a file holds as lists of numbers, as ONNX and TensorFlow write some."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, BinaryIO, Literal

import numpy as np

from inceptionspec.weights.files.located_tensor import LocatedTensor, quoted, read_located
from inceptionspec.weights.files.number_types import converted, stored_dtype
from inceptionspec.weights.files.wire import BYTES, CorruptFileError, Extent, content, fields

_MOST_BYTES_OF_VARINTS = 1 << 25
_MOST_BYTES_OF_LIST = 1 << 31
_LONGEST_VARINT = 10

Numbers = Literal["float", "double", "varint"]
_WIDTHS = {"float": "<f4", "double": "<f8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTensor(LocatedTensor):
    """An array whose numbers are a list in a message.

    Attributes:
        offset: where the message starts.
        length: how many bytes it has.
        field: the number of the field that is the list.
        numbers: how its numbers are written.
        fills: whether the last number stands for all that are missing, as in TensorFlow.
    """

    length: int
    field: int
    numbers: Numbers
    fills: bool = False


def read_tensor(file: BinaryIO, name: str, tensor: LocatedTensor) -> Any:
    """An array of an open file, listed or plain.

    Raises:
        CorruptFileError: it does not hold as many numbers as its shape says.
    """
    if not isinstance(tensor, ListedTensor):
        return read_located(file, name, tensor)
    extent = Extent(tensor.field, BYTES, tensor.offset, tensor.length)
    message = content(file, extent, _MOST_BYTES_OF_LIST)
    values = _values(message, tensor)
    count = prod(tensor.shape)
    if tensor.fills and 0 < len(values) < count:
        values = np.concatenate([values, np.repeat(values[-1:], count - len(values))])
    if len(values) != count:
        raise CorruptFileError(f"the size of {quoted(name)} does not fit its shape")
    return converted(values.reshape(tensor.shape), tensor.type)


def _values(message: bytes, tensor: ListedTensor) -> Any:
    """The numbers of a list, packed or one by one, as ``stored_dtype`` says."""
    parts: list[bytes] = []
    single: list[int] = []
    for field in fields(message):
        if field.number == tensor.field:
            if isinstance(field.value, int):
                single.append(field.value)
            else:
                parts.append(bytes(field.value))
    dtype = stored_dtype(tensor.type)
    data = b"".join(parts)
    if tensor.numbers == "varint":
        packed: Any = np.array(single, "u8") if single else varints(data)
        # Halves are the bits of a number; whole numbers are as wide as they need be.
        bits = f"u{dtype.itemsize}" if dtype.kind == "f" else dtype
        return packed.astype("i8").astype(bits).view(dtype)
    width = np.dtype(_WIDTHS[tensor.numbers])
    data += b"".join(value.to_bytes(width.itemsize, "little") for value in single)
    if len(data) % width.itemsize:
        raise CorruptFileError("a list of numbers ends within one")
    if dtype.kind == "c":
        return np.frombuffer(data, dtype) if not len(data) % dtype.itemsize else np.empty(0, dtype)
    return np.frombuffer(data, width)


def varints(data: bytes) -> Any:
    """A packed list of unsigned numbers.

    Raises:
        CorruptFileError: it ends within one, or is too long.
    """
    if len(data) > _MOST_BYTES_OF_VARINTS:
        raise CorruptFileError(f"a list of numbers has {len(data):,} bytes")
    octets = np.frombuffer(data, "u1")
    ends = np.flatnonzero(octets < 0x80)
    if not len(data):
        return np.empty(0, "u8")
    if not len(ends) or ends[-1] != len(data) - 1:
        raise CorruptFileError("a number does not end")
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > _LONGEST_VARINT:
        raise CorruptFileError("a number does not end")
    places = np.arange(len(data)) - np.repeat(starts, lengths)
    shifted = (octets & 0x7F).astype("u8") << (7 * places).astype("u8")
    return np.add.reduceat(shifted, starts)
