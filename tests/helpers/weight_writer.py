"""A small network's weights in the files of Keras and its kin, as those write them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from table_writer import entry, table

from inceptionspec.weights.files.crc32c import crc32c, masked
from inceptionspec.weights.writers.messages import fixed32, message, varint
from inceptionspec.weights.writers.sstable import block

_draw = np.random.default_rng(3)


def _array(*shape: int) -> Any:
    return _draw.normal(size=shape).astype("float32")


#: The layers in the order of `model.layers`, each with its class and its weights.
OUTER: Mapping[str, tuple[str, dict[str, Any]]] = {
    "input_1": ("InputLayer", {}),
    "conv2d_7": ("Conv2D", {"kernel": _array(3, 3, 3, 4)}),
    "base": ("Functional", {}),
    "conv2d_9": ("Conv2D", {"kernel": _array(1, 1, 4, 2), "bias": _array(2)}),
    "dense": ("Dense", {"kernel": _array(2, 3), "bias": _array(3)}),
}
INNER: Mapping[str, tuple[str, dict[str, Any]]] = {
    "input_2": ("InputLayer", {}),
    "stem": ("DepthwiseConv2D", {"kernel": _array(3, 3, 4, 1)}),
    "batch_normalization": (
        "BatchNormalization",
        {"beta": _array(4), "moving_mean": _array(4), "moving_variance": _array(4)},
    ),
}
"""The layers of `base`."""
FLAGS: Mapping[str, dict[str, bool]] = {
    "conv2d_7": {"use_bias": False},
    "stem": {"use_bias": False},
    "batch_normalization": {"scale": False},
}


def expected() -> dict[str, Any]:
    """All arrays under the names that readers give them, in the order of the layers."""
    arrays = {}
    for name, (_, weights) in OUTER.items():
        layers = INNER if name == "base" else {name: ("", weights)}
        for layer, (_, held) in layers.items():
            arrays |= {f"{layer}/{weight}": array for weight, array in held.items()}
    return arrays


def config(keras: int = 3) -> dict[str, Any]:
    """The JSON of the model, as Keras 2 or 3 writes it."""

    def layers(named: Mapping[str, tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
        written: list[dict[str, Any]] = []
        before = ""
        for name, (kind, _) in named.items():
            arguments = {"name": name, **FLAGS.get(name, {})}
            if name == "base":
                arguments["layers"] = layers(INNER)
            nodes: list[Any] = []
            if before:
                history = {"shape": [None, 4], "keras_history": [before, 0, 0]}
                tensor = {"class_name": "__keras_tensor__", "config": history}
                nodes = [{"args": [tensor], "kwargs": {}}]
                if keras == 2:
                    nodes = [[[before, 0, 0, {}]]]
            written.append(
                {"class_name": kind, "config": arguments, "name": name, "inbound_nodes": nodes}
            )
            before = name
        return written

    return {"class_name": "Functional", "config": {"name": "model", "layers": layers(OUTER)}}


def write_legacy(group: Any, suffix: str = "", parts: int = 0) -> None:
    """The legacy layout: a group per layer; with `parts`, lists of names in parts of that length.

    Keras 2 ends names in `:0`, and stores them in a fixed length.
    """

    def listed(owner: Any, name: str, texts: Sequence[str]) -> None:
        data = np.array([text.encode() for text in texts], "S") if suffix else list(texts)
        if not parts or len(texts) <= parts:
            owner.attrs[name] = data if len(texts) else np.zeros(0)
            return
        for number in range(-(-len(texts) // parts)):
            owner.attrs[f"{name}{number}"] = data[number * parts : (number + 1) * parts]

    listed(group, "layer_names", list(OUTER))
    for name, (_, weights) in OUTER.items():
        held = {f"{name}/{weight}{suffix}": array for weight, array in weights.items()}
        if name == "base":
            held = {
                f"{layer}/{weight}{suffix}": array
                for layer, (_, inner) in INNER.items()
                for weight, array in inner.items()
            }
        member = group.create_group(name)
        listed(member, "weight_names", list(held))
        for path, array in held.items():
            member[path] = array


def legacy(suffix: str = "", parts: int = 0) -> bytes:
    """Weights alone, in the legacy layout."""
    data = BytesIO()
    with h5py.File(data, "w") as file:
        write_legacy(file, suffix, parts)
    return data.getvalue()


def whole_model(keras: int = 3) -> bytes:
    """A whole model as HDF5."""
    data = BytesIO()
    with h5py.File(data, "w") as file:
        file.attrs["model_config"] = json.dumps(config(keras))
        write_legacy(file.create_group("model_weights"), ":0" if keras == 2 else "")
        file["optimizer_weights/adam/iteration"] = 1
    return data.getvalue()


def keras_3(named: bool = True, layers: str = "layers") -> bytes:
    """Weights in Keras 3's layout, with or without the names of layers."""
    data = BytesIO()
    with h5py.File(data, "w") as file:
        ways = {
            "conv2d_7": "conv2d",
            "base": "functional",
            "conv2d_9": "conv2d_1",
            "dense": "dense",
            "stem": f"functional/{layers}/depthwise_conv2d",
            "batch_normalization": f"functional/{layers}/batch_normalization",
        }
        for name, way in ways.items():
            group = file.create_group(f"{layers}/{way}/vars")
            if named:
                group.attrs["name"] = name
            weights = {**OUTER, **INNER}[name][1]
            for number, array in enumerate(weights.values()):
                group[str(number)] = array
        file["optimizer/vars/0"] = 7
        file[f"{layers}/dropout/seed_generator/vars/0"] = np.zeros(2, "uint32")
    return data.getvalue()


def archive(method: int = zipfile.ZIP_STORED, members: Mapping[str, bytes] | None = None) -> bytes:
    """A `.keras` file; `members` replace or add some."""
    data = BytesIO()
    held = {
        "metadata.json": b'{"keras_version": "3.15.1"}',
        "config.json": json.dumps(config()).encode(),
        "model.weights.h5": keras_3(),
        **(members or {}),
    }
    with zipfile.ZipFile(data, "w", method) as file:
        for name, content in held.items():
            file.writestr(zipfile.ZipInfo(name), content, method)
    return data.getvalue()


def write_tfjs(folder: Path, shards: int = 3) -> dict[str, Any]:
    """A TensorFlow.js layers model; the result is its JSON."""
    arrays = expected()
    data = b"".join(array.tobytes() for array in arrays.values())
    side = -(-len(data) // shards)
    names = [f"group1-shard{number + 1}of{shards}.bin" for number in range(shards)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(data[number * side : (number + 1) * side])
    weights = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        for name, array in arrays.items()
    ]
    model = {
        "format": "layers-model",
        "modelTopology": {"keras_version": "2.11.0", "model_config": config(2)},
        "weightsManifest": [{"paths": names, "weights": weights}],
    }
    (folder / "model.json").write_text(json.dumps(model))
    return model


def object_graph() -> bytes:
    """The graph of objects of a checkpoint: a model with an optimizer that trains its layers."""

    def child(number: int, way: str) -> tuple[int, bytes]:
        return 1, message((1, number), (2, way.encode()))

    def variable(name: str, key: str) -> bytes:
        path = f"{key}/.ATTRIBUTES/VARIABLE_VALUE".encode()
        return message((2, message((1, b"VARIABLE_VALUE"), (2, name.encode()), (3, path))))

    nodes = [
        message(child(1, "model"), child(2, "save_counter")),
        message(child(3, "conv"), child(4, "optimizer")),
        variable("save_counter", "save_counter"),
        message(child(5, "kernel")),
        message(
            child(6, "_iterations"), child(7, "_learning_rate"), child(8, "_trainable_variables")
        )
        + message((3, message((1, 5), (2, b"m"), (3, 7)))),
        variable("conv2d/kernel", "model/conv/kernel"),
        variable("adam/iteration", "model/optimizer/_iterations"),
        variable("adam/learning_rate", "model/optimizer/_learning_rate"),
        message(child(9, "0")),
        variable("dense/kernel", "model/optimizer/_trainable_variables/0"),
    ]
    return message(*((1, node) for node in nodes))


def write_objects(prefix: Path, graph: bytes | None = None) -> dict[str, Any]:
    """A checkpoint of objects; the result are the arrays of the network."""
    graph = object_graph() if graph is None else graph
    keys = {
        "model/conv/kernel": _array(2, 3),
        "model/optimizer/_iterations": np.float32(1),
        "model/optimizer/_learning_rate": np.float32(2),
        "model/optimizer/_trainable_variables/0": _array(4),
        "save_counter": np.float32(3),
    }
    size = len(graph).to_bytes(4, "little")
    text = masked(crc32c(size)).to_bytes(4, "little") + graph
    checksum = fixed32(6, masked(crc32c(size + text)))
    stored = varint(len(graph)) + text
    scalar = message((1, 7), (2, b""), (3, 0), (4, 0), (5, len(stored)))
    entries = [(b"_CHECKPOINTABLE_OBJECT_GRAPH", scalar + checksum)]
    data = stored
    for key, array in keys.items():
        content = np.asarray(array).tobytes()
        held = entry(1, np.shape(array), len(data), content)
        entries.append((f"{key}/.ATTRIBUTES/VARIABLE_VALUE".encode(), held))
        data += content
    Path(f"{prefix}.index").write_bytes(table(block([(b"", message((1, 1))), *sorted(entries)])))
    Path(f"{prefix}.data-00000-of-00001").write_bytes(data)
    return {
        "conv2d/kernel": keys["model/conv/kernel"],
        "dense/kernel": keys["model/optimizer/_trainable_variables/0"],
    }
