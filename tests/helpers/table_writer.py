"""Tables and messages as checkpoints hold them, right or wrong, with right checksums."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.weights.files.crc32c import crc32c, masked
from inceptionspec.weights.files.sstable import MAGIC


def varint(number: int) -> bytes:
    """A number of 7 bits per byte."""
    number &= 0xFFFF_FFFF_FFFF_FFFF
    written = b""
    while number >= 0x80:
        written += bytes([number & 0x7F | 0x80])
        number >>= 7
    return written + bytes([number])


def message(*fields: tuple[int, int | bytes]) -> bytes:
    """A message of numbers and bytes, by the number of their field."""
    return b"".join(
        varint(number << 3) + varint(value)
        if isinstance(value, int)
        else varint(number << 3 | 2) + varint(len(value)) + value
        for number, value in fields
    )


def entry(kind: int, shape: Sequence[int], offset: int, data: bytes, shard: int = 0) -> bytes:
    """What the table of format V2 says of a variable."""
    sides = b"".join(message((2, message((1, side)))) for side in shape)
    checksum = masked(crc32c(data)).to_bytes(4, "little")
    fixed = varint(6 << 3 | 5) + checksum
    return message((1, kind), (2, sides), (3, shard), (4, offset), (5, len(data))) + fixed


def block(entries: Sequence[tuple[bytes, bytes]], compression: int = 0) -> bytes:
    """A block, each of its keys written in full."""
    written = b"".join(
        varint(0) + varint(len(key)) + varint(len(value)) + key + value for key, value in entries
    )
    content = written + bytes(4) + (1).to_bytes(4, "little") + bytes([compression])
    return content + masked(crc32c(content)).to_bytes(4, "little")


def table(*blocks: bytes, last_keys: Sequence[bytes] = (b"\xfe",)) -> bytes:
    """A table of some blocks."""
    written, handles = b"", []
    for one in blocks:
        handles.append(varint(len(written)) + varint(len(one) - 5))
        written += one
    index = block(list(zip(last_keys, handles, strict=True)))
    footer = varint(0) + varint(0) + varint(len(written)) + varint(len(index) - 5)
    return written + index + footer.ljust(40, b"\0") + MAGIC


def bundle(*entries: tuple[bytes, bytes], shards: int = 1) -> bytes:
    """A table of format V2 with a header and some variables."""
    return table(block([(b"", message((1, shards))), *entries]))
