"""ONNX models without ONNX: arrays in every form, and what lies is a finding."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
from onnx_writer import DATA, external, model, node, plain, tensor
from weight_reading import PLACE, everything, reason

from inceptionspec.weights.files import open_weights
from inceptionspec.weights.files.onnx_file import OnnxFile
from inceptionspec.weights.writers.messages import fixed32, message, varint


def write(folder: Path, content: bytes) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(content)
    return path


def test_numbers_in_every_form_are_read(tmp_path: Path) -> None:
    halves = np.array([1, -2.5], "<f2")
    whole = b"".join(map(varint, (-3, 2, 1 << 40)))
    arrays = model(
        plain("plain"),
        tensor("listed", 1, (6,), (4, DATA)),
        message((1, 2), (2, 1), (8, b"single")) + fixed32(4, 0x3F80_0000) + fixed32(4, 0),
        tensor("packed sides", 1, (), (1, b"\2\3"), (9, DATA)),
        tensor("split", 1, (6,), (4, DATA[:8]), (4, DATA[8:])),
        tensor("int64", 7, (3,), (7, whole)),
        tensor("int8", 3, (3,), (5, b"".join(map(varint, (-3, 2, 127))))),
        tensor("float16", 10, (2,), (5, b"".join(map(varint, halves.view("<u2").tolist())))),
        tensor("bfloat16", 16, (2,), (9, bytes.fromhex("803f20c0"))),
        tensor("double", 11, (1,), (10, struct.pack("<d", 0.1))),
        tensor("complex64", 14, (3,), (4, DATA)),
        tensor("uint64", 13, (1,), (11, varint((1 << 64) - 1))),
        tensor("bool", 9, (2,), (5, b"\0\1")),
        tensor("empty", 1, (0, 3)),
        tensor("scalar", 1, (), (9, DATA[4:8])),
        tensor("text", 8, (1,), (6, b"x")),
    )
    read = everything(OnnxFile, write(tmp_path, arrays))
    assert "text" not in read
    assert read["plain"].tolist() == read["packed sides"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert read["listed"].tolist() == read["split"].tolist() == [0, 1, 2, 3, 4, 5]
    assert read["single"].tolist() == [1, 0]
    assert read["int64"].tolist() == [-3, 2, 1 << 40]
    assert read["int8"].tolist() == [-3, 2, 127]
    assert read["float16"].tolist() == read["bfloat16"].tolist() == [1, -2.5]
    assert read["double"].tolist() == [0.1]
    assert read["complex64"].tolist() == [1j, 2 + 3j, 4 + 5j]
    assert read["uint64"].tolist() == [(1 << 64) - 1]
    assert read["bool"].tolist() == [False, True]
    assert read["empty"].shape == (0, 3)
    assert read["scalar"].shape == ()
    kinds = {name: array.dtype.name for name, array in read.items()}
    assert kinds["bfloat16"] == "float32"
    assert [kinds[name] for name in ("int8", "int64", "float16", "bool", "uint64")] == [
        "int8", "int64", "float16", "bool", "uint64"
    ]  # fmt: skip


def test_layers_say_which_arrays_they_read(tmp_path: Path) -> None:
    value = message((1, b"value"), (5, plain("")))
    shape = message((1, b"value"), (5, tensor("", 7, (2,), (7, b"\1\2"))))
    pads = message((1, b"pads"), (8, b"\0\1"), (8, varint(2)))
    epsilon = message((1, b"epsilon")) + fixed32(2, 0x3F00_0000)
    mode = message((1, b"mode"), (4, b"same"))
    nodes = (
        node("Constant", [], ["kernel"], value),
        node("Constant", [], ["shape"], shape),
        node("Constant", [], ["idle"], value),
        node("Identity", ["kernel"], ["copy"]),
        node("Conv", ["x", "copy"], ["y"], pads, mode, message((1, b"group"), (3, 1))),
        node("BatchNormalization", ["y", "gamma"], ["z"], epsilon),
        node("Reshape", ["z", "shape"], ["end"]),
    )
    receipt = message((14, message((1, b"receipt"), (2, b"{}"))))
    file = open_weights(
        str(write(tmp_path, model(plain("gamma"), nodes=nodes, rest=receipt))), PLACE
    )
    assert isinstance(file, OnnxFile)
    assert file.metadata == {"receipt": "{}"}
    assert list(file.tensors) == ["kernel", "gamma"]
    conv, norm, _ = file.layers
    assert (conv.name, conv.kind) == ("y", "Conv")
    assert conv.config == {
        "pads": (0, 1, 2), "mode": "same", "group": 1,
        "inputs": ("x", "kernel"), "outputs": ("y",),
    }  # fmt: skip
    assert norm.inputs == ("y",)
    assert norm.config["epsilon"] == 0.5


def test_arrays_in_another_file_of_the_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "w.bin").write_bytes(b"skip" + DATA)
    where = external("parts/w.bin", ("offset", "4"), ("length", "24"))
    path = write(tmp_path, model(tensor("w", 1, (2, 3), *where)))
    assert everything(OnnxFile, path)["w"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_arrays_outside_the_folder_are_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "inside_too").mkdir()
    (tmp_path / "w.bin").write_bytes(DATA)
    (tmp_path / "inside_too" / "w.bin").write_bytes(DATA)
    (inside / "link").symlink_to(tmp_path / "w.bin")
    (inside / "short").write_bytes(DATA[:-1])
    (inside / "folder").mkdir()
    cases = {
        "../w.bin": "outside the model's folder",
        str(tmp_path / "w.bin"): "outside the model's folder",
        "../inside_too/w.bin": "outside the model's folder",
        "link": "outside the model's folder",
        "": "outside the model's folder",
        "a\0b": "outside the model's folder",
        "none": "`none`, which holds `w`, is not there",
        "folder": "`folder`, which holds `w`, is not there",
        "short": "it ends before `w` does",
    }
    for location, why in cases.items():
        path = write(inside, model(tensor("w", 1, (2, 3), *external(location))))
        assert why in reason(OnnxFile, path), location
    (inside / "good").write_bytes(DATA)
    for more, why in {
        ("offset", "-4"): "is malformed",
        ("offset", "1e3"): "is malformed",
        ("offset", "9" * 30): "is malformed",
        ("offset", "4"): "it ends before `w` does",
        ("length", "25"): "does not fit its shape",
    }.items():
        path = write(inside, model(tensor("w", 1, (2, 3), *external("good", more))))
        assert why in reason(OnnxFile, path), more
    os.remove(inside / "good")
    os.mkfifo(inside / "good")
    path = write(inside, model(tensor("w", 1, (2, 3), *external("good"))))
    assert "`good`, which holds `w`, is not there" in reason(OnnxFile, path)


HUGE = 1 << 39
WRONG = {
    "empty": (b"", "it holds no graph"),
    "text": (b"weights of a network", "the unknown type"),
    "no graph": (message((1, 8)), "it holds no graph"),
    "a graph of numbers": (message((7, 3)), "field 7 is a number, not bytes"),
    "cut": (model(plain())[:-1], "reach beyond the end"),
    "cut later": (model(plain())[:3], "a number does not end"),
    "a name twice": (model(plain(), plain()), "it has the array `w` twice"),
    "a short array": (model(tensor("w", 1, (7,), (9, DATA))), "does not fit its shape"),
    "a huge array": (model(tensor("w", 1, (HUGE,) * 9, (9, DATA))), "does not fit its shape"),
    "a huge list": (model(tensor("w", 1, (HUGE,) * 9, (4, DATA))), "does not fit its shape"),
    "no numbers": (model(tensor("w", 1, (HUGE,))), "does not fit its shape"),
    "a larger side": (model(tensor("w", 1, (1 << 60,), (4, DATA))), "the shape of `w`"),
    "a negative side": (model(tensor("w", 1, (-6,), (9, DATA))), "the shape of `w`"),
    "many sides": (model(tensor("w", 1, (1,) * 99, (9, DATA))), "the shape of `w`"),
    "half a number": (model(tensor("w", 1, (6,), (4, DATA[:-1]))), "ends within one"),
    "half a varint": (model(tensor("w", 7, (1,), (7, b"\x80"))), "a number does not end"),
    "a long varint": (model(tensor("w", 7, (1,), (7, b"\x80" * 11 + b"\0"))), "does not end"),
    "a name of bytes": (model(message((8, b"\xff"))), "a name is not UTF-8"),
    "a long name": (model(message((8, b"a" * 100_000))), "claims 100,000 bytes"),
    "a number for a name": (model(message((8, 3))), "field 8 is a number, not bytes"),
    "bytes for a type": (model(message((2, b"x"))), "field 2 is not a number"),
}


@pytest.mark.parametrize(("content", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_is_broken_is_a_finding(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in reason(OnnxFile, write(tmp_path, content))
