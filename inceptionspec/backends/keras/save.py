"""A model as a file that Keras alone can load."""

from __future__ import annotations

import keras

from inceptionspec.diagnostics.source import external
from inceptionspec.utils.atomic_write import atomic_write


def save(model: keras.Model, file: str) -> None:
    """Write a model whole or not at all.

    Raises:
        SpecError: the file cannot be written (E0803).
    """
    with atomic_write(file, external(f"-o {file}")) as unfinished:
        model.save(unfinished)
