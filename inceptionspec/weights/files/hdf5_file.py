"""The bytes of HDF5: headers of objects, trees, collections of texts.

Every address and every size is checked against the file, and what is read is counted, so that
parts that overlap cannot be read forever. Format:
https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html, chapters II to IV.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from inceptionspec.weights.files import hdf5_messages as messages
from inceptionspec.weights.files.hdf5_messages import NEWER, Attribute, number
from inceptionspec.weights.files.wire import CorruptFileError, part

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""The first bytes of a file."""
_SUPERBLOCK = 96
_HEADER = 16
_NODE = 24
_LARGEST_HEADER = 1 << 24
_MOST_NODES = 1 << 18
_MOST_TEXTS = 1 << 17
_LONGEST_TEXT = 1 << 26
_SHARED = 2
_MOST_TIMES = 16
_ALWAYS_BYTES = 1 << 28
"""An array may take this much, and the arrays of a file together ``_MOST_TIMES`` its size."""


def check_total(arrays: int, size: int) -> None:
    """Refuse a file whose arrays would take far more than itself.

    Args:
        arrays: the bytes of all its arrays.
        size: the bytes of the file.

    Raises:
        CorruptFileError: they would.
    """
    if arrays > _ALWAYS_BYTES + _MOST_TIMES * size:
        raise CorruptFileError(f"it has {size:,} bytes and declares arrays of {arrays:,} bytes")


class Hdf5File:
    """An open file, or a part of one.

    Attributes:
        size: its bytes.
        root_address: where its outermost group is.
    """

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        """Read where the root is.

        Args:
            file: an open file.
            start: where the HDF5 starts in it.
            size: its bytes.

        Raises:
            CorruptFileError: it is not HDF5, of a newer layout, or too short.
        """
        self._file = file
        self._start = start
        self.size = size
        self._looked_at = 0
        self._collections: dict[int, dict[int, bytes]] = {}
        head = self.part(0, min(size, _SUPERBLOCK))
        if bytes(head[:8]) != SIGNATURE:
            raise CorruptFileError("it is not HDF5")
        if number(head, 8, 1) > 0:
            raise CorruptFileError(NEWER)
        if (head[13], head[14], number(head, 24, 8)) != (8, 8, 0):
            raise CorruptFileError("its addresses are not of 64 bits, or do not start at 0")
        if number(head, 40, 8) > size:
            raise CorruptFileError("it ends too early")
        self.root_address = number(head, 64, 8)

    def part(self, at: int, size: int) -> memoryview:
        """Some of its bytes.

        Raises:
            CorruptFileError: it ends earlier.
        """
        data = bytearray(self.checked(at, size))
        self._looked_at += size
        if self._looked_at > _ALWAYS_BYTES + _MOST_TIMES * self.size:
            raise CorruptFileError("its parts overlap")
        self.fill(at, memoryview(data))
        return memoryview(data)

    def checked(self, at: int, size: int) -> int:
        """The size of some of its bytes, once it is known that they are there."""
        if at < 0 or size < 0 or at + size > self.size:
            raise CorruptFileError("an address is beyond its end")
        return size

    def fill(self, at: int, target: memoryview) -> None:
        """Read bytes to where they are wanted.

        Raises:
            CorruptFileError: it ends earlier.
        """
        self.checked(at, len(target))
        self._file.seek(self._start + at)
        if self._file.readinto(target) != len(target):  # type: ignore[attr-defined]
            raise CorruptFileError("it ends too early")

    def messages(self, address: int) -> Iterator[tuple[int, memoryview]]:
        """The messages of an object: their kinds and contents.

        Raises:
            CorruptFileError: its header is damaged, or of a newer layout.
        """
        head = self.part(address, _HEADER)
        if bytes(head[:4]) == b"OHDR":
            raise CorruptFileError(NEWER)
        if head[0] != 1:
            raise CorruptFileError("the header of an object is damaged")
        left = number(head, 2, 2)
        blocks = [(address + _HEADER, number(head, 8, 4))]
        read = 0
        while blocks and left:
            start, size = blocks.pop(0)
            read += size
            if read > _LARGEST_HEADER:
                raise CorruptFileError("the header of an object is too large")
            block, at = self.part(start, size), 0
            while left and at + 8 <= size:
                kind, length = number(block, at, 2), number(block, at + 2, 2)
                content = part(block, at + 8, length)
                if kind == messages.CONTINUATION:
                    blocks.append((number(content, 0, 8), number(content, 8, 8)))
                elif block[at + 4] & _SHARED and kind in (messages.TYPE, messages.DATASPACE):
                    raise CorruptFileError("a type is shared by several objects")
                else:
                    yield kind, content
                at += 8 + length
                left -= 1

    def node(self, address: int, kind: int, key: int) -> tuple[int, list[memoryview], list[int]]:
        """A node of a tree: its level, its keys, and the addresses of its children.

        Raises:
            CorruptFileError: it is damaged.
        """
        head = self.part(address, _NODE)
        if bytes(head[:4]) != b"TREE" or head[4] != kind:
            raise CorruptFileError("a tree is damaged")
        count = number(head, 6, 2)
        body = self.part(address + _NODE, count * (key + 8))
        keys = [body[at : at + key] for at in range(0, len(body), key + 8)]
        return head[5], keys, [number(body, at + key, 8) for at in range(0, len(body), key + 8)]

    def leaves(self, address: int, kind: int, key: int) -> Iterator[tuple[memoryview, int]]:
        """The keys and the children of the lowest nodes of a tree, in order.

        Raises:
            CorruptFileError: it is damaged.
        """
        waiting, seen = [(address, -1)], 0
        while waiting:
            at, level = waiting.pop()
            found, keys, children = self.node(at, kind, key)
            seen += 1
            # Levels fall by one from node to node, so that there is no way back.
            if seen > _MOST_NODES or level not in (-1, found):
                raise CorruptFileError("a tree is damaged")
            if found:
                waiting += [(child, found - 1) for child in reversed(children)]
            else:
                yield from zip(keys, children, strict=True)

    def heap_object(self, address: int, index: int) -> bytes:
        """A text of variable length, in the collection at an address.

        Raises:
            CorruptFileError: it is not there.
        """
        if address not in self._collections:
            self._collections[address] = dict(self._collection(address))
        if index not in self._collections[address]:
            raise CorruptFileError("a text is missing")
        return self._collections[address][index]

    def texts(self, name: str, attribute: Attribute | None) -> list[str]:
        """The texts of an attribute, those of a fixed length without what fills them up.

        Raises:
            CorruptFileError: it holds something else, or too much.
        """
        if attribute is None or (attribute.length and attribute.type.kind not in ("text", "texts")):
            raise CorruptFileError(f"its attribute `{name}` is no text")
        texts: list[str] = []
        size, total = attribute.type.size, 0
        for at in range(0, attribute.length * size, size):
            data = attribute.data[at : at + size]
            if attribute.type.kind == "texts":
                length = number(data, 0, 4)
                found = self.heap_object(number(data, 4, 8), number(data, 12, 4)) if length else b""
                data = memoryview(found)[:length]
            total += len(data)
            if len(texts) > _MOST_TEXTS or total > _LONGEST_TEXT:
                raise CorruptFileError(f"its attribute `{name}` is too large")
            texts.append(bytes(data).rstrip(b"\0").decode("utf-8", "replace"))
        return texts

    def _collection(self, address: int) -> Iterator[tuple[int, bytes]]:
        head = self.part(address, 16)
        size = number(head, 8, 8)
        if bytes(head[:4]) != b"GCOL" or size > _LONGEST_TEXT:
            raise CorruptFileError("its collection of texts is damaged")
        data, at = self.part(address, size), 16
        while at + 16 <= size:
            index, length = number(data, at, 2), number(data, at + 8, 8)
            if not index:
                return
            yield index, bytes(part(data, at + 16, length))
            at += 16 + (length + 7 & ~7)
