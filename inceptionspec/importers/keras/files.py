"""Files of Keras models: `.keras`, whole-model `.h5`, the text of `to_json`, TensorFlow.js."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.importers.imported_network import ImportedNetwork
from inceptionspec.importers.keras.arrays import FileWeights, NoWeights
from inceptionspec.importers.keras.building import Builder
from inceptionspec.importers.keras.reading import imported
from inceptionspec.importers.keras.topology import topology
from inceptionspec.importers.problems import Problems
from inceptionspec.weights.files import WeightFile
from inceptionspec.weights.files.glance import Glance
from inceptionspec.weights.files.hdf5_file import SIGNATURE
from inceptionspec.weights.files.keras_archive import CONFIG, archived_model, open_keras_archive
from inceptionspec.weights.files.keras_config import config_layers, layer_names
from inceptionspec.weights.files.keras_h5 import h5_model, open_keras_h5
from inceptionspec.weights.files.opening import corrupt_as_finding
from inceptionspec.weights.files.tfjs import MODEL, TensorFlowJs, json_of
from inceptionspec.weights.files.zip_file import SIGNATURE as _ZIP

_NEWEST = 3
_COUNTED = re.compile(r"((functional|model|sequential)(_\d+)?)?")
"""Names that Keras gives models that nobody named."""


class _Held(NamedTuple):
    """What a file holds: the model's JSON, its weights if any, the version of Keras."""

    model: Any
    weights: WeightFile | None
    version: str


def is_keras(seen: Glance) -> bool:
    """Whether a path is one of these files, at a glance."""
    damaged = seen.head.startswith(_ZIP) and not seen.members
    return (
        CONFIG in seen.members
        or damaged
        or seen.head.startswith(SIGNATURE)
        or seen.has(MODEL)
        or seen.head.lstrip()[:1] == b"{"
    )


def read_keras(seen: Glance, place: Span) -> ImportedNetwork:
    """The network in a file.

    Args:
        seen: the file.
        place: where findings point.

    Raises:
        SpecError: it cannot be read (E0703), or has no counterpart (E0721 to E0724).
    """
    path = seen.path
    with corrupt_as_finding(path, place):
        held = _held(seen, place)
        if not isinstance(held.model, dict):
            message = f"`{sanitize(short_path(path))}` holds weights alone, not the model"
            help_ = "save the whole model: `model.save('model.keras')`"
            raise spec_error("E0723", message, place, help_)
        problems = Problems(place)
        model = topology(held.model, problems)
        names = layer_names([layer.path for layer in config_layers(held.model)])
        source = FileWeights(held.weights, names.values()) if held.weights else NoWeights()
        build = Builder(source, problems, _major(held.version))
        network = imported(model, names, build, problems, Path(path).name)
    if _COUNTED.fullmatch(network.name):
        return replace(network, name=Path(os.path.abspath(path)).stem)
    return network


def _held(seen: Glance, place: Span) -> _Held:
    path = seen.path
    if seen.head.startswith(_ZIP):
        model, version = archived_model(path)
        return _Held(model, open_keras_archive(path, place), version)
    if seen.head.startswith(SIGNATURE):
        model, version = h5_model(path)
        weights = open_keras_h5(path, place) if model is not None else None
        return _Held(model, weights, version)
    if not seen.has(MODEL):
        model = json_of(path)
        if isinstance(model, dict) and "weightsManifest" not in model:
            return _Held(model, None, _text(model.get("keras_version"), ""))
    opened = TensorFlowJs(path, place)
    topology = opened.topology if isinstance(opened.topology, dict) else {}
    # Its layers are those of Keras 2, whoever wrote it.
    return _Held(topology.get("model_config", topology), opened, "2")


def _text(value: Any, default: str) -> str:
    return value if isinstance(value, str) else default


def _major(version: str) -> int:
    """The major version of Keras; what says none was written by a new one."""
    return int(version[0]) if version[:1].isdecimal() else _NEWEST
