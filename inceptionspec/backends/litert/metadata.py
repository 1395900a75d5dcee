"""Texts that a `.tflite` file carries next to the model."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from ai_edge_litert import schema_py_generated as schema

from inceptionspec.backends.litert.flatbuffer import IDENTIFIER
from inceptionspec.diagnostics.diagnostic import spec_error


def read_metadata(content: bytes, name: str = "the model") -> Mapping[str, str]:
    """The texts of a `.tflite` file by their names, without those that are no text.

    Args:
        content: the file.
        name: what findings call it.

    Raises:
        SpecError: it is no such file, or a damaged one (E0802).
    """
    try:
        if content[4:8] != IDENTIFIER:
            raise ValueError("it lacks the mark of the format")
        model = schema.Model.GetRootAs(content, 0)
        found = {}
        for index in range(model.MetadataLength()):
            entry = model.Metadata(index)
            buffer = model.Buffers(entry.Buffer())
            data = b"" if buffer.DataIsNone() else buffer.DataAsNumpy().tobytes()
            try:
                found[entry.Name().decode()] = data.decode()
            except UnicodeDecodeError:
                continue
    except (ValueError, TypeError, AttributeError, IndexError, struct.error):
        raise spec_error(
            "E0802",
            "the file is no `.tflite` model, or it is damaged",
            name,
            "write it again, with `specbuild export`",
        ) from None
    return found
