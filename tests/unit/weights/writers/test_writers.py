"""What is written is read back the same, and is written whole or not at all."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file
from support import REFERENCE, spec
from weight_reading import PLACE

import inceptionspec
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.slim_names import stored_variables
from inceptionspec.weights import writers
from inceptionspec.weights.files.safetensors_file import SafetensorsFile
from inceptionspec.weights.files.tf_checkpoint import Checkpoint
from inceptionspec.weights.writers import (
    write_keras_weights,
    write_safetensors,
    write_slim_checkpoint,
)

TINY = REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt"
Arrays = dict[tuple[str, str], Any]


def network() -> Graph:
    return inceptionspec.load(
        spec(
            "- name: Mixed\n"
            "  branches:\n"
            "  - [{op: conv, name: conv, filters: 3, kernel: 3, norm: batch_norm}]\n"
            "  - [{op: max_pool, kernel: 3, stride: 1}]\n"
            "- {op: flatten}\n"
            "- {op: dense, name: Logits, units: 4}",
            size="4x4",
        )
    ).graph


def arrays_of(graph: Graph) -> Arrays:
    draw = np.random.default_rng(1)
    return {
        (node.path, weight.name): draw.normal(size=weight.shape).astype("f4")
        for node in graph.nodes
        for weight in node.weights
    }


def same(read: dict[str, Any], arrays: Arrays, name_of: Callable[[str, str], str]) -> None:
    assert len(read) == len(arrays)
    for key, array in arrays.items():
        np.testing.assert_array_equal(read[name_of(*key)], array)


def test_safetensors_are_read_back_and_by_their_library(tmp_path: Path) -> None:
    graph = network()
    arrays = arrays_of(graph)
    path = tmp_path / "a.safetensors"
    write_safetensors(str(path), arrays, {"receipt": '{"größe": 1}', "a": "b"})
    file = SafetensorsFile(str(path), PLACE)
    assert file.metadata == {"receipt": '{"größe": 1}', "a": "b"}
    same(file.read(file.tensors), arrays, "{}/{}".format)
    same(load_file(path), arrays, "{}/{}".format)
    with safe_open(path, "np") as theirs:
        assert theirs.metadata() == file.metadata
    assert "Mixed/conv/moving_variance" in file.tensors
    assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0


def test_equal_safetensors_are_equal_bytes(tmp_path: Path) -> None:
    arrays = arrays_of(network())
    first, second, again = (tmp_path / name for name in ("a", "b", "c"))
    write_safetensors(str(first), arrays, {"a": "1", "b": "2"})
    turned = {key: np.asfortranarray(arrays[key]) for key in reversed(arrays)}
    write_safetensors(str(second), turned, {"b": "2", "a": "1"})
    assert first.read_bytes() == second.read_bytes()
    file = SafetensorsFile(str(first), PLACE)
    read = {
        (name.rpartition("/")[0], name.rpartition("/")[2]): array
        for name, array in file.read(file.tensors).items()
    }
    write_safetensors(str(again), read, file.metadata)
    assert first.read_bytes() == again.read_bytes()


def test_every_type_of_safetensors_is_written(tmp_path: Path) -> None:
    types = ("bool", "uint8", "int8", "uint16", "int16", "float16", "uint32", "int32", "float32",
             "uint64", "int64", "float64", "complex64", ">f4")  # fmt: skip
    arrays: Arrays = {("a", kind): np.array([[0, 1, 2]], kind) for kind in types}
    arrays |= {("a", "scalar"): np.float32(2), ("a", "empty"): np.zeros((0, 2), "f4")}
    path = tmp_path / "a.safetensors"
    write_safetensors(str(path), arrays)
    same(load_file(path), arrays, "{}/{}".format)


def test_a_checkpoint_is_read_back_under_tf_slims_names(tmp_path: Path) -> None:
    graph = inceptionspec.load("inception_v3", classes=11, width=0.125, min_filters=8).graph
    tiny = Checkpoint(str(TINY), PLACE)
    stored = tiny.read(tiny.tensors)
    arrays: Arrays = {}
    for variable in stored_variables(graph):
        arrays[variable.node.path, variable.weight.name] = stored[variable.name]
    prefix = tmp_path / "model.ckpt"
    write_slim_checkpoint(str(prefix), graph, arrays)
    assert sorted(os.listdir(tmp_path)) == ["model.ckpt.data-00000-of-00001", "model.ckpt.index"]
    written = Checkpoint(str(prefix), PLACE)
    read = written.read(written.tensors)
    assert len(read) == len(arrays)
    for name, array in read.items():
        np.testing.assert_array_equal(array, stored[name])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_slim_checkpoint(str(prefix), graph, dict(reversed(arrays.items())))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_weights_of_keras_are_by_class_and_rank(tmp_path: Path) -> None:
    graph = network()
    arrays = arrays_of(graph)
    path = tmp_path / "a.weights.h5"
    write_keras_weights(str(path), graph, arrays)
    with h5py.File(path) as file:
        names: list[str] = []
        file.visit(names.append)
        assert [name for name in names if name.endswith("vars")] == [
            "layers/batch_normalization/vars", "layers/conv2d/vars", "layers/dense/vars"
        ]  # fmt: skip
        assert file["layers/dense/vars"].attrs["name"] == "Logits"
        norm = file["layers/batch_normalization/vars"]
        assert norm.attrs["name"] == "Mixed.conv.BatchNorm"
        for number, weight in enumerate(("gamma", "beta", "moving_mean", "moving_variance")):
            np.testing.assert_array_equal(norm[str(number)], arrays["Mixed/conv", weight])
    first = path.read_bytes()
    write_keras_weights(str(path), graph, arrays)
    assert path.read_bytes() == first


Write = Callable[[str, Graph, Arrays], None]
WRITERS: dict[str, Write] = {
    "safetensors": lambda file, graph, arrays: write_safetensors(file, arrays),
    "slim": write_slim_checkpoint,
    "keras": write_keras_weights,
}


def test_every_writer_is_tested() -> None:
    assert len(WRITERS) == len(writers.__all__)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file can grow beyond some bytes, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path, write: Write) -> None:
    graph = network()
    arrays = arrays_of(graph)
    file = str(tmp_path / "model")
    write(file, graph, arrays)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with room_for(1024), pytest.raises(SpecError) as caught:
        write(file, graph, {key: array + 1 for key, array in arrays.items()})
    assert caught.value.findings[0].code == "E0803"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    with pytest.raises(SpecError) as caught:
        write(str(tmp_path / "none" / "model"), graph, arrays)
    assert caught.value.findings[0].code == "E0803"
