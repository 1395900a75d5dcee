"""The layers of a Keras model, from the JSON that describes it. Nothing is built from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inceptionspec.utils.finite_json import parse_finite_json
from inceptionspec.weights.files.weight_file import StoredLayer
from inceptionspec.weights.files.wire import CorruptFileError

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfigLayer:
    """A layer as a model's JSON describes it.

    Attributes:
        path: its name, after those of the nested models that it is in.
        kind: its class.
        config: its arguments.
        inputs: the paths of the layers that it reads.
        is_model: whether it is a nested model.
        is_operation: whether it is a function of Keras 3, which Keras does not count as a layer.
    """

    path: Path
    kind: str
    config: Mapping[str, Any]
    inputs: tuple[Path, ...]
    is_model: bool
    is_operation: bool


def parsed(text: str | bytes, name: str) -> Any:
    """The data of a text of JSON.

    Raises:
        CorruptFileError: it is not JSON, or too large.
    """
    try:
        return parse_finite_json(text, words=True)  # a pool pads with `-Infinity`
    except ValueError as error:
        raise CorruptFileError(f"its {name} is not JSON that is read: {error}") from None


def config_layers(model: Any) -> tuple[ConfigLayer, ...]:
    """The layers of a model, in its own order, each nested model before its layers.

    Args:
        model: the JSON of the model.

    Raises:
        CorruptFileError: it is not what Keras writes.
    """
    try:
        return tuple(_layers(model, ()))
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise CorruptFileError("the list of its layers is malformed") from None


def _layers(model: Any, parents: Path) -> Iterator[ConfigLayer]:
    for entry in _entries(model):
        config = entry.get("config")
        config = config if isinstance(config, dict) else {}
        name = entry.get("name") or config["name"]
        kind, module = entry["class_name"], str(entry.get("module"))
        if not isinstance(name, str) or not isinstance(kind, str):
            raise TypeError
        path = (*parents, name)
        is_model = bool(_entries(entry))
        yield ConfigLayer(
            path,
            kind.rpartition(">")[2],
            {} if is_model else config,
            tuple((*parents, read) for read in _sources(entry.get("inbound_nodes") or [])),
            is_model,
            module.startswith(("keras.src.ops", "keras.ops")),
        )
        if is_model:
            yield from _layers(entry, path)


def _entries(model: Any) -> Sequence[Any]:
    """The layers of a model; none for a layer that is none. Old Sequential models are a list."""
    config = model.get("config")
    layers = config.get("layers") if isinstance(config, dict) else config
    return layers if isinstance(layers, list) else []


def _sources(nodes: Any) -> Iterator[str]:
    """The names of the layers whose outputs a layer takes, as Keras 2 or 3 writes them.

    Keras 3 has an object with ``keras_history`` for each, Keras 2 a list of name and numbers.
    """
    if isinstance(nodes, dict):
        history = nodes.get("keras_history")
        if isinstance(history, list) and history:
            yield str(history[0])
            return
        nodes = list(nodes.values())
    if isinstance(nodes, list):
        if len(nodes) >= 3 and isinstance(nodes[0], str) and isinstance(nodes[1], int):
            yield nodes[0]
            nodes = nodes[3:]
        for part in nodes:
            yield from _sources(part)


def layer_names(paths: Sequence[Path]) -> dict[Path, str]:
    """What layers are called: by their own name, by their path where several have that name."""
    counts = Counter(path[-1] for path in dict.fromkeys(paths))
    return {path: path[-1] if counts[path[-1]] == 1 else "/".join(path) for path in paths}


def stored(layers: Sequence[ConfigLayer]) -> tuple[StoredLayer, ...]:
    """The layers as a file of weights lists them."""
    names = layer_names([layer.path for layer in layers])
    return tuple(
        StoredLayer(
            names[layer.path],
            layer.kind,
            layer.config,
            "/".join(layer.path[:-1]),
            tuple(names[path] for path in layer.inputs if path in names),
        )
        for layer in layers
    )
