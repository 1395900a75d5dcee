"""Numbers and messages as protocol buffers write them to bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_LONGEST_VARINT = 10
_LONGEST_HEADER = 2 * _LONGEST_VARINT
_LONGEST_TEXT = 1 << 16
_MOST_FIELDS = 1 << 20
"""Of one message that is walked in its file."""
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types: what the bytes of a field are."""


class CorruptFileError(Exception):
    """The bytes are not what the format says, or what is read.

    Attributes:
        helps: what to do, where that is known.
    """

    def __init__(self, reason: str, *helps: str) -> None:
        super().__init__(reason)
        self.helps = helps


def varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """An unsigned number of 7 bits per byte, and the position after it.

    Raises:
        CorruptFileError: it does not end, or is longer than 64 bits.
    """
    number = 0
    for place in range(_LONGEST_VARINT):
        if at + place >= len(data):
            break
        byte = data[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
    raise CorruptFileError("a number does not end")


class Field(NamedTuple):
    """A field of a message: its number, its wire type, and its value.

    The value is a number, or the bytes of a string, a message or a packed list.
    """

    number: int
    type: int
    value: int | memoryview

    def integer(self) -> int:
        """The value as a signed number of 64 bits."""
        if not isinstance(self.value, int):
            raise CorruptFileError(f"field {self.number} is not a number")
        return self.value - (1 << 64) if self.type == VARINT and self.value >> 63 else self.value

    def bytes(self) -> memoryview:
        """The value as bytes."""
        if isinstance(self.value, int):
            raise CorruptFileError(f"field {self.number} is a number, not bytes")
        return self.value


def fields(message: bytes | memoryview) -> Iterator[Field]:
    """The fields of a message in order.

    Raises:
        CorruptFileError: the bytes are not a message.
    """
    data, at = memoryview(message), 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        value: int | memoryview
        if kind == VARINT:
            value, at = varint(data, at)
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
            value = int.from_bytes(part(data, at, size), "little")
            at += size
        elif kind == BYTES:
            size, at = varint(data, at)
            value = part(data, at, size)
            at += size
        else:
            raise CorruptFileError(f"field {number} has the unknown type {kind}")
        yield Field(number, kind, value)


def part(data: memoryview, at: int, size: int) -> memoryview:
    """Some of the bytes.

    Raises:
        CorruptFileError: they end earlier.
    """
    if at < 0 or size < 0 or at + size > len(data):
        raise CorruptFileError(f"{size} bytes at {at} reach beyond the end")
    return data[at : at + size]


class Extent(NamedTuple):
    """A field of a message in a file: its number, its wire type, and where its value lies.

    Attributes:
        start: where the bytes of the value start in the file.
        size: how many they are.
    """

    number: int
    type: int
    start: int
    size: int

    @property
    def message(self) -> tuple[int, int]:
        """Where the message starts that the value is, and how many bytes it has."""
        if self.type != BYTES:
            raise CorruptFileError(f"field {self.number} is a number, not bytes")
        return self.start, self.size


def extents(file: BinaryIO, start: int, size: int) -> Iterator[Extent]:
    """The fields of a message in a file, whose values are not read.

    So a message can be larger than memory. The file may be read in between.

    Raises:
        CorruptFileError: the bytes are not a message, or it has too many fields.
    """
    at, end, count = start, start + size, 0
    while at < end:
        count += 1
        if count > _MOST_FIELDS:
            raise CorruptFileError(f"a message has more than {_MOST_FIELDS:,} fields")
        file.seek(at)
        header = file.read(min(_LONGEST_HEADER, end - at))
        tag, length = varint(header, 0)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            held = varint(header, length)[1] - length
        elif kind in (FIXED32, FIXED64):
            held = 4 if kind == FIXED32 else 8
        elif kind == BYTES:
            held, length = varint(header, length)
        else:
            raise CorruptFileError(f"field {number} has the unknown type {kind}")
        if at + length + held > end:
            raise CorruptFileError(f"{held} bytes at {at + length} reach beyond the end")
        yield Extent(number, kind, at + length, held)
        at += length + held


def content(file: BinaryIO, extent: Extent, most: int) -> bytes:
    """The bytes of a field of a message in a file.

    Raises:
        CorruptFileError: they are more than ``most``, or the file ends earlier.
    """
    if extent.size > most:
        raise CorruptFileError(f"field {extent.number} claims {extent.size:,} bytes")
    file.seek(extent.start)
    data = file.read(extent.size)
    if len(data) != extent.size:
        raise CorruptFileError("it ends too early")
    return data


def text_of(file: BinaryIO, extent: Extent) -> str:
    """The text that a field of a message in a file is.

    Raises:
        CorruptFileError: it is none, or too long for a name.
    """
    if extent.type != BYTES:
        raise CorruptFileError(f"field {extent.number} is a number, not bytes")
    try:
        return content(file, extent, _LONGEST_TEXT).decode()
    except UnicodeDecodeError:
        raise CorruptFileError("a name is not UTF-8") from None


def number_of(file: BinaryIO, extent: Extent) -> int:
    """The signed number of 64 bits that a field of a message in a file is.

    Raises:
        CorruptFileError: it is none.
    """
    if extent.type != VARINT:
        raise CorruptFileError(f"field {extent.number} is not a number")
    number, _ = varint(content(file, extent, _LONGEST_VARINT), 0)
    return Field(extent.number, VARINT, number).integer()
