"""Files of weights in every format, damaged at random: arrays or findings must come out."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import graph_writer
import numpy as np
import onnx_writer
from safetensors.numpy import save
from support import CORPUS
from weight_writer import (
    archive,
    keras_3,
    legacy,
    object_graph,
    whole_model,
    write_objects,
    write_tfjs,
)

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.weights.files import open_weights, stored_layers


class Format(NamedTuple):
    """Bytes to damage, and how they become weights in a folder, of which the result is the path."""

    good: bytes
    write: Callable[[Path, bytes], Path]


def _file(folder: Path, data: bytes) -> Path:
    (folder / "weights").write_bytes(data)
    return folder / "weights"


def _tfjs(name: str) -> Callable[[Path, bytes], Path]:
    """A TensorFlow.js model with other bytes in one of its files."""

    def write(folder: Path, data: bytes) -> Path:
        model = folder / "tfjs"
        model.mkdir(exist_ok=True)
        write_tfjs(model)
        (model / name).write_bytes(data)
        return model

    return write


def _objects(folder: Path, graph: bytes) -> Path:
    """With checksums that fit: the graph would never be looked at otherwise."""
    write_objects(folder / "objects", graph)
    return folder / "objects"


def _good_tfjs(name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_tfjs(Path(folder))
        return (Path(folder) / name).read_bytes()


def _graph(folder: Path, data: bytes) -> Path:
    """Nothing but its name says what a graph is."""
    (folder / "graph.pb").write_bytes(data)
    return folder / "graph.pb"


_SHARD = "group1-shard1of3.bin"
FORMATS: Mapping[str, Format] = {
    "legacy_h5": Format(legacy(":0", 2), _file),
    "model_h5": Format(whole_model(), _file),
    "weights_h5": Format(keras_3(), _file),
    "keras": Format(archive(), _file),
    "deflated_keras": Format(archive(8), _file),
    "tfjs_json": Format(_good_tfjs("model.json"), _tfjs("model.json")),
    "tfjs_shard": Format(_good_tfjs(_SHARD), _tfjs(_SHARD)),
    "objects": Format(object_graph(), _objects),
    "safetensors": Format(save({"a": np.arange(6.0), "b": np.ones(2, "f4")}, {"x": "y"}), _file),
    "torch": Format((CORPUS / "weights" / "torch_training.pth").read_bytes(), _file),
    "torch_legacy": Format((CORPUS / "weights" / "torch_legacy.pth").read_bytes(), _file),
    "onnx": Format(onnx_writer.every_form(), _file),
    "frozen_graph": Format(graph_writer.every_form(), _graph),
}


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Some bytes changed, and perhaps the end cut off or a piece moved."""
    whole = bytearray(data)
    kind = draw.random()
    if kind < 0.1:
        return bytes(whole[: draw.randrange(len(whole))])
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(len(whole))
        whole[at] = draw.choice((0, 255, draw.randrange(256), whole[at] ^ 1 << draw.randrange(8)))
    if kind > 0.9:
        start, end = draw.randrange(len(whole)), draw.randrange(len(whole))
        size = draw.choice((4, 8, 64))
        whole[start : start + size] = whole[end : end + size]
    return bytes(whole)


def outcome(path: Path) -> str:
    """What reading everything ends in: `read`, or the code of a finding."""
    try:
        file = open_weights(str(path), external("--weights"))
        file.read(file.tensors)
        stored_layers(file)
    except SpecError as error:
        return error.findings[0].code
    return "read"
