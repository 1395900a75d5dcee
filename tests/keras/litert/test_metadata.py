"""Texts in models: written, read again, and looked for in what is no model."""

from __future__ import annotations

import random
from typing import Any

import pytest
from rewriting import graph_of, random_values
from runtimes import litert_interpreter, onnx_outputs

from inceptionspec.backends import litert, onnx
from inceptionspec.diagnostics.diagnostic import SpecError

GRAPH = graph_of("- {op: conv, kernel: 1, filters: 2}")
TEXTS = {"receipt": '{"network": "ä\\u2028"}', "labels": "cat\ndog", "empty": ""}
KINDS = [
    pytest.param(litert.litert_model, litert.read_metadata, id="litert"),
    pytest.param(onnx.onnx_model, onnx.read_metadata, id="onnx"),
]


@pytest.mark.parametrize(("write", "read"), KINDS)
def test_texts_come_back(write: Any, read: Any) -> None:
    assert read(write(GRAPH, random_values(GRAPH), metadata=TEXTS)) == TEXTS
    assert read(write(GRAPH, random_values(GRAPH))) == {}


def test_models_with_texts_run() -> None:
    import numpy as np

    images = np.ones((1, 8, 9, 4), "float32")
    content = litert.litert_model(GRAPH, random_values(GRAPH), metadata=TEXTS)
    assert litert_interpreter(content, images).get_output_details()
    assert onnx_outputs(onnx.onnx_model(GRAPH, random_values(GRAPH), metadata=TEXTS), images)


@pytest.mark.parametrize(("write", "read"), KINDS)
def test_damaged_files_are_findings_or_give_texts(write: Any, read: Any) -> None:
    content = write(GRAPH, random_values(GRAPH), metadata=TEXTS)
    draw = random.Random(1)
    damaged = [content[:length] for length in range(0, len(content), 7)]
    for _ in range(400):
        changed = bytearray(content)
        for _ in range(draw.randint(1, 8)):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        damaged.append(bytes(changed))
    refused = 0
    for data in damaged:
        try:
            found = read(data, "model.bin")
        except SpecError as error:
            refused += 1
            assert error.findings[0].code == "E0802"
        else:
            assert all(isinstance(text, str) for text in found.values())
    assert refused > 50


@pytest.mark.parametrize(("_", "read"), KINDS)
@pytest.mark.parametrize("content", [b"", b"TFL3", b"PK\x03\x04" + bytes(100), b"\x00" * 64])
def test_other_files_are_findings(_: Any, read: Any, content: bytes) -> None:
    with pytest.raises(SpecError, match="model"):
        read(content)


def test_neither_kind_is_the_other() -> None:
    weights = random_values(GRAPH)
    with pytest.raises(SpecError, match=r"no `\.tflite` model"):
        litert.read_metadata(onnx.onnx_model(GRAPH, weights))
    with pytest.raises(SpecError, match="no ONNX model"):
        onnx.read_metadata(litert.litert_model(GRAPH, weights))
