"""Models of Keras: written and loaded by Keras, and read here without it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

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
    dotted = {path.replace("/", "."): path for path in paths}
    held = {path: hashlib.sha256() for path in (*paths, "")}
    with _archive(target) as archive:
        config = json.loads(_member(archive, _CONFIG, MOST_BYTES))
        layers = config["config"]["layers"]
        for layer in layers:
            text = json.dumps(layer, sort_keys=True)
            held[_owner(layer["config"]["name"], dotted)].update(text.encode())
        ends = {key: value for key, value in config["config"].items() if key != "layers"}
        held[""].update(json.dumps(ends, sort_keys=True).encode())
        with archive.open(_WEIGHTS) as stream:
            for array in hdf5.stored_arrays(stream):
                held[_owner(array.layer, dotted)].update(f"{array.place} {array.digest}".encode())
    return {path: digest.hexdigest()[:16] for path, digest in held.items()}


def runner(program: Program, target: Path) -> Runner:
    """The file that was written, as Keras loads it."""
    import keras

    from inceptionspec.export.files.keras_runner import KerasRunner

    model = keras.saving.load_model(target, compile=False)
    return KerasRunner(model, program.graph, program.names, inside=program.inside is not None)


def _owner(name: str, dotted: Mapping[str, str]) -> str:
    while name and name not in dotted:
        name = name.rpartition(".")[0]
    return dotted.get(name, "")


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
