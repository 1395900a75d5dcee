"""HDF5 as Keras writes it, read without the HDF5 library.

The library does not end on some damaged files, and follows links to other files. This reader
knows the layout that h5py writes unless told otherwise, checks every address and every size
against the file, and follows nothing out of it. Format:
https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from math import prod
from typing import Any, BinaryIO

import numpy as np

from inceptionspec.weights.files import hdf5_messages as messages
from inceptionspec.weights.files.hdf5_messages import NEWER, NOWHERE, Attribute, Layout, number
from inceptionspec.weights.files.weight_file import BFLOAT16, StoredTensor
from inceptionspec.weights.files.wire import CorruptFileError, part

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""The first bytes of a file."""
_SUPERBLOCK = 96
_HEADER = 16
_NODE = 24
_ENTRY = 40
_LARGEST_HEADER = 1 << 24
_LARGEST_HEAP = 1 << 26
_MOST_NODES = 1 << 18
_MOST_TEXTS = 1 << 17
_LONGEST_TEXT = 1 << 26
_SOFT_LINK = 2
_SHARED = 2
_MOST_TIMES = 16
_ALWAYS_BYTES = 1 << 28
"""An array may take this much, and the arrays of a file together ``_MOST_TIMES`` its size."""
_DEFLATE, _SHUFFLE = 1, 2


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


class Hdf5:
    """An open file, or a part of one.

    Attributes:
        root: its outermost group.
        size: its bytes.
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
        self._groups: dict[int, Group] = {}
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
        self.root = self.group(number(head, 64, 8))

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

    def group(self, address: int) -> Group:
        """The group at an address."""
        if address not in self._groups:
            self._groups[address] = Group(self, address)
        return self._groups[address]

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


class Group:
    """A group of an open file."""

    def __init__(self, file: Hdf5, address: int) -> None:
        """Read its attributes and where its members are.

        Raises:
            CorruptFileError: it is damaged, of a newer layout, or no group.
        """
        self._file = file
        self.address = address
        self._attributes: dict[str, Attribute | None] = {}
        table: memoryview | None = None
        for kind, content in file.messages(address):
            if kind == messages.SYMBOL_TABLE:
                table = content
            elif kind == messages.ATTRIBUTE:
                name, value = messages.attribute(content)
                self._attributes[name] = value
            elif kind in (messages.LINK, messages.LINK_INFO, messages.ATTRIBUTE_INFO):
                raise CorruptFileError(NEWER)
        if table is None:
            raise CorruptFileError("an object is no group")
        self._members = dict(_members(file, number(table, 0, 8), number(table, 8, 8)))

    def names(self) -> list[str]:
        """The names of its members, in the file's order."""
        return list(self._members)

    def group(self, name: str) -> Group | None:
        """A member that is a group; None where there is none of that name.

        Raises:
            CorruptFileError: it is a link, or damaged.
        """
        address = self._address(name)
        if address is None or not self._is_group(address):
            return None
        return self._file.group(address)

    def dataset(self, path: str) -> Dataset | None:
        """An array below this group; None where there is none.

        Raises:
            CorruptFileError: it is a link, or damaged.
        """
        *ways, name = path.split("/")
        group: Group | None = self
        for way in ways:
            group = group.group(way) if group is not None else None
        address = group._address(name) if group is not None else None
        if address is None or self._is_group(address):
            return None
        return Dataset(self._file, address, path)

    def texts(self, name: str) -> list[str] | None:
        """An attribute that holds texts; None where there is none of that name.

        Long lists are in parts, in ``name0``, ``name1`` and so on.

        Raises:
            CorruptFileError: it holds something else.
        """
        if name in self._attributes:
            return _texts(self._file, name, self._attributes[name])
        texts: list[str] = []
        count = 0
        while f"{name}{count}" in self._attributes:
            texts += _texts(self._file, name, self._attributes[f"{name}{count}"])
            count += 1
        return texts if count else None

    def text(self, name: str) -> str | None:
        """An attribute that holds one text; None where there is none of that name.

        Raises:
            CorruptFileError: it holds something else.
        """
        if name not in self._attributes:
            return None
        return "".join(_texts(self._file, name, self._attributes[name]))

    def _address(self, name: str) -> int | None:
        address = self._members.get(name)
        if address == NOWHERE:
            raise CorruptFileError(f"`{name}` is a link to elsewhere, which is not followed")
        return address

    def _is_group(self, address: int) -> bool:
        kinds = {kind for kind, _ in self._file.messages(address)}
        if kinds & {messages.LINK, messages.LINK_INFO}:
            raise CorruptFileError(NEWER)
        return messages.SYMBOL_TABLE in kinds


class Dataset:
    """An array of an open file.

    Attributes:
        stored: its type and its shape.
        size: its bytes once it is read.
    """

    def __init__(self, file: Hdf5, address: int, name: str) -> None:
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
                is_bfloat16 |= note == "dtype" and _texts(file, note, value) == [BFLOAT16]
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
        return values

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


def _members(file: Hdf5, tree: int, heap: int) -> Iterator[tuple[str, int]]:
    """The names and addresses of a group's members; ``NOWHERE`` for links."""
    head = file.part(heap, 32)
    size, start = number(head, 8, 8), number(head, 24, 8)
    if bytes(head[:4]) != b"HEAP" or size > _LARGEST_HEAP:
        raise CorruptFileError("the names of a group are damaged")
    names = bytes(file.part(start, size))
    for _, address in file.leaves(tree, 0, 8):
        node = file.part(address, 8)
        if bytes(node[:4]) != b"SNOD":
            raise CorruptFileError("the list of a group is damaged")
        entries = file.part(address + 8, number(node, 6, 2) * _ENTRY)
        for at in range(0, len(entries), _ENTRY):
            name = names[number(entries, at, 8) :].partition(b"\0")[0].decode("utf-8", "replace")
            is_link = number(entries, at + 16, 4) == _SOFT_LINK
            yield name, NOWHERE if is_link else number(entries, at + 8, 8)


def _texts(file: Hdf5, name: str, attribute: Attribute | None) -> list[str]:
    """The texts of an attribute, those of a fixed length without what fills them up."""
    if attribute is None or (attribute.length and attribute.type.kind not in ("text", "texts")):
        raise CorruptFileError(f"its attribute `{name}` is no text")
    if attribute.length > _MOST_TEXTS:
        raise CorruptFileError(f"its attribute `{name}` is too large")
    texts = []
    size = attribute.type.size
    for at in range(0, attribute.length * size, size):
        data = attribute.data[at : at + size]
        if attribute.type.kind == "texts":
            length = number(data, 0, 4)
            found = file.heap_object(number(data, 4, 8), number(data, 12, 4)) if length else b""
            data = memoryview(found)[:length]
        texts.append(bytes(data).rstrip(b"\0").decode("utf-8", "replace"))
    return texts
