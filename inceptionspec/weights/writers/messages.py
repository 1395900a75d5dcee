"""Numbers and messages as protocol buffers write them to bytes: what ``files.wire`` reads."""

from __future__ import annotations


def varint(number: int) -> bytes:
    """A number of 7 bits per byte; a negative one as the unsigned number of its 64 bits."""
    number &= 0xFFFF_FFFF_FFFF_FFFF
    written = bytearray()
    while number >= 0x80:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def message(*fields: tuple[int, int | bytes]) -> bytes:
    """A message of numbers and bytes, by the number of their field."""
    return b"".join(
        varint(number << 3) + varint(value)
        if isinstance(value, int)
        else varint(number << 3 | 2) + varint(len(value)) + value
        for number, value in fields
    )


def fixed32(field: int, value: int) -> bytes:
    """A field of a message that holds an unsigned number in 4 bytes."""
    return varint(field << 3 | 5) + value.to_bytes(4, "little")
