"""Files of weights alone: safetensors, Keras' `.weights.h5` and TF-Slim's checkpoints.

Each kind is written, read again by the program whose format it is, and compared number by number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inceptionspec.diagnostics.source import external
from inceptionspec.export.content import (
    REST,
    by_keras_name,
    content_digests,
    keras_owner,
    owner,
)
from inceptionspec.export.files import hdf5
from inceptionspec.export.program import Program, Values, array_digest
from inceptionspec.export.receipt import KEY, MOST_BYTES
from inceptionspec.ir.slim_names import stored_variables
from inceptionspec.utils.read_file import read_regular_file
from inceptionspec.weights import writers
from inceptionspec.weights.files.safetensors_file import SafetensorsFile
from inceptionspec.weights.files.tf_checkpoint import Checkpoint
from inceptionspec.weights.files.weight_file import WeightFile

_RECEIPT_SUFFIX = ".receipt.json"


def _with(target: Path, suffix: str) -> Path:
    return target.with_name(target.name + suffix)


# safetensors


def write_safetensors(program: Program, target: Path, receipt: str = "") -> None:
    """Write the weights by path, with a receipt if there is one yet."""
    writers.write_safetensors(str(target), program.values, {KEY: receipt} if receipt else {})


def safetensors_receipt(target: Path) -> str | None:
    """The text of the receipt.

    Raises:
        SpecError: it is no file of safetensors (E0703).
    """
    return _safetensors(target).metadata.get(KEY)


def safetensors_content(target: Path, paths: Collection[str]) -> Mapping[str, str]:
    """A digest of the arrays of each layer."""
    return _stored(_safetensors(target), paths)


def _safetensors(target: Path) -> SafetensorsFile:
    return SafetensorsFile(str(target), external(str(target)))


def _stored(file: WeightFile, paths: Collection[str]) -> Mapping[str, str]:
    """A digest of the floating-point arrays of each layer; a checkpoint's scope stands in front."""

    def parts() -> Iterator[tuple[str, bytes]]:
        for name in sorted(file.tensors):
            array = file.read([name])[name]
            path = owner(name, paths) or owner(name.partition("/")[2], paths) or REST
            yield path, f"{name} {array.shape} {array_digest(array)}".encode()

    return content_digests(parts(), paths)


def reread_safetensors(program: Program, target: Path) -> tuple[str, Values]:
    """The weights, and what read them."""
    import safetensors
    from safetensors.numpy import load_file

    arrays = load_file(target)
    values = {key: arrays["/".join(key)] for key in program.values}
    return f"safetensors {safetensors.__version__}", values


# Keras


def write_keras_weights(program: Program, target: Path) -> None:
    """Write the weights as `save_weights` of the Keras model does."""
    writers.write_keras_weights(str(target), program.graph, program.values)


def put_keras_receipt(program: Program, target: Path, text: str) -> None:
    """Add the receipt."""
    hdf5.put_text(str(target), text)


def keras_receipt(target: Path) -> str | None:
    """The text of the receipt."""
    return hdf5.get_text(str(target))


def keras_content(target: Path, paths: Collection[str]) -> Mapping[str, str]:
    """A digest of the arrays of each layer."""
    dotted = by_keras_name(paths)
    return content_digests(
        (
            (keras_owner(array.layer, dotted), f"{array.place} {array.digest}".encode())
            for array in hdf5.stored_arrays(str(target))
        ),
        paths,
    )


def reread_keras(program: Program, target: Path) -> tuple[str, Values]:
    """The weights, and what read them: Keras, into a new model."""
    import keras

    from inceptionspec.backends.keras import build, weight_values

    model = build(program.graph, program.asked)
    model.load_weights(target)
    return f"keras {keras.__version__}", weight_values(model, program.graph)


# TF-Slim


def write_checkpoint(program: Program, target: Path) -> None:
    """Write the variables under TF-Slim's names."""
    writers.write_slim_checkpoint(str(target), program.graph, program.values)


def put_checkpoint_receipt(program: Program, target: Path, text: str) -> None:
    """Write the receipt next to the checkpoint."""
    _with(target, _RECEIPT_SUFFIX).write_text(text, "utf-8")


def checkpoint_receipt(target: Path) -> str | None:
    """The text of the receipt."""
    try:
        file = _with(target, _RECEIPT_SUFFIX)
        return read_regular_file(file, MOST_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def checkpoint_content(target: Path, paths: Collection[str]) -> Mapping[str, str]:
    """A digest of the variables of each layer."""
    return _stored(Checkpoint(str(target), external(str(target))), paths)


def reread_checkpoint(program: Program, target: Path) -> tuple[str, Values]:
    """The weights, and what read them: TensorFlow."""
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(target))
    values: dict[tuple[str, str], Any] = {
        (variable.node.path, variable.weight.name): np.asarray(reader.get_tensor(variable.name))
        for variable in stored_variables(program.graph)
    }
    return f"tensorflow {tf.__version__}", values
