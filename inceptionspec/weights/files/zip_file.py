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
_MOST_BYTES_OF_LIST = 1 << 24
_END, _END_64, _LOCATOR_64 = 22, 56, 20
_LONGEST_COMMENT = 0xFFFF
_IN_64 = 0xFFFF_FFFF
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
SIGNATURE = b"PK\x03\x04"
"""The first bytes of a zip file."""
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
        self._size = size = file.seek(0, io.SEEK_END)
        _check_list(file, size)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise CorruptFileError(f"it is no zip file, or its end is missing: {error}") from None
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

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def place(self, name: str) -> tuple[int, int]:
        """Where the bytes of a stored member start in the file, and how many they are.

        Raises:
            CorruptFileError: it is compressed or damaged.
        """
        info = self._members[name]
        header = b""
        if 0 <= info.header_offset < self._size:
            self._file.seek(info.header_offset)
            header = self._file.read(_LOCAL_HEADER)
        if len(header) < _LOCAL_HEADER or not header.startswith(SIGNATURE):
            raise CorruptFileError(f"its member `{name}` is damaged")
        before = sum(int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        start = info.header_offset + _LOCAL_HEADER + before
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise CorruptFileError(f"its member `{name}` is compressed")
        if start + info.file_size > self._size:
            raise CorruptFileError(f"its member `{name}` is damaged")
        return start, info.file_size

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
            yield self._file, self.place(name)[0]
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


def _check_list(file: BinaryIO, size: int) -> None:
    """Refuse a list of members that would take much more memory than any archive of weights.

    Raises:
        CorruptFileError: it claims too many bytes.
    """
    file.seek(max(0, size - _END - _LONGEST_COMMENT - _LOCATOR_64 - _END_64))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    claimed = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    if claimed == _IN_64:
        end = tail.rfind(b"PK\x06\x06")
        claimed = int.from_bytes(tail[end + 40 : end + 48], "little") if end >= 0 else claimed
    if claimed > _MOST_BYTES_OF_LIST:
        raise CorruptFileError(f"its list of members claims {claimed:,} bytes")
