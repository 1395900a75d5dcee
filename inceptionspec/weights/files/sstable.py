"""Sorted tables of keys and values, as LevelDB and TensorFlow's checkpoints write them.

A table is a file of blocks. Each holds entries in the order of their keys and ends in a byte
that says how it is compressed, and a checksum. The last 48 bytes say where the block is that
lists the others. Format: https://github.com/google/leveldb/blob/main/doc/table_format.md
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator
from typing import BinaryIO

from inceptionspec.weights.files.crc32c import crc32c, masked
from inceptionspec.weights.files.wire import CorruptFileError, part, varint

MAGIC = bytes.fromhex("57fb808b247547db")
"""The last bytes of every table."""
_FOOTER = 48
_TRAILER = 5
_MOST_BYTES_OF_INDEX = 1 << 26
_MOST_ENTRIES = 1 << 17
_LONGEST_KEY = 1 << 13

Entry = tuple[bytes, memoryview]


class Table:
    """An open table. Blocks are read and checked when they are needed."""

    def __init__(self, file: BinaryIO) -> None:
        """Read where the blocks are.

        Raises:
            CorruptFileError: the file is not a table.
        """
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        footer = memoryview(self._read(self._size - _FOOTER, _FOOTER))
        if footer[-len(MAGIC) :] != MAGIC:
            raise CorruptFileError("it does not end as a table of a checkpoint does")
        _, at = _handle(footer, 0)
        (start, size), _ = _handle(footer, at)
        if size > _MOST_BYTES_OF_INDEX:
            raise CorruptFileError(f"its list of blocks claims {size:,} bytes")
        self._last_keys: list[bytes] = []
        self._handles: list[tuple[int, int]] = []
        end = 0
        for key, value in self._entries(start, size):
            (start, size), _ = _handle(value, 0)
            if start < end:
                raise CorruptFileError("its blocks overlap")
            end = start + size
            self._last_keys.append(key)
            self._handles.append((start, size))

    def entries(self) -> Iterator[Entry]:
        """All keys with their values, in order.

        Raises:
            CorruptFileError: a block is damaged.
        """
        count = 0
        for handle in self._handles:
            for entry in self._entries(*handle):
                count += 1
                if count > _MOST_ENTRIES:
                    raise CorruptFileError(f"it holds more than {_MOST_ENTRIES:,} entries")
                yield entry

    def find(self, key: bytes) -> memoryview | None:
        """The value of a key; None where there is no such key.

        Raises:
            CorruptFileError: the block that would hold it is damaged.
        """
        block = bisect_left(self._last_keys, key)
        if block == len(self._handles):
            return None
        return next((v for k, v in self._entries(*self._handles[block]) if k == key), None)

    def _entries(self, start: int, size: int) -> Iterator[Entry]:
        block = self._block(start, size)
        restarts = int.from_bytes(part(block, len(block) - 4, 4), "little")
        data = part(block, 0, len(block) - 4 * (restarts + 1))
        key, at = b"", 0
        first = True
        while at < len(data):
            shared, at = varint(data, at)
            added, at = varint(data, at)
            length, at = varint(data, at)
            if shared > len(key) or shared + added > _LONGEST_KEY:
                raise CorruptFileError("a key is malformed")
            following = key[:shared] + bytes(part(data, at, added))
            if not first and following <= key:
                raise CorruptFileError("its keys are not in order")
            key, first = following, False
            yield key, part(data, at + added, length)
            at += added + length

    def _block(self, start: int, size: int) -> memoryview:
        data = memoryview(self._read(start, size + _TRAILER))
        kept = int.from_bytes(data[size + 1 :], "little")
        if masked(crc32c(data[: size + 1])) != kept:
            raise CorruptFileError(f"the checksum of the block at {start} is wrong")
        if data[size]:
            raise CorruptFileError("its blocks are compressed, which TensorFlow does not write")
        return data[:size]

    def _read(self, start: int, size: int) -> bytes:
        if start < 0 or start + size > self._size:
            raise CorruptFileError("it ends too early")
        self._file.seek(start)
        data = self._file.read(size)
        if len(data) != size:
            raise CorruptFileError("it ends too early")
        return data


def _handle(data: memoryview, at: int) -> tuple[tuple[int, int], int]:
    """Where a block is, and how long; then the position after that."""
    start, at = varint(data, at)
    size, at = varint(data, at)
    return (start, size), at
