"""Frozen graphs without TensorFlow: constants by name, and what lies is a finding."""

from __future__ import annotations

from pathlib import Path

import pytest
from graph_writer import DATA, constant, graph, node, plain, value_of
from weight_reading import PLACE, reason

from inceptionspec.weights.files import open_weights
from inceptionspec.weights.files.frozen_graph import FrozenGraph
from inceptionspec.weights.writers.messages import fixed32, message, varint


def write(folder: Path, content: bytes) -> Path:
    path = folder / "graph.pb"
    path.write_bytes(content)
    return path


def test_constants_in_every_form_are_read(tmp_path: Path) -> None:
    halves = b"".join(map(varint, (0x3C00, 0xC100)))
    content = graph(
        node("x", "Placeholder"),
        plain("conv/conv2d_params"),
        constant("listed", value_of(1, (6,), (5, DATA))),
        constant("filled", value_of(1, (2, 2), (5, DATA[4:8]))),
        constant("last fills", value_of(3, (4,), (7, varint(-5) + varint(7)))),
        constant("single", value_of(1, (1,), rest=fixed32(5, 0x3F80_0000))),
        constant("float16", value_of(19, (2,), (13, halves))),
        constant("bfloat16", value_of(14, (2,), (4, bytes.fromhex("803f20c0")))),
        constant("scalar", value_of(9, (), (10, varint(-1)))),
        constant("empty", value_of(1, (0, 3))),
        constant("text", value_of(7, (), (8, b"x"))),
        node("conv", "Conv2D", "x", "conv/conv2d_params"),
    )
    file = open_weights(str(write(tmp_path, content)), PLACE)
    assert isinstance(file, FrozenGraph)
    read = file.read(file.tensors)
    assert "text" not in read
    assert read["conv/conv2d_params"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert read["listed"].tolist() == [0, 1, 2, 3, 4, 5]
    assert read["filled"].tolist() == [[1, 1], [1, 1]]
    assert read["last fills"].tolist() == [-5, 7, 7, 7]
    assert read["single"].tolist() == [1]
    assert read["float16"].tolist() == read["bfloat16"].tolist() == [1, -2.5]
    assert read["scalar"].tolist() == -1
    assert read["empty"].shape == (0, 3)
    assert [(layer.name, layer.kind) for layer in file.layers] == [
        ("x", "Placeholder"), ("text", "Const"), ("conv", "Conv2D")
    ]  # fmt: skip
    assert file.layers[-1].inputs == ("x", "conv/conv2d_params")


BIG = (1 << 13, 1 << 13)
WRONG = {
    "empty": (b"", "it is no graph of TensorFlow"),
    "text": (b"weights of a network", "the unknown type"),
    "a SavedModel": (message((1, 1), (2, b"")), "it looks like a SavedModel"),
    "no constants": (graph(node("x", "Placeholder")), "or one without numbers"),
    "variables": (graph(node("w", "VariableV2")), "the graph is not frozen"),
    "cut": (graph(plain())[:-1], "reach beyond the end"),
    "a node of numbers": (message((4, b"")) + message((1, 3)), "field 1 is a number, not bytes"),
    "a name twice": (graph(plain(), plain()), "it has the node `w` twice"),
    "a short array": (graph(constant("w", value_of(1, (7,), (4, DATA)))), "does not fit its"),
    "too long a list": (graph(constant("w", value_of(1, (5,), (5, DATA)))), "does not fit its"),
    "no numbers": (graph(constant("w", value_of(1, (5,)))), "does not fit its shape"),
    "a bomb": (graph(constant("w", value_of(1, BIG, (5, DATA)))), "claim 67,108,864 numbers"),
    "a huge bomb": (graph(constant("w", value_of(1, (1 << 39,) * 9, (5, DATA)))), "claim"),
    "a negative side": (graph(constant("w", value_of(1, (-6,), (4, DATA)))), "a shape is"),
}


@pytest.mark.parametrize(("content", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_is_broken_is_a_finding(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in reason(FrozenGraph, write(tmp_path, content))
