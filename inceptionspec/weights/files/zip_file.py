"""Zip files where nobody vouches for them, with stored members read in place."""

from __future__ import annotations

import io
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from inceptionspec.weights.files.wire import CorruptFileError

_MOST_MEMBERS = 1 << 16
_MOST_TIMES = 16
_ALWAYS_BYTES = 1 << 28
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1
_LOCAL_HEADER = 30
_BLOCK = 1 << 20


class Archive:
    """An open zip file with names and sizes that have been checked."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the list of members.

        Raises:
            CorruptFileError: it is no zip file, or one to be wary of.
        """
        self._file = file
        size = file.seek(0, io.SEEK_END)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise CorruptFileError(f"it is no zip file: {error}") from None
        self._members: dict[str, zipfile.ZipInfo] = {}
        if len(self._zip.infolist()) > _MOST_MEMBERS:
            raise CorruptFileError(f"it has more than {_MOST_MEMBERS:,} members")
        for info in self._zip.infolist():
            name = info.filename
            if name in self._members:
                raise CorruptFileError(f"two of its members are called `{name}`")
            if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
                raise CorruptFileError(f"its member `{name}` points out of it")
            if info.flag_bits & _ENCRYPTED:
                raise CorruptFileError("it is encrypted")
            if info.compress_type not in _METHODS:
                raise CorruptFileError(f"`{name}` is compressed in a way that is not read")
            self._members[name] = info
        total = sum(info.file_size for info in self._members.values())
        if total > _ALWAYS_BYTES + _MOST_TIMES * size:
            raise CorruptFileError(f"it has {size:,} bytes and declares {total:,}")

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def size(self, name: str) -> int:
        """The bytes of a member once it is decompressed."""
        return self._members[name].file_size

    def read(self, name: str) -> bytes:
        """A small member.

        Raises:
            CorruptFileError: it is damaged.
        """
        return b"".join(self._blocks(name))

    def check(self, name: str) -> None:
        """Compare a member with its checksum.

        Raises:
            CorruptFileError: it is damaged.
        """
        for _ in self._blocks(name):
            pass

    @contextmanager
    def content(self, name: str) -> Iterator[tuple[BinaryIO, int]]:
        """A file that holds a member, and where it starts there.

        That is the zip file itself where the member is stored, and a temporary file where it is
        compressed.

        Raises:
            CorruptFileError: it is damaged.
        """
        info = self._members[name]
        if info.compress_type == zipfile.ZIP_STORED:
            self._file.seek(info.header_offset)
            header = self._file.read(_LOCAL_HEADER)
            names = sum(int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
            yield self._file, info.header_offset + _LOCAL_HEADER + names
            return
        with tempfile.TemporaryFile() as whole:
            for block in self._blocks(name):
                whole.write(block)
            yield whole, 0

    def _blocks(self, name: str) -> Iterator[bytes]:
        try:
            with self._zip.open(self._members[name]) as member:
                while block := member.read(_BLOCK):
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
            raise CorruptFileError(f"`{name}` is damaged: {error}") from None
