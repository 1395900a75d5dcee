"""Tables and messages as checkpoints hold them, right or wrong, with right checksums."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.weights.writers import sstable
from inceptionspec.weights.writers.messages import message, varint
from inceptionspec.weights.writers.slim_checkpoint import entry_of as entry
from inceptionspec.weights.writers.sstable import block

__all__ = ["block", "bundle", "entry", "message", "table", "varint"]


def table(*blocks: bytes, last_keys: Sequence[bytes] = (b"\xfe",)) -> bytes:
    """A table of some blocks."""
    return sstable.table(*blocks, last_keys=last_keys)


def bundle(*entries: tuple[bytes, bytes], shards: int = 1) -> bytes:
    """A table of format V2 with a header and some variables."""
    return table(block([(b"", message((1, shards))), *entries]))
