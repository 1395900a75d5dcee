"""How readers open files, and what they say of one that they cannot read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path, shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.wire import CorruptFileError


@contextmanager
def corrupt_as_finding(path: str, place: Span, noun: str = "file") -> Iterator[None]:
    """What goes wrong with a file in this context, as a finding.

    Args:
        path: the file.
        place: where the finding points.
        noun: what it is, in a word or two.

    Raises:
        SpecError: a ``CorruptFileError`` or an ``OSError`` came out of the context (E0703).
    """
    helps: tuple[str, ...] = ()
    try:
        yield
        return
    except CorruptFileError as error:
        reason, helps = str(error), error.helps
    except (OSError, UnicodeEncodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
    message = f"the {noun} `{sanitize(short_path(path))}` cannot be read"
    raise spec_error(
        "E0703", message, place, *helps, notes=(sanitize(shortened(reason, 200)),)
    ) from None


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """An open regular file, without waiting for who writes to a FIFO.

    Raises:
        CorruptFileError: it is not a regular file.
        OSError: it cannot be opened.
    """
    if "\0" in path:
        raise CorruptFileError("its name holds a null character")
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise CorruptFileError("it is not a regular file")
        yield file


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def file_size(file: BinaryIO) -> int:
    """How many bytes an open file has."""
    return os.fstat(file.fileno()).st_size


def exactly(file: BinaryIO, start: int, size: int) -> bytes:
    """Some bytes of a file, once they are known to be there.

    Raises:
        CorruptFileError: it ends earlier.
    """
    if start < 0 or size < 0 or start + size > file_size(file):
        raise CorruptFileError("it ends too early")
    file.seek(start)
    data = file.read(size)
    if len(data) != size:
        raise CorruptFileError("it ends too early")
    return data
