"""Keras 3's models: a zip file of the model's JSON and its weights as HDF5.

Keras stores the HDF5 uncompressed, so that it is read in place. Where someone compressed it, it
is unpacked to a temporary file. Layout: ``keras/src/saving/saving_lib.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.hdf5 import Hdf5
from inceptionspec.weights.files.hdf5_weights import Hdf5Weights
from inceptionspec.weights.files.keras_config import config_layers, parsed
from inceptionspec.weights.files.keras_vars import vars_index
from inceptionspec.weights.files.opening import corrupt_as_finding, opened
from inceptionspec.weights.files.wire import CorruptFileError
from inceptionspec.weights.files.zip_file import Archive

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
_METADATA = "metadata.json"
_MOST_BYTES_OF_CONFIG = 1 << 26


def open_keras_archive(reference: str, place: Span) -> Hdf5Weights:
    """Open a ``.keras`` file.

    Raises:
        SpecError: it cannot be read (E0703).
    """
    with corrupt_as_finding(reference, place):
        model, _ = archived_model(reference)
        layers = config_layers(model)
    return Hdf5Weights(
        reference,
        lambda: _weights(reference),
        lambda root: vars_index(root, "Keras model (.keras)", layers),
        place,
        check=lambda: _check(reference),
    )


def archived_model(path: str) -> tuple[Any, str]:
    """The JSON of the model in a ``.keras`` file, and the version of Keras that wrote it.

    Raises:
        CorruptFileError: it is none, or damaged.
        OSError: it cannot be opened.
    """
    with opened(path) as file:
        archive = Archive(file)
        for name in (CONFIG, WEIGHTS):
            if name not in archive:
                raise CorruptFileError(f"it has no `{name}`, which Keras writes")
        held = [name for name in (CONFIG, _METADATA) if name in archive]
        for name in held:
            if archive.size(name) > _MOST_BYTES_OF_CONFIG:
                raise CorruptFileError(f"its `{name}` is too large")
        model, *about = (parsed(archive.read(name), f"`{name}`") for name in held)
    version = about[0].get("keras_version") if about and isinstance(about[0], dict) else None
    return model, version if isinstance(version, str) else ""


@contextmanager
def _weights(path: str) -> Iterator[Hdf5]:
    """The HDF5 in a file."""
    with opened(path) as file:
        archive = Archive(file)
        with archive.content(WEIGHTS) as (content, start):
            yield Hdf5(content, start, archive.size(WEIGHTS))


def _check(path: str) -> None:
    """Compare the weights with the checksum that a zip file keeps."""
    with opened(path) as file:
        Archive(file).check(WEIGHTS)
