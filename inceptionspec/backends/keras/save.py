"""A model as a file that Keras alone can load."""

from __future__ import annotations

import os
import tempfile

import keras

from inceptionspec.diagnostics import Diagnostic, Label, SpecError
from inceptionspec.source import Source

SUFFIX = ".keras"


def save(model: keras.Model, file: str) -> None:
    """Write a model whole or not at all: beside its place first, then in one step to it.

    Raises:
        SpecError: the file does not end in ``.keras`` (E0804), or cannot be written (E0803).
    """
    place = Label(Source(file).whole())
    stem, suffix = os.path.splitext(file)
    if suffix != SUFFIX:
        message = f"a model cannot end in `{suffix}`" if suffix else f"`{file}` has no suffix"
        raise SpecError([Diagnostic("E0804", message, place, helps=(f"write `{stem}{SUFFIX}`",))])
    folder, name = os.path.split(file)
    try:
        with tempfile.TemporaryDirectory(dir=folder or os.curdir, prefix=".specbuild-") as beside:
            unfinished = os.path.join(beside, name)
            model.save(unfinished)
            os.replace(unfinished, file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"`{file}` cannot be written: {reason}"
        raise SpecError([Diagnostic("E0803", message, place)]) from None
