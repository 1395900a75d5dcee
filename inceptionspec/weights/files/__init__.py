"""Files of weights, a reader per format: arrays by the names that the file gives them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean
from inceptionspec.weights.files.frozen_graph import FrozenGraph
from inceptionspec.weights.files.glance import Glance, foreign_kind, glance
from inceptionspec.weights.files.hdf5_file import SIGNATURE
from inceptionspec.weights.files.keras_archive import open_keras_archive
from inceptionspec.weights.files.keras_h5 import open_keras_h5
from inceptionspec.weights.files.onnx_file import OnnxFile
from inceptionspec.weights.files.safetensors_file import (
    INDEX_SUFFIX,
    MOST_BYTES_OF_HEADER,
    SafetensorsFile,
)
from inceptionspec.weights.files.sstable import MAGIC as TABLE_MAGIC
from inceptionspec.weights.files.tf_checkpoint import FILE_SUFFIX
from inceptionspec.weights.files.tf_objects import VARIABLES, open_checkpoint
from inceptionspec.weights.files.tfjs import MODEL, TensorFlowJs
from inceptionspec.weights.files.torch_file import LEGACY_START, PICKLE, TorchFile
from inceptionspec.weights.files.weight_file import (
    StoredLayer,
    StoredTensor,
    WeightFile,
    stored_layers,
)

__all__ = [
    "READERS",
    "Reader",
    "StoredLayer",
    "StoredTensor",
    "WeightFile",
    "open_weights",
    "stored_layers",
]


class Reader(NamedTuple):
    """A format that is read.

    Attributes:
        format: its name, in words.
        suffixes: by which a file is known whose content says nothing.
        content: whether what a path holds is of this format, at a glance.
        open: opens a path; findings point at a place.
    """

    format: str
    suffixes: tuple[str, ...]
    content: Callable[[Glance], bool]
    open: Callable[[str, Span], WeightFile]


def _is_checkpoint(seen: Glance) -> bool:
    return (
        seen.tail.endswith(TABLE_MAGIC)
        or seen.has("checkpoint")
        or seen.has(f"{VARIABLES}.index")
        or os.path.isfile(f"{FILE_SUFFIX.sub('', seen.path)}.index")
    )


def _is_hdf5(seen: Glance) -> bool:
    return seen.head.startswith(SIGNATURE)


def _is_keras_archive(seen: Glance) -> bool:
    return {"config.json", "model.weights.h5"} <= seen.members


def _is_tfjs(seen: Glance) -> bool:
    return seen.has(MODEL) or (
        seen.head.lstrip().startswith(b"{")
        and any(key in seen.head for key in (b'"modelTopology"', b'"weightsManifest"'))
    )


def _is_safetensors(seen: Glance) -> bool:
    length = int.from_bytes(seen.head[:8], "little")
    return (seen.is_file and seen.path.endswith(INDEX_SUFFIX)) or (
        seen.head[8:9] == b"{" and length <= MOST_BYTES_OF_HEADER
    )


def _is_torch(seen: Glance) -> bool:
    return seen.head.startswith(LEGACY_START) or any(
        os.path.basename(name) == PICKLE for name in seen.members
    )


def _is_onnx(seen: Glance) -> bool:
    """A message that starts with a version of ONNX, then has a field of bytes."""
    version, following = seen.head[1:2], seen.head[2:3]
    return seen.head[:1] == b"\x08" and b"\x03" <= version < b"\x20" and following in b"\x12:B"


#: All formats. The first whose content fits opens a file, then the first whose suffix does.
READERS: tuple[Reader, ...] = (
    Reader(
        "TensorFlow checkpoint or SavedModel", (".ckpt", ".index"), _is_checkpoint, open_checkpoint
    ),
    Reader("Keras `.h5` and `.weights.h5`", (".h5", ".hdf5"), _is_hdf5, open_keras_h5),
    Reader("Keras `.keras`", (".keras",), _is_keras_archive, open_keras_archive),
    Reader("safetensors", (".safetensors",), _is_safetensors, SafetensorsFile),
    Reader("TensorFlow.js", (".json",), _is_tfjs, TensorFlowJs),
    Reader("PyTorch `.pth` and `.pt`", (".pth", ".pt"), _is_torch, TorchFile),
    Reader("ONNX", (".onnx",), _is_onnx, OnnxFile),
    Reader("frozen TensorFlow graph", (".pb",), lambda seen: False, FrozenGraph),
)


def open_weights(reference: str, place: Span) -> WeightFile:
    """Open a file of weights of any known format, by its content first, then by its name.

    Args:
        reference: a path: a file, a folder, or a checkpoint's prefix.
        place: where findings point.

    Raises:
        SpecError: there is no such file, or it cannot be read (E0703).
    """
    try:
        seen = glance(reference)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"`{_shown(reference)}` cannot be read"
        raise spec_error("E0703", message, place, notes=(sanitize(reason.lower()),)) from None
    for reader in READERS:
        if reader.content(seen):
            return reader.open(reference, place)
    if not seen.is_file and not seen.is_folder:
        raise SpecError([_absent(reference, place)])
    for reader in READERS:
        if reference.lower().endswith(reader.suffixes) and not any(foreign_kind(seen, sure=True)):
            return reader.open(reference, place)
    raise SpecError([_unknown(seen, place)])


def _absent(reference: str, place: Span) -> Diagnostic:
    """The finding for a path where no file or folder is."""
    if os.path.lexists(reference):
        what = "is not a regular file"
        if not os.path.exists(reference):
            what = "is a link to what is not there"
        return finding("E0703", f"`{_shown(reference)}` {what}", place)
    folder = Path(reference).parent
    name = Path(reference).name
    held = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    if any(other.startswith(f"{name}.data-") for other in held):
        helps: tuple[str, ...] = (f"`{_shown(reference)}.index` belongs to it: copy that file too",)
    else:
        near = did_you_mean(name, (sanitize(other) for other in held))
        helps = near or (
            "name a file that is there; a checkpoint is named without its suffix: `model.ckpt` "
            "for `model.ckpt.index` and `model.ckpt.data-00000-of-00001`",
        )
    noun = "checkpoint" if ".ckpt" in name else "file of weights"
    return finding("E0703", f"there is no {noun} `{_shown(reference)}`", place, *helps)


def _unknown(seen: Glance, place: Span) -> Diagnostic:
    """The finding for a file that no reader knows."""
    kind, remedy = foreign_kind(seen)
    held = f"is {kind}, not weights" if kind else "is no file of weights that is known"
    if not kind and seen.is_folder:
        held = "is a folder without weights that are known"
    known = "these are read: " + ", ".join(reader.format for reader in READERS)
    return finding(
        "E0703", f"`{_shown(seen.path)}` {held}", place, *filter(None, [remedy]), notes=(known,)
    )


def _shown(path: str) -> str:
    return sanitize(short_path(path))
