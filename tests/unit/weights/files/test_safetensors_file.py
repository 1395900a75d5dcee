"""Files of safetensors: what their own library writes is read, and what lies is a finding."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from weight_reading import PLACE, reason

from inceptionspec.weights.files import open_weights
from inceptionspec.weights.files.safetensors_file import SafetensorsFile

TYPES = ("bool", "uint8", "int8", "uint16", "int16", "float16", "uint32", "int32", "float32",
         "uint64", "int64", "float64", "complex64")  # fmt: skip


def opened(path: Path) -> SafetensorsFile:
    return SafetensorsFile(str(path), PLACE)


def file_of(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def tensor(kind: str = "F32", shape: object = (2,), offsets: object = (0, 8)) -> dict[str, object]:
    return {"dtype": kind, "shape": shape, "data_offsets": offsets}


def test_what_the_library_writes_is_read(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        f"{kind}/{number}": np.asarray(draw.normal(size=shape) * 9).astype(kind)
        for kind in TYPES
        for number, shape in enumerate([(), (0,), (3, 4), (2, 1, 3, 2)])
    }
    arrays["größe"] = np.ones(3, "f4")
    path = tmp_path / "model.safetensors"
    save_file(arrays, path, {"format": "np"})
    file = open_weights(str(path), PLACE)
    assert isinstance(file, SafetensorsFile)
    assert file.metadata == {"format": "np"}
    read = file.read(file.tensors)
    assert set(read) == set(arrays)
    for name, array in arrays.items():
        assert file.tensors[name].shape == array.shape
        assert file.tensors[name].type == read[name].dtype.name == array.dtype.name
        np.testing.assert_array_equal(read[name], array)


def test_types_that_numpy_lacks_become_float32(tmp_path: Path) -> None:
    upper = (np.array([1, -2.5], "<f4").view("<u4") >> 16).astype("<u2").tobytes()
    header = {
        "a": tensor("BF16", (2,), (0, 4)),
        "b": tensor("F8_E4M3", (6,), (4, 10)),
        "c": tensor("F8_E5M2", (4,), (10, 14)),
    }
    path = tmp_path / "a.safetensors"
    path.write_bytes(file_of(header, upper + b"\x38\xb8\x7e\x01\x08\x80" + b"\x3c\xbc\x7b\x01"))
    file = opened(path)
    read = file.read(file.tensors)
    assert [array.dtype.name for array in read.values()] == ["float32"] * 3
    assert read["a"].tolist() == [1, -2.5]
    assert read["b"].tolist() == [1, -1, 448, 2**-9, 2**-6, 0]
    assert read["c"].tolist() == [1, -1, 57344, 2**-16]
    assert all(one.is_floating for one in file.tensors.values())


def test_several_files_with_an_index(tmp_path: Path) -> None:
    save_file({"a": np.arange(3.0)}, tmp_path / "1.safetensors", {"from": "first"})
    save_file({"b": np.arange(4.0), "c": np.arange(5.0)}, tmp_path / "2.safetensors")
    index = tmp_path / "model.safetensors.index.json"
    places = {"a": "1.safetensors", "b": "2.safetensors", "c": "2.safetensors"}
    index.write_text(json.dumps({"metadata": {"total_size": 96}, "weight_map": places}))
    file = open_weights(str(index), PLACE)
    assert isinstance(file, SafetensorsFile)
    assert file.metadata == {"from": "first"}
    assert {name: array.size for name, array in file.read("cab").items()} == {
        "a": 3, "b": 4, "c": 5
    }  # fmt: skip
    os.rename(tmp_path / "2.safetensors", tmp_path / "3.safetensors")
    assert "no such file" in reason(SafetensorsFile, index)


BAD_INDEXES = {
    "out of the folder": ({"a": "../a.safetensors"}, "is not the name of a file next to it"),
    "an absolute path": ({"a": "/a.safetensors"}, "is not the name of a file next to it"),
    "a folder": ({"a": ".."}, "is not the name of a file next to it"),
    "no map": (None, "`weight_map` does not say"),
    "an empty map": ({}, "`weight_map` does not say"),
    "a number": ({"a": 3}, "`weight_map` does not say"),
    "an array that is not there": ({"b": "1.safetensors"}, "says that it holds `b`"),
    "the name of no file": ({"a": "a\0"}, "null character"),
}


@pytest.mark.parametrize(("places", "why"), BAD_INDEXES.values(), ids=BAD_INDEXES.keys())
def test_an_index_that_misleads(tmp_path: Path, places: object, why: str) -> None:
    save_file({"a": np.arange(3.0)}, tmp_path / "1.safetensors")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": places}))
    assert why in reason(SafetensorsFile, index)


DATA = bytes(8)
WRONG = {
    "empty": (b"", "it ends too early"),
    "half a length": (b"\1\0\0", "it ends too early"),
    "a length beyond": (b"\xff\0\0\0\0\0\0\0{}", "it ends too early"),
    "a huge length": (b"\xff" * 8 + b"{}", "its header claims 18,446,744,073,709,551,615 bytes"),
    "no JSON": (file_of(b"{x"), "where its JSON should be"),
    "not UTF-8": (file_of(b'{"\xff": 1}'), "where its JSON should be"),
    "deep": (file_of(b"[" * 100_000), "where its JSON should be"),
    "many parts": (file_of(b"{" + b"," * 600_000), "more than 500,000 parts"),
    "a list": (file_of([]), "its JSON is not an object"),
    "a name twice": (
        file_of(b'{"a":' + json.dumps(tensor()).encode() + b',"a":1}', DATA),
        "its JSON has `a` twice",
    ),
    "metadata of numbers": (file_of({"__metadata__": {"a": 1}}), "not text by name"),
    "a list of metadata": (file_of({"__metadata__": []}), "not text by name"),
    "no tensor": (file_of({"a": 3}), "does not say what `a` is"),
    "one more key": (file_of({"a": {**tensor(), "x": 1}}, DATA), "does not say what `a` is"),
    "an unknown type": (file_of({"a": tensor("F4")}, DATA), "`a` has the unknown type `F4`"),
    "a type that is none": (file_of({"a": tensor(["F32"])}, DATA), "the unknown type"),  # type: ignore[arg-type]
    "a negative side": (file_of({"a": tensor(shape=[-2])}, DATA), "the shape of `a`"),
    "a broken side": (file_of({"a": tensor(shape=[2.0])}, DATA), "the shape of `a`"),
    "a true side": (file_of({"a": tensor(shape=[True])}, DATA), "the shape of `a`"),
    "many sides": (file_of({"a": tensor(shape=[1] * 99)}, DATA), "the shape of `a`"),
    "a huge shape": (file_of({"a": tensor(shape=[1 << 39] * 9)}, DATA), "does not fit its shape"),
    "no shape": (file_of({"a": tensor(shape=None)}, DATA), "does not say where `a` is"),
    "one offset": (file_of({"a": tensor(offsets=[0])}, DATA), "does not say where `a` is"),
    "turned offsets": (file_of({"a": tensor(offsets=[8, 0])}, DATA), "does not fit its shape"),
    "negative offsets": (file_of({"a": tensor(offsets=[-8, 0])}, DATA), "the shape of `a`"),
    "another shape": (file_of({"a": tensor(shape=[3])}, DATA), "does not fit its shape"),
    "overlap": (
        file_of({"a": tensor(), "b": tensor(offsets=[4, 12])}, bytes(12)),
        "`b` overlaps another array, or leaves a gap",
    ),
    "the same place": (file_of({"a": tensor(), "b": tensor()}, DATA), "`b` overlaps"),
    "a gap": (file_of({"a": tensor(offsets=[4, 12])}, bytes(12)), "`a` overlaps"),
    "cut": (file_of({"a": tensor()}, DATA[:-1]), "bytes, the file has"),
    "more": (file_of({"a": tensor()}, DATA + b"x"), "bytes, the file has"),
}


@pytest.mark.parametrize(("content", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_is_broken_is_a_finding(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    assert why in reason(SafetensorsFile, path)


def test_a_file_that_is_cut_later_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(file_of({"a": tensor()}, DATA))
    file = opened(path)
    os.truncate(path, path.stat().st_size - 1)
    assert "it ends before `a` does" in reason(lambda *_: file, path)
