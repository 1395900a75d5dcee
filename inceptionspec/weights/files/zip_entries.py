"""Where the entries of a zip file lie that holds them uncompressed, as PyTorch writes it.

Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT. The sizes of the list at the
end are checked before it is read, so that a small file cannot claim a large one.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, NamedTuple

from inceptionspec.weights.files.located_tensor import quoted
from inceptionspec.weights.files.opening import exactly, file_size
from inceptionspec.weights.files.wire import CorruptFileError

SIGNATURE = b"PK\x03\x04"
"""The first bytes of a zip file."""
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_IN_64 = 0xFFFF_FFFF
_EXTRA_64 = 1
_LONGEST_COMMENT = 0xFFFF
_MOST_BYTES_OF_LIST = 1 << 25
_MOST_ENTRIES = 1 << 18
_ENCRYPTED = 1


class Entry(NamedTuple):
    """An entry: where its bytes start in the file, and how many they are."""

    start: int
    size: int


def zip_entries(file: BinaryIO) -> dict[str, Entry]:
    """The entries of a zip file by name, in the order of its list.

    Raises:
        CorruptFileError: it is damaged, or an entry is compressed, encrypted or there twice.
    """
    start, size = _list_of_entries(file)
    if size > _MOST_BYTES_OF_LIST:
        raise CorruptFileError(f"its list of entries claims {size:,} bytes")
    data, at = exactly(file, start, size), 0
    entries: dict[str, Entry] = {}
    while at < size:
        if len(entries) >= _MOST_ENTRIES:
            raise CorruptFileError(f"it has more than {_MOST_ENTRIES:,} entries")
        if at + _CENTRAL.size > size or data[at : at + 4] != b"PK\x01\x02":
            raise CorruptFileError("its list of entries is damaged")
        fields = _CENTRAL.unpack_from(data, at)
        flags, method, packed, unpacked = fields[3], fields[4], fields[8], fields[9]
        name_length, extra_length, comment_length = fields[10:13]
        at += _CENTRAL.size
        name = data[at : at + name_length].decode("utf-8", "replace")
        extra = data[at + name_length : at + name_length + extra_length]
        at += name_length + extra_length + comment_length
        unpacked, packed, local = _wide(extra, unpacked, packed, fields[16])
        if name in entries:
            raise CorruptFileError(f"it has the entry {quoted(name)} twice")
        if method or packed != unpacked or flags & _ENCRYPTED:
            raise CorruptFileError(f"its entry {quoted(name)} is compressed or encrypted")
        entries[name] = _entry(file, name, local, unpacked)
    if at != size:
        raise CorruptFileError("its list of entries is damaged")
    return entries


def _list_of_entries(file: BinaryIO) -> tuple[int, int]:
    """Where the list of entries is, and how long."""
    size = file_size(file)
    tail_start = max(0, size - _END.size - _LONGEST_COMMENT)
    tail = exactly(file, tail_start, size - tail_start)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        raise CorruptFileError("it is no zip file, or it ends too early")
    *_, length, start, _comment = _END.unpack_from(tail, at)
    if _IN_64 in (length, start):
        locator = _LOCATOR_64.unpack(
            exactly(file, tail_start + at - _LOCATOR_64.size, _LOCATOR_64.size)
        )
        end = _END_64.unpack(exactly(file, locator[2], _END_64.size))
        if (locator[0], end[0]) != (b"PK\x06\x07", b"PK\x06\x06"):
            raise CorruptFileError("its list of entries is damaged")
        length, start = end[8:10]
    return start, length


def _wide(extra: bytes, *numbers: int) -> list[int]:
    """Numbers of an entry, those that do not fit in 32 bits from its extra fields."""
    at, wide = 0, b""
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == _EXTRA_64:
            wide = extra[at + 4 : at + 4 + length]
        at += 4 + length
    widened = []
    for number in numbers:
        if number == _IN_64:
            if len(wide) < 8:
                raise CorruptFileError("its list of entries is damaged")
            number, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        widened.append(number)
    return widened


def _entry(file: BinaryIO, name: str, local: int, size: int) -> Entry:
    signature, *_, name_length, extra_length = _LOCAL.unpack(exactly(file, local, _LOCAL.size))
    start = local + _LOCAL.size + name_length + extra_length
    if signature != SIGNATURE or start + size > file_size(file):
        raise CorruptFileError(f"its entry {quoted(name)} is damaged")
    return Entry(start, size)
