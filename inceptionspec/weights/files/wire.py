"""Numbers and messages as protocol buffers write them to bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_LONGEST_VARINT = 10
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types: what the bytes of a field are."""


class CorruptFileError(Exception):
    """The bytes are not what the format says. The message says what is wrong."""


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
