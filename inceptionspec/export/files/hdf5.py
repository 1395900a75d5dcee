"""Arrays and attributes of HDF5 files that Keras wrote, without Keras."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.export.program import array_digest
from inceptionspec.export.receipt import KEY
from inceptionspec.weights.files.wire import CorruptFileError


class StoredArray(NamedTuple):
    """An array: the name of its layer, its own place in the file, and the digest of its numbers."""

    layer: str
    place: str
    digest: str


@contextmanager
def opened(file: str | IO[bytes], mode: str = "r") -> Iterator[Any]:
    """An HDF5 file.

    Raises:
        CorruptFileError: it is none.
        SpecError: h5py is not installed (E0704).
    """
    with packages("h5py", extra="weights", use="files of Keras need it"):
        import h5py
    try:
        stream = h5py.File(file, mode)
    except (OSError, RuntimeError) as error:
        if getattr(error, "errno", None):
            raise
        raise CorruptFileError("it is no file of HDF5") from None
    with stream:
        yield stream


def stored_arrays(file: str | IO[bytes]) -> Iterator[StoredArray]:
    """Every array that is stored in the file itself, as a whole; links are not followed.

    Raises:
        CorruptFileError: an array lies elsewhere, is packed, or cannot be read.
    """
    import h5py

    found: list[tuple[str, Any]] = []
    with opened(file) as stream:
        stream.visititems(lambda name, held: found.append((name, held)))
        for name, held in found:
            if not isinstance(held, h5py.Dataset):
                continue
            if held.is_virtual or held.external or held.id.get_storage_size() != held.nbytes:
                raise CorruptFileError(f"`{name}` is not stored plainly")
            layer = held.parent.attrs.get("name", "")
            try:
                yield StoredArray(str(layer), name, array_digest(held[()]))
            except (OSError, RuntimeError, TypeError, ValueError):
                raise CorruptFileError(f"`{name}` cannot be read") from None


def put_text(file: str, text: str) -> None:
    """Keep a text in an attribute of the root, as a string of variable length: of any length."""
    with opened(file, "r+") as stream:
        stream.attrs[KEY] = text


def get_text(file: str) -> str | None:
    """The text that ``put_text`` kept; None where there is none."""
    with opened(file) as stream:
        found = stream.attrs.get(KEY)
    return found if isinstance(found, str) else None
