"""Models of Keras as JSON and as files, in the dialects of Keras 2 and 3, without Keras."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from inceptionspec.diagnostics.source import external
from inceptionspec.importers.imported_network import ImportedNetwork
from inceptionspec.importers.keras.files import read_keras
from inceptionspec.weights.files.glance import glance
from inceptionspec.weights.files.keras_vars import snake_case

Arrays = Mapping[str, Mapping[str, Any]]
_MODULES = {True: "keras.src.ops.numpy", False: "keras.layers"}


class Tensor(NamedTuple):
    """What a layer reads: another layer, and which of its outputs."""

    name: str
    output: int = 0


class Written(NamedTuple):
    """A layer before it is written in a dialect.

    Attributes:
        kind: its class.
        config: its arguments, the name among them.
        args: what it is called with: names of layers, numbers, or lists of names.
        kwargs: the same by name.
        calls: how many times it is called so.
        is_operation: whether it is a function of Keras 3.
    """

    kind: str
    config: dict[str, Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = {}
    calls: int = 1
    is_operation: bool = False


def layer(kind: str, name: str, *args: Any, **config: Any) -> Written:
    """A layer that reads others, by their names."""
    return Written(kind, {"name": name, **config}, args)


def operation(kind: str, name: str, *args: Any, **config: Any) -> Written:
    """A function of Keras 3, called with names of layers and with numbers."""
    return Written(kind, {"name": name, **config}, args, is_operation=True)


def function(name: str, called: str, /, *args: Any, **kwargs: Any) -> Written:
    """A function of TensorFlow, as Keras 2 keeps it."""
    return Written("TFOpLambda", {"name": name, "function": called}, args, kwargs)


def image(*shape: int | None, name: str = "in") -> Written:
    """The input."""
    return Written("InputLayer", {"name": name, "batch_shape": [None, *(shape or (8, 8, 3))]}, ())


def functional(
    *layers: Written, outputs: Sequence[str] = (), keras: int = 3, name: str = "model"
) -> dict[str, Any]:
    """The JSON of a functional model; it puts out its last layer unless told otherwise."""
    inputs = [one.config["name"] for one in layers if one.kind == "InputLayer"]
    ends = list(outputs) or [layers[-1].config["name"]]
    return {
        "class_name": "Functional",
        "config": {
            "name": name,
            "layers": [_entry(one, keras) for one in layers],
            "input_layers": [[one, 0, 0] for one in inputs],
            "output_layers": [[one, 0, 0] for one in ends],
        },
        **({"module": "keras"} if keras == 3 else {"keras_version": "2.11.0"}),
    }


def sequential(*layers: Written, name: str = "model") -> dict[str, Any]:
    """The JSON of a sequential model."""
    entries = [{"class_name": one.kind, "config": one.config} for one in layers]
    return {"class_name": "Sequential", "config": {"name": name, "layers": entries}}


def nested(model: dict[str, Any], name: str, *inputs: Any) -> Written:
    """A model as a layer of another."""
    return Written(model["class_name"], {**model["config"], "name": name}, inputs)


def _entry(one: Written, keras: int) -> dict[str, Any]:
    write = _keras_3 if keras == 3 else _keras_2
    node = write(one) if one.args or one.kwargs else None
    config = one.config
    if keras == 2 and "batch_shape" in config:
        config = {**config, "batch_input_shape": config["batch_shape"]}
        del config["batch_shape"]
    return {
        "class_name": one.kind,
        "module": _MODULES[one.is_operation],
        "name": config["name"],
        "config": config,
        "inbound_nodes": [] if node is None else [node] * one.calls,
    }


def _keras_3(one: Written) -> Any:
    def written(value: Any) -> Any:
        if isinstance(value, list) and value and isinstance(value[0], float):
            return {"class_name": "__numpy__", "config": {"value": value, "dtype": "float32"}}
        if isinstance(value, list):
            return [written(part) for part in value]
        if isinstance(value, str):
            value = Tensor(value)
        if isinstance(value, Tensor):
            history = {"keras_history": [value.name, 0, value.output]}
            return {"class_name": "__keras_tensor__", "config": history}
        return value

    kwargs = {name: written(value) for name, value in one.kwargs.items()}
    return {"args": [written(value) for value in one.args], "kwargs": kwargs}


def _keras_2(one: Written) -> Any:
    given = {
        name: [value, 0, 0] if isinstance(value, str) else value
        for name, value in one.kwargs.items()
    }
    (args,) = one.args if len(one.args) == 1 else (list(one.args),)
    return [
        ["_CONSTANT_VALUE", -1, part, given] if not isinstance(part, str) else [part, 0, 0, given]
        for part in (args if isinstance(args, list) else [args])
    ]


# Files


def draw(shapes: Mapping[str, Mapping[str, tuple[int, ...]]], seed: int = 1) -> dict[str, Any]:
    """Arrays of some shapes, by layer and name."""
    chance = np.random.default_rng(seed)
    return {
        name: {weight: chance.normal(size=shape).astype("f4") for weight, shape in held.items()}
        for name, held in shapes.items()
    }


def write_json(folder: Path, model: Any) -> Path:
    """The text of `to_json`."""
    file = folder / "model.json"
    file.write_text(json.dumps(model))
    return file


def write_keras(folder: Path, model: Any, arrays: Arrays) -> Path:
    """A `.keras` file of a model whose layers are not nested."""
    weights = BytesIO()
    counts: Counter[str] = Counter()
    with h5py.File(weights, "w") as file:
        for entry in model["config"]["layers"]:
            if "ops" in entry["module"]:
                continue
            kind, name = snake_case(entry["class_name"]), entry["config"]["name"]
            way = f"layers/{kind}_{counts[kind]}" if counts[kind] else f"layers/{kind}"
            counts[kind] += 1
            for number, array in enumerate(arrays.get(name, {}).values()):
                file[f"{way}/vars/{number}"] = array
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", json.dumps(model))
        archive.writestr("model.weights.h5", weights.getvalue())
    return path


def write_h5(folder: Path, model: Any, arrays: Arrays, version: str = "2.11.0") -> Path:
    """A whole model as HDF5."""
    path = folder / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(model)
        file.attrs["keras_version"] = version
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = list(arrays)
        for name, held in arrays.items():
            member = group.create_group(name)
            member.attrs["weight_names"] = [f"{name}/{weight}:0" for weight in held]
            for weight, array in held.items():
                member[f"{name}/{weight}:0"] = array
    return path


def write_tfjs(folder: Path, model: Any, arrays: Arrays) -> Path:
    """A TensorFlow.js layers model."""
    named = {f"{name}/{key}": held for name, all_ in arrays.items() for key, held in all_.items()}
    (folder / "shard.bin").write_bytes(b"".join(array.tobytes() for array in named.values()))
    weights = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        for name, array in named.items()
    ]
    written = {
        "modelTopology": {"keras_version": "2.11.0", "model_config": model},
        "weightsManifest": [{"paths": ["shard.bin"], "weights": weights}],
    }
    return write_json(folder, written)


def read(path: Path) -> ImportedNetwork:
    """The imported network of a file."""
    return read_keras(glance(str(path)), external("SOURCE"))


def layers_of(network: ImportedNetwork) -> list[tuple[str, str, dict[str, Any], tuple[str, ...]]]:
    """The layers: name, operator, attributes, inputs."""
    return [(one.name, one.op, dict(one.attributes), one.inputs) for one in network.layers]
