"""Sorted tables of keys and values: what ``files.sstable`` reads."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.weights.files.crc32c import crc32c, masked
from inceptionspec.weights.files.sstable import MAGIC
from inceptionspec.weights.writers.messages import varint

_FOOTER = 40
_TRAILER = 5


def block(entries: Sequence[tuple[bytes, bytes]], compression: int = 0) -> bytes:
    """A block with its checksum; each of its keys is written in full."""
    written = b"".join(
        varint(0) + varint(len(key)) + varint(len(value)) + key + value for key, value in entries
    )
    content = written + bytes(4) + (1).to_bytes(4, "little") + bytes([compression])
    return content + masked(crc32c(content)).to_bytes(4, "little")


def table(*blocks: bytes, last_keys: Sequence[bytes]) -> bytes:
    """A table of some blocks.

    Args:
        blocks: as ``block`` writes them, in the order of their keys.
        last_keys: for each block a key that is not before its last one.
    """
    written = bytearray()
    handles = []
    for data in (*blocks, block(())):
        handles.append(varint(len(written)) + varint(len(data) - _TRAILER))
        written += data
    *handles, of_filters = handles
    index = block(list(zip(last_keys, handles, strict=True)))
    footer = of_filters + varint(len(written)) + varint(len(index) - _TRAILER)
    return bytes(written + index) + footer.ljust(_FOOTER, b"\0") + MAGIC
