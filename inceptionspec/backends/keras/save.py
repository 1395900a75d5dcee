"""A model as a file that Keras alone can load."""

from __future__ import annotations

import keras

from inceptionspec.files import whole_file
from inceptionspec.source import Source


def save(model: keras.Model, file: str) -> None:
    """Write a model whole or not at all.

    Raises:
        SpecError: the file cannot be written (E0803).
    """
    with whole_file(file, Source(f"-o {file}").whole()) as unfinished:
        model.save(unfinished)
