"""Models of Keras: written and loaded by Keras, and read here without it."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from inceptionspec.export.content import REST, by_keras_name, content_digests, keras_owner
from inceptionspec.export.files import hdf5
from inceptionspec.export.program import Program
from inceptionspec.export.receipt import FILE, MOST_BYTES
from inceptionspec.export.running import Runner
from inceptionspec.weights.files.wire import CorruptFileError

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"


def write(program: Program, target: Path) -> None:
    """Write the model.

    Raises:
        SpecError: TensorFlow is not installed (E0704).
    """
    from inceptionspec.export.files.keras_runner import built

    built(program).save(target)


def put_receipt(program: Program, target: Path, text: str) -> None:
    """Add the receipt as a member that Keras does not read."""
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(zipfile.ZipInfo(FILE), text, zipfile.ZIP_DEFLATED)


def get_receipt(target: Path) -> str | None:
    """The text of the receipt.

    Raises:
        CorruptFileError: it is no archive.
    """
    with _archive(target) as archive:
        if FILE not in archive.namelist():
            return None
        return _member(archive, FILE, MOST_BYTES).decode("utf-8", "replace")


def content(target: Path, paths: Collection[str]) -> Mapping[str, str]:
    """A digest of the settings and weights of each layer; all else is under ``""``.

    Raises:
        CorruptFileError: it is not a model that Keras wrote.
        SpecError: h5py is not installed (E0704).
    """
    return content_digests(_parts(target, by_keras_name(paths)), paths)


def _parts(target: Path, dotted: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """The settings of each layer and each array, with the path of its layer."""
    with _archive(target) as archive:
        try:
            config = json.loads(_member(archive, _CONFIG, MOST_BYTES))["config"]
            for layer in config.pop("layers"):
                path = keras_owner(layer["config"]["name"], dotted)
                yield path, json.dumps(layer, sort_keys=True).encode()
            yield REST, json.dumps(config, sort_keys=True).encode()
        except (ValueError, TypeError, KeyError, RecursionError):
            raise CorruptFileError(f"its member `{_CONFIG}` is malformed") from None
        try:
            with archive.open(_WEIGHTS) as stream:
                for array in hdf5.stored_arrays(stream):
                    yield keras_owner(array.layer, dotted), f"{array.place} {array.digest}".encode()
        except (KeyError, zipfile.BadZipFile, RuntimeError, EOFError, zlib.error):
            raise CorruptFileError(f"its member `{_WEIGHTS}` cannot be read") from None


def runner(program: Program, target: Path) -> Runner:
    """The file that was written, as Keras loads it."""
    import keras

    from inceptionspec.export.files.keras_runner import KerasRunner

    model = keras.saving.load_model(target, compile=False)
    return KerasRunner(model, program.graph, program.names, inside=program.inside is not None)


def _archive(target: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(target)
    except (zipfile.BadZipFile, ValueError):
        raise CorruptFileError("it is no archive of Keras") from None


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        with archive.open(name) as stream:
            found = stream.read(most + 1)
    except (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise CorruptFileError(f"its member `{name}` cannot be read") from error
    if len(found) > most:
        raise CorruptFileError(f"its member `{name}` is longer than {most:,} bytes")
    return found
