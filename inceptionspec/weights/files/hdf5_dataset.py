"""Arrays of HDF5: what they are, and their values."""

from __future__ import annotations

import zlib
from math import prod
from typing import Any

import numpy as np

from inceptionspec.weights.files import hdf5_messages as messages
from inceptionspec.weights.files.hdf5_file import Hdf5File, check_total
from inceptionspec.weights.files.hdf5_messages import NOWHERE, Layout, number
from inceptionspec.weights.files.weight_file import BFLOAT16, StoredTensor
from inceptionspec.weights.files.wire import CorruptFileError

_DEFLATE, _SHUFFLE = 1, 2


class Dataset:
    """An array of an open file.

    Attributes:
        stored: its type and its shape.
        size: its bytes once it is read.
    """

    def __init__(self, file: Hdf5File, address: int, name: str) -> None:
        """Look at an array.

        Raises:
            CorruptFileError: it is of a kind that is not read, or damaged.
        """
        self._file = file
        self._name = name
        shape, kind, layout, is_bfloat16 = None, None, None, False
        self._filters: tuple[int, ...] = ()
        for message, content in file.messages(address):
            if message == messages.EXTERNAL:
                raise CorruptFileError(f"the values of `{name}` are in another file")
            if message == messages.DATASPACE:
                shape = messages.dataspace(content)
            elif message == messages.TYPE:
                kind = messages.datatype(content)
            elif message == messages.LAYOUT:
                layout = messages.layout(content)
            elif message == messages.FILTERS:
                self._filters = messages.filters(content)
            elif message == messages.ATTRIBUTE:
                note, value = messages.attribute(content)
                is_bfloat16 |= note == "dtype" and file.texts(note, value) == [BFLOAT16]
        if shape is None or kind is None or layout is None:
            raise CorruptFileError(f"`{name}` is no array")
        if is_bfloat16 and kind.size == 2:
            kind = messages.Type("<u2", 2)
        elif kind.kind in ("text", "texts", "opaque"):
            raise CorruptFileError(f"`{name}` holds no numbers")
        else:
            is_bfloat16 = False
        self._type = np.dtype(kind.kind)
        self._layout: Layout = layout
        self.stored = StoredTensor(BFLOAT16 if is_bfloat16 else self._type.name, shape)
        self.size = prod(shape) * kind.size
        self._check()

    def read(self) -> np.ndarray[Any, Any]:
        """The values.

        Raises:
            CorruptFileError: they cannot be read.
        """
        values: np.ndarray[Any, Any] = np.empty(self.stored.shape, self._type)
        if self._layout.chunk:
            self._read_chunks(values)
        elif self._layout.data is not None:
            _bytes_of(values)[:] = self._layout.data
        elif self.size:
            self._file.fill(self._layout.address, _bytes_of(values))
        if self.stored.type == BFLOAT16:
            values = (values.astype("<u4") << 16).view("<f4")
        return values.astype(values.dtype.newbyteorder("="), copy=False)

    def _check(self) -> None:
        check_total(self.size, self._file.size)
        layout = self._layout
        if self.size and layout.data is None and layout.address == NOWHERE:
            raise CorruptFileError(f"it declares `{self._name}` and does not hold its values")
        if layout.chunk:
            if len(layout.chunk) != len(self.stored.shape):
                raise CorruptFileError(f"the parts of `{self._name}` do not fit its shape")
            check_total(prod(layout.chunk) * self._type.itemsize, self._file.size)
            if not {_DEFLATE, _SHUFFLE}.issuperset(self._filters):
                raise CorruptFileError(f"`{self._name}` is compressed in a way that is not read")
        elif self._filters or (self.size and layout.size != self.size):
            raise CorruptFileError(f"the size of `{self._name}` does not fit its shape")
        elif self.size and layout.data is None:
            self._file.checked(layout.address, self.size)

    def _read_chunks(self, values: np.ndarray[Any, Any]) -> None:
        """Read an array that is stored in parts; what no part covers is 0."""
        values[...] = 0
        if not self.size:
            return
        shape = self._layout.chunk
        key = 16 + 8 * len(shape)
        before: list[int] = []
        for head, address in self._file.leaves(self._layout.address, 1, key):
            start = [number(head, 8 + 8 * axis, 8) for axis in range(len(shape))]
            if start <= before or any(at % side for at, side in zip(start, shape, strict=True)):
                raise CorruptFileError(f"the parts of `{self._name}` overlap")
            before = start
            if any(at >= side for at, side in zip(start, values.shape, strict=True)):
                continue  # a part that was cut off
            data = self._chunk(address, number(head, 0, 4), number(head, 4, 4))
            values_here = np.frombuffer(data, self._type).reshape(shape)
            ends = (at + side for at, side in zip(start, shape, strict=True))
            target = values[tuple(map(slice, start, ends))]
            target[...] = values_here[tuple(map(slice, target.shape))]

    def _chunk(self, address: int, size: int, skipped: int) -> bytes:
        """The bytes of a part once its filters are undone, which never are more than declared."""
        length = prod(self._layout.chunk) * self._type.itemsize
        data = bytes(self._file.part(address, size))
        for place in reversed(range(len(self._filters))):
            if skipped >> place & 1:
                continue
            if self._filters[place] == _DEFLATE:
                try:
                    data = zlib.decompressobj().decompress(data, length + 1)
                except zlib.error as error:
                    raise CorruptFileError(f"`{self._name}` is damaged: {error}") from None
            elif len(data) == length:
                columns = np.frombuffer(data, np.uint8).reshape(self._type.itemsize, -1)
                data = columns.T.tobytes()
        if len(data) != length:
            raise CorruptFileError(f"a part of `{self._name}` has another size than it declares")
        return data


def _bytes_of(values: np.ndarray[Any, Any]) -> memoryview:
    """The bytes of an array, to be written to."""
    data: Any = values.reshape(-1).view(np.uint8)
    return memoryview(data)
