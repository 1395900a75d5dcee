"""HDF5 as Keras writes it, read without the HDF5 library.

The library does not end on some damaged files, and follows links to other files. This reader
knows the layout that h5py writes unless told otherwise, and follows nothing out of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from inceptionspec.weights.files import hdf5_messages as messages
from inceptionspec.weights.files.hdf5_dataset import Dataset
from inceptionspec.weights.files.hdf5_file import Hdf5File
from inceptionspec.weights.files.hdf5_messages import NEWER, NOWHERE, Attribute, number
from inceptionspec.weights.files.wire import CorruptFileError

_ENTRY = 40
_LARGEST_HEAP = 1 << 26
_SOFT_LINK = 2


class Hdf5(Hdf5File):
    """An open file, or a part of one.

    Attributes:
        root: its outermost group.
    """

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        """Read the root.

        Args:
            file: an open file.
            start: where the HDF5 starts in it.
            size: its bytes.

        Raises:
            CorruptFileError: it is not HDF5, of a newer layout, or damaged.
        """
        super().__init__(file, start, size)
        self._groups: dict[int, Group] = {}
        self.root = self.group(self.root_address)

    def group(self, address: int) -> Group:
        """The group at an address."""
        if address not in self._groups:
            self._groups[address] = Group(self, address)
        return self._groups[address]


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
            return self._file.texts(name, self._attributes[name])
        texts: list[str] = []
        count = 0
        while f"{name}{count}" in self._attributes:
            texts += self._file.texts(name, self._attributes[f"{name}{count}"])
            count += 1
        return texts if count else None

    def text(self, name: str) -> str | None:
        """An attribute that holds one text; None where there is none of that name.

        Raises:
            CorruptFileError: it holds something else.
        """
        if name not in self._attributes:
            return None
        return "".join(self._file.texts(name, self._attributes[name]))

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


def _members(file: Hdf5File, tree: int, heap: int) -> Iterator[tuple[str, int]]:
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
            start = number(entries, at, 8)
            end = names.find(b"\0", start)
            if end < 0:
                raise CorruptFileError("the names of a group are damaged")
            name = names[start:end].decode("utf-8", "replace")
            is_link = number(entries, at + 16, 4) == _SOFT_LINK
            yield name, NOWHERE if is_link else number(entries, at + 8, 8)
