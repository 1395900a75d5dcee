"""Arrays as a checkpoint under TF-Slim's names, format V2, without TensorFlow.

Messages: ``tensor_bundle.proto`` of TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from inceptionspec.diagnostics.source import external
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.slim_names import stored_variables
from inceptionspec.utils.atomic_write import atomic_write_all
from inceptionspec.weights.files.crc32c import crc32c, masked
from inceptionspec.weights.files.tensorflow_types import TYPES
from inceptionspec.weights.writers.messages import fixed32, message
from inceptionspec.weights.writers.sstable import block, table

_HEADER = message((1, 1), (3, message((1, 1))))
"""One file of values, in little-endian order, written by version 1 of the format."""
_ENTRIES_OF_BLOCK = 64
_NUMBERS: Mapping[str, int] = {kind: number for number, kind in TYPES.items()}


def write_slim_checkpoint(prefix: str, graph: Graph, arrays: Mapping[tuple[str, str], Any]) -> None:
    """Write the weights of a network as ``PREFIX.index`` and ``PREFIX.data-00000-of-00001``.

    Both files are written whole or not at all; those that were there stay until then. Weights of
    which there is no array are left out.

    Args:
        prefix: the checkpoint's path, without a suffix.
        graph: the network.
        arrays: by a layer's path and a weight's name.

    Raises:
        SpecError: a file cannot be written (E0803).
    """
    named: dict[str, Any] = {
        variable.name: arrays[variable.node.path, variable.weight.name]
        for variable in stored_variables(graph)
        if (variable.node.path, variable.weight.name) in arrays
    }
    # The table's order is that of bytes.
    names = sorted(named, key=str.encode)
    files = (f"{prefix}.data-00000-of-00001", f"{prefix}.index")
    with atomic_write_all(files, external(f"-o {prefix}")) as (data_file, index_file):
        entries = [(b"", _HEADER)]
        offset = 0
        with open(data_file, "wb") as output:
            for name in names:
                array: Any = np.asarray(named[name])
                data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1)
                octets = data.view("u1").data
                output.write(octets)
                entries.append((name.encode(), _entry(array, offset, octets)))
                offset += array.nbytes
        index_file.write_bytes(_table(entries))


def entry_of(
    kind: int, shape: Iterable[int], offset: int, data: bytes | memoryview, shard: int = 0
) -> bytes:
    """What the table says of a variable (``BundleEntryProto``)."""
    sides = b"".join(message((2, message((1, side)))) for side in shape)
    fields = message((1, kind), (2, sides), (3, shard), (4, offset), (5, len(data)))
    return fields + fixed32(6, masked(crc32c(data)))


def _entry(array: Any, offset: int, data: memoryview) -> bytes:
    return entry_of(_NUMBERS[array.dtype.name], array.shape, offset, data)


def _table(entries: Sequence[tuple[bytes, bytes]]) -> bytes:
    starts = range(0, len(entries), _ENTRIES_OF_BLOCK)
    parts = [entries[start : start + _ENTRIES_OF_BLOCK] for start in starts]
    return table(*map(block, parts), last_keys=[part[-1][0] for part in parts])
