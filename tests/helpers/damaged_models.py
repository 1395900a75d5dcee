"""Models of every format that is imported, damaged at random: specs or findings must come out."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import onnx_writer
from damaged_files import damaged
from keras_models import (
    draw,
    functional,
    image,
    layer,
    nested,
    operation,
    sequential,
    write_h5,
    write_json,
    write_keras,
    write_tfjs,
)

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.importers.importing import import_source
from inceptionspec.weights.writers.messages import message

_NORM = ("gamma", "beta", "moving_mean", "moving_variance")
_ARRAYS = draw(
    {
        "stem": {"kernel": (3, 3, 3, 4), "bias": (4,)},
        "norm": dict.fromkeys(_NORM, (4,)),
        "gate": {"kernel": (1, 1, 4, 4), "bias": (4,)},
        "classes": {"kernel": (4, 5), "bias": (5,)},
    }
)


def model(keras: int = 3) -> dict[str, Any]:
    """A model with a gate, a residual and, in Keras 3, functions without layers."""
    layers = [
        image(16, 16, 3),
        layer("Conv2D", "stem", "in", filters=4, kernel_size=[3, 3], padding="same"),
        layer("BatchNormalization", "norm", "stem", axis=[3]),
        layer("Activation", "active", "norm", activation="relu"),
        layer("GlobalAveragePooling2D", "mean", "active"),
        layer("Reshape", "as_map", "mean", target_shape=[1, 1, 4]),
        layer("Conv2D", "gate", "as_map", filters=4, kernel_size=[1, 1], activation="sigmoid"),
        layer("Multiply", "gated", ["active", "gate"]),
        layer("Dropout", "drop", "gated", rate=0.2, noise_shape=[None, 1, 1, 1]),
        layer("Add", "sum", ["active", "drop"]),
    ]
    last = "sum"
    if keras == 3:
        layers.append(operation("Multiply", "scaled", "sum", 0.5))
        last = "scaled"
    layers += [
        layer("GlobalAveragePooling2D", "pool", last),
        layer("Dense", "classes", "pool", units=5, activation="softmax"),
    ]
    return functional(*layers, keras=keras)


def deep() -> dict[str, Any]:
    """A model in a model, without weights."""
    inner = sequential(image(16, 16, 3), layer("ReLU", "active"))
    return functional(image(16, 16, 3), nested(inner, "inner", "in"), layer("ReLU", "end", "inner"))


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    """What an ONNX graph takes or puts out: floats of a shape."""
    sides = b"".join(message((1, message((1, side)))) for side in shape)
    kind = message((1, message((1, 1), (2, sides))))
    return message((1, name.encode()), (2, kind))


def onnx() -> bytes:
    """A convolution, a function and a mean in ONNX."""
    weights = onnx_writer.tensor("w", 1, (4, 3, 1, 1), (9, bytes(4 * 12)))
    nodes = (
        onnx_writer.node("Conv", ["x", "w"], ["y"]),
        onnx_writer.node("Relu", ["y"], ["z"]),
        onnx_writer.node("GlobalAveragePool", ["z"], ["p"]),
    )
    ends = ((11, _value("x", (1, 3, 8, 8))), (12, _value("p", (1, 4, 1, 1))))
    graph = message(*((1, one) for one in nodes), (5, weights), *ends)
    return message((1, 8), (7, graph), (8, message((2, 17))))


class Source(NamedTuple):
    """Bytes to damage, and how they become a source in a folder, of which the result is the path.

    Attributes:
        good: the bytes.
        write: writes them.
        is_json: whether they are JSON, whose values can be changed one by one, too.
    """

    good: bytes
    write: Callable[[Path, bytes], Path]
    is_json: bool = False


def _file(folder: Path, data: bytes) -> Path:
    (folder / "model").write_bytes(data)
    return folder / "model"


def _tfjs(folder: Path, data: bytes) -> Path:
    (folder / "tfjs").mkdir(exist_ok=True)
    write_tfjs(folder / "tfjs", model(2), _ARRAYS)
    (folder / "tfjs" / "model.json").write_bytes(data)
    return folder / "tfjs"


def _good(write: Callable[[Path], Path]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder)).read_bytes()


SOURCES: Mapping[str, Source] = {
    "keras": Source(_good(lambda folder: write_keras(folder, model(), _ARRAYS)), _file),
    "h5": Source(_good(lambda folder: write_h5(folder, model(2), _ARRAYS)), _file),
    "json": Source(_good(lambda folder: write_json(folder, model())), _file, is_json=True),
    "old_json": Source(_good(lambda folder: write_json(folder, model(2))), _file, is_json=True),
    "deep_json": Source(_good(lambda folder: write_json(folder, deep())), _file, is_json=True),
    "onnx": Source(onnx(), _file),
    "tfjs": Source(
        _good(lambda folder: write_tfjs(folder, model(2), _ARRAYS)), _tfjs, is_json=True
    ),
}
_OTHERS: tuple[Any, ...] = (
    None, True, -1, 0, 3, 1.5, 1e30, "", "x", "same", "in", [], {}, [3], [[1, 2], [3]],
    {"class_name": "__numpy__", "config": {"value": [1.0, 2.0]}}, ["in", 0, 0],
)  # fmt: skip


def damaged_source(source: Source, chance: random.Random) -> bytes:
    """Bytes changed, or some values of the JSON exchanged for others or for each other."""
    if not source.is_json or chance.random() < 0.2:
        return damaged(source.good, chance)
    value = json.loads(source.good)
    for _ in range(chance.choice((1, 1, 2, 5))):
        places = list(_places(value))
        owner, key = chance.choice(places)
        other, name = chance.choice(places)
        owner[key] = json.loads(
            json.dumps(chance.choice((*_OTHERS, other[name], other[name], other[name])))
        )
    return json.dumps(value).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(part, dict | list):
            yield from _places(part)


def outcome(path: Path) -> str:
    """What importing ends in: `imported`, or the code of the first finding."""
    try:
        import_source(str(path), external(str(path))).arrays()
    except SpecError as error:
        return error.findings[0].code
    return "imported"
