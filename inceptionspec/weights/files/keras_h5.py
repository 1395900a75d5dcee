"""Keras' files `.h5`: the legacy layout, of Keras 1 to 3, and the opener of both layouts.

A group for each layer, listed by the attribute ``layer_names``, holds arrays, listed by its
attribute ``weight_names``. A nested model is one group with all its arrays. A file of a whole
model has that under ``model_weights``, and its JSON in the attribute ``model_config``. Layout:
``keras/src/legacy/saving/legacy_h5_format.py``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.hdf5 import Group, Hdf5
from inceptionspec.weights.files.hdf5_weights import Hdf5Weights, Index, add
from inceptionspec.weights.files.keras_config import (
    ConfigLayer,
    Path,
    config_layers,
    layer_names,
    parsed,
    stored,
)
from inceptionspec.weights.files.keras_vars import has_vars, vars_index
from inceptionspec.weights.files.opening import opened
from inceptionspec.weights.files.wire import CorruptFileError

_TOP = "top_level_model_weights"
"""The group, listed nowhere, of the weights that a model has besides those of its layers."""
#: What Keras 1 called weights.
_KERAS_1: Mapping[str, str] = {
    "W": "kernel",
    "b": "bias",
    "running_mean": "moving_mean",
    "running_std": "moving_variance",
}


def open_keras_h5(reference: str, place: Span) -> Hdf5Weights:
    """Open an HDF5 file that Keras wrote, of the legacy layout or of that of ``.weights.h5``.

    Raises:
        SpecError: it cannot be read, or is none of Keras' (E0703).
    """
    return Hdf5Weights(reference, lambda: _content(reference), _index, place)


def h5_model(path: str) -> tuple[Any, str]:
    """The JSON of the model in an HDF5 file, and the version of Keras that wrote it.

    The JSON is None where the file holds weights alone.

    Raises:
        CorruptFileError: it is damaged.
        OSError: it cannot be opened.
    """
    with _content(path) as content:
        text = content.root.text("model_config")
        version = content.root.text("keras_version") or ""
    return parsed(text, "`model_config`") if text else None, version


@contextmanager
def _content(path: str) -> Iterator[Hdf5]:
    with opened(path) as file:
        yield Hdf5(file, 0, os.fstat(file.fileno()).st_size)


def _index(root: Group) -> Index:
    model = root.group("model_weights")
    if model is not None:
        text = root.text("model_config")
        layers = config_layers(parsed(text, "`model_config`")) if text else ()
        return _legacy_index("Keras model (.h5)", model, "model_weights/", layers)
    if root.texts("layer_names") is not None:
        return _legacy_index("Keras weights (.h5)", root, "", ())
    if has_vars(root):
        return vars_index(root)
    raise CorruptFileError("it is HDF5, and not as Keras writes it")


def _legacy_index(kind: str, group: Group, front: str, layers: Sequence[ConfigLayer]) -> Index:
    """Where the arrays are.

    Args:
        kind: what the file is, in words.
        group: the group that lists the layers.
        front: what leads to it.
        layers: the layers; none where the file has no JSON.
    """
    listed = group.texts("layer_names")
    if listed is None:
        raise CorruptFileError("it lists no layers")
    known = {layer.path for layer in layers}
    found: list[tuple[Path, str, str]] = []
    for name in [*listed, *([_TOP] if _TOP in group.names() else [])]:
        member = group.group(name)
        if member is None:
            raise CorruptFileError(f"it lists the layer `{name}` and does not hold it")
        weights = member.texts("weight_names") or []
        inner = {path[-1]: path for path in known if path[0] == name and len(path) > 1}
        nested = bool(inner) or (not known and _is_nested(weights))
        for weight in weights:
            path, last = (
                _of_nested(name, weight, inner) if nested else ((name,), _own(name, weight))
            )
            found.append((path, last, f"{front}{name}/{weight}"))
    names = layer_names([*known, *(path for path, _, _ in found if path not in known)])
    places: dict[str, str] = {}
    for path, last, at in found:
        add(places, f"{names[path]}/{last}", at)
    return Index(kind, places, stored(layers))


def _is_nested(weights: Sequence[str]) -> bool:
    """Whether weights are those of several layers; a layer's own have all the same parents."""
    return len({weight.rpartition("/")[0] for weight in weights}) > 1


def _own(layer: str, weight: str) -> str:
    """What a weight of a layer is called: its name less the layer's, which may be numbered.

    Keras 2 calls weights of ``dense`` ``dense_1/kernel:0`` if another ``dense`` was in the
    session; a layer that holds another has ``lstm/lstm_cell/kernel:0``. Keras 3 puts the model in
    front: ``sequential/dense/kernel``.
    """
    weight = _unnumbered(weight)
    *_, after = f"/{weight}".split(f"/{layer}/")
    if after != f"/{weight}":
        return after
    _, slash, rest = weight.partition("/")
    if slash:
        return rest
    rest = weight.removeprefix(f"{layer}_")
    return _KERAS_1.get(rest, rest)


def _of_nested(model: str, weight: str, inner: Mapping[str, Path]) -> tuple[Path, str]:
    """The path of a nested model's layer, and what one of its weights is called.

    The weight's name has the layer's, after those of some models that hold it.
    """
    *parents, last = _unnumbered(weight).split("/")
    for end in range(len(parents), 0, -1):
        path = inner.get(parents[end - 1])
        if path is not None:
            return path, "/".join([*parents[end:], last])
    return (model, parents[-1] if parents else model), last


def _unnumbered(weight: str) -> str:
    """A name without the number of its operation's output, which TensorFlow 1 appends."""
    return weight.removesuffix(":0")
