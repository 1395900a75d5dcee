"""Files written whole or not at all, and refused before any work where they cannot be."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span


@contextmanager
def atomic_write(file: str, place: Span) -> Iterator[Path]:
    """A path to write to instead of ``file``, which is moved there when all went well.

    So a file is written whole or not at all. ``place`` is what findings show.

    Raises:
        SpecError: the folder does not exist or cannot be written, or a folder has the name.
    """
    check_writable(file, place)
    target = Path(file)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".specbuild-") as beside:
            unfinished = Path(beside, target.name)
            yield unfinished
            os.replace(unfinished, target)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"`{shortened(file, 80)}` cannot be written: {reason}"
        raise spec_error("E0803", message, place) from None


def check_writable(file: str, place: Span) -> None:
    """Say before any work is done that a file has no place to go.

    Raises:
        SpecError: the folder does not exist, or a folder has the name.
    """
    folder = os.path.dirname(file) or os.curdir
    if not os.path.isdir(folder):
        message = f"there is no folder `{shortened(folder, 80)}`"
        raise spec_error("E0803", message, place, "make it first")
    if os.path.isdir(file):
        message = f"`{shortened(file, 80)}` is a folder"
        helps = ("name a file in it",)
        raise spec_error("E0803", message, place, *helps)


def write_file(file: str, content: bytes, place: Span) -> None:
    """Write some bytes to a file, whole or not at all.

    Raises:
        SpecError: as ``whole_file`` does.
    """
    with atomic_write(file, place) as unfinished:
        unfinished.write_bytes(content)
