"""A model of Keras in memory: its JSON and its weights. Nothing of it is called or built again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from inceptionspec.backends.applications import check_application, unknown_application
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.importers.imported_network import ImportedNetwork
from inceptionspec.importers.keras.arrays import HeldArray
from inceptionspec.importers.keras.building import Builder
from inceptionspec.importers.keras.reading import imported
from inceptionspec.importers.keras.topology import MODELS, Path, topology
from inceptionspec.importers.problems import Problems
from inceptionspec.weights.files.keras_config import config_layers, layer_names, parsed
from inceptionspec.weights.files.opening import corrupt_as_finding

SCHEME = "keras:"
"""What the name of an application begins with, as a source."""


def read_model(model: Any, source: str, place: Span) -> ImportedNetwork:
    """The network that a model is.

    Args:
        model: a model of Keras 2 or 3.
        source: what to call it in ``sources:``; empty where nothing is known.
        place: where findings point.

    Raises:
        SpecError: it does not say what it is made of (E0723), or has no counterpart.
    """
    try:
        text = model.to_json()
    except Exception as error:
        message = f"the model does not say what it is made of: {shortened(str(error), 200)}"
        raise spec_error("E0723", sanitize(message), place) from None
    with corrupt_as_finding(source or "model", place, "model"):
        held = parsed(text, "description")
        problems = Problems(place)
        flat = topology(held, problems)
        names = layer_names([layer.path for layer in config_layers(held)])
        version = 2 if isinstance(held, dict) and "module" not in held else 3
        build = Builder(_ModelWeights(model, names), problems, version)
        return imported(flat, names, build, problems, source)


def read_application(name: str, place: Span) -> ImportedNetwork:
    """A model of ``keras.applications`` with initial weights.

    Args:
        name: such as ``keras:ResNet50``.
        place: where findings point.

    Raises:
        SpecError: there is no such model (E0806), or TensorFlow is not installed (E0704).
    """
    model = name.removeprefix(SCHEME)
    check_application(model, name)
    from inceptionspec.backends.keras.import_keras import import_tensorflow

    import_tensorflow()
    import keras

    make = getattr(keras.applications, model, None)
    if make is None:
        raise unknown_application(model, name)
    return read_model(make(weights=None), name, place)


class _ModelWeights:
    """The weights of a model in memory, by the names that its JSON gives its layers."""

    def __init__(self, model: Any, names: Mapping[Path, str]) -> None:
        self._layers = {names[path]: layer for path, layer in _layers(model) if path in names}

    def of(self, layer: str) -> Mapping[str, HeldArray]:
        """The arrays of a layer."""
        held = self._layers.get(layer)
        return {
            str(variable.name).removesuffix(":0").rpartition("/")[2]: _array(variable)
            for variable in (held.weights if held is not None else ())
        }


def _layers(model: Any) -> Iterator[tuple[Path, Any]]:
    """All layers by path, those of nested models included."""
    waiting: list[tuple[Path, Any]] = [((), model)]
    while waiting:
        scope, owner = waiting.pop()
        for layer in owner.layers:
            path = (*scope, layer.name)
            yield path, layer
            if type(layer).__name__ in MODELS:
                waiting.append((path, layer))


def _array(variable: Any) -> HeldArray:
    return HeldArray(tuple(variable.shape), lambda: np.asarray(variable))
