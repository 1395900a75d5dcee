"""Arrays as a file of safetensors: https://github.com/huggingface/safetensors#format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from inceptionspec.diagnostics.source import external
from inceptionspec.utils.atomic_write import atomic_write
from inceptionspec.weights.files.safetensors_file import METADATA, TYPES

_ALIGNMENT = 8
_NAMES: Mapping[str, str] = {kind: name for name, kind in TYPES.items()}


def write_safetensors(
    file: str, arrays: Mapping[tuple[str, str], Any], metadata: Mapping[str, str] | None = None
) -> None:
    """Write arrays to a file of safetensors, whole or not at all.

    Equal arrays and metadata give equal bytes, in whatever order they come. An array is called by
    its layer's path and its name: ``Mixed_5b/Branch_0/Conv2d_0a_1x1/kernel``.

    Args:
        file: where it goes.
        arrays: by a layer's path and a weight's name.
        metadata: text by name, for the file's header.

    Raises:
        SpecError: the file cannot be written (E0803).
    """
    named: dict[str, np.ndarray[Any, Any]] = {
        f"{path}/{weight}": np.asarray(array) for (path, weight), array in arrays.items()
    }
    # The widest numbers first, as the format's own library does: so each array is aligned.
    names = sorted(named, key=lambda name: (-named[name].itemsize, name))
    header: dict[str, Any] = {}
    if metadata:
        header[METADATA] = dict(sorted(metadata.items()))
    end = 0
    for name in names:
        array = named[name]
        start, end = end, end + array.nbytes
        header[name] = {
            "dtype": _NAMES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    with (
        atomic_write(file, external(f"-o {file}")) as unfinished,
        open(unfinished, "wb") as output,
    ):
        output.write(len(text).to_bytes(8, "little") + text)
        for name in names:
            array = named[name]
            output.write(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data)
