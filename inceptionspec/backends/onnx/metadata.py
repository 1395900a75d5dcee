"""Texts that an ONNX file carries next to the model."""

from __future__ import annotations

from collections.abc import Mapping

import onnx
from google.protobuf.message import DecodeError

from inceptionspec.diagnostics.diagnostic import spec_error


def with_metadata(content: bytes, texts: Mapping[str, str]) -> bytes:
    """A model that carries these texts by their names, in place of those that it has."""
    model = onnx.load_model_from_string(content)
    onnx.helper.set_model_props(model, dict(texts))
    serialized: bytes = model.SerializeToString()
    return serialized


def read_metadata(content: bytes, name: str = "the model") -> Mapping[str, str]:
    """The texts of an ONNX file by their names, without those that are no text.

    Args:
        content: the file.
        name: what findings call it.

    Raises:
        SpecError: it is no such file, or a damaged one (E0802).
    """
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError:
        model.Clear()
    if not model.HasField("graph"):
        raise spec_error(
            "E0802",
            "the file is no ONNX model, or it is damaged",
            name,
            "write it again, with `specbuild export`",
        )
    texts = ((entry.key, entry.value) for entry in model.metadata_props)
    # What is not UTF-8 comes as bytes.
    return {key: text for key, text in texts if isinstance(key, str) and isinstance(text, str)}
