"""The formats that a network is exported to: a literal, closed table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import short_path, shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import closest, listed

#: Options that only some formats take, as the command line writes them.
OUTPUTS, BATCH, OPTIMIZED, INSIDE = "--outputs", "--batch", "--optimized", "--preprocessing inside"
PRECISION = "--precision int8"
_COMPUTED = (OUTPUTS, BATCH, OPTIMIZED, INSIDE)


class Format(NamedTuple):
    """One row of the table.

    Fields:
        suffix: what the name of the file ends in.
        doc: what it is, in a line.
        trainable: whether what is written can be trained further.
        takes: the options that change what is written.
        verified: what loads the file before it gets its name.
        receipt: where the receipt is.
        companions: suffixes of what is written next to it, the receipt included.
        folder: whether it is a folder.
    """

    suffix: str
    doc: str
    trainable: bool
    takes: tuple[str, ...]
    verified: str
    receipt: str
    companions: tuple[str, ...] = ()
    folder: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "keras": Format(
            ".keras",
            "a Keras model of stock layers",
            True,
            (OUTPUTS, INSIDE),
            "Keras loads the model",
            "the member `inceptionspec.json` of the archive",
        ),
        "savedmodel": Format(
            ".savedmodel",
            "a folder for TensorFlow and its server",
            True,
            _COMPUTED,
            "TensorFlow loads the folder and runs its signature",
            "the file `assets.extra/inceptionspec.json`",
            folder=True,
        ),
        "onnx": Format(
            ".onnx",
            "an ONNX model for inference",
            False,
            (*_COMPUTED, PRECISION),
            "ONNX Runtime runs the model",
            "the metadata `inceptionspec.receipt`",
        ),
        "tflite": Format(
            ".tflite",
            "a LiteRT model for inference",
            False,
            _COMPUTED,
            "LiteRT's interpreter runs the model",
            "the metadata `inceptionspec.receipt`",
        ),
        "safetensors": Format(
            ".safetensors",
            "the weights alone, by path",
            True,
            (),
            "safetensors reads every array",
            "the metadata `inceptionspec.receipt`",
        ),
        "weights": Format(
            ".weights.h5",
            "the weights alone, for `load_weights` of the Keras model",
            True,
            (),
            "Keras loads the weights into a new model",
            "the attribute `inceptionspec.receipt` of the root",
        ),
        "checkpoint": Format(
            ".ckpt",
            "the weights alone, as a TF-Slim checkpoint",
            True,
            (),
            "TensorFlow reads every variable",
            "the file `OUT.receipt.json`",
            (".data-00000-of-00001", ".index", ".receipt.json"),
        ),
        "module": Format(
            ".py",
            "a readable Keras module that needs nothing of ours",
            True,
            (),
            "a new process runs the module with Keras",
            "the file `NAME.receipt.json`",
            (".weights.h5", ".receipt.json"),
        ),
    }
)


def format_of(file: str, name: str | None, place: Span) -> str:
    """The name of the format of a file: as it is told, or by the suffix.

    Raises:
        SpecError: the suffix is none of the table (E0804).
    """
    known = name or format_by_suffix(file)
    if known is not None:
        return known
    base = os.path.basename(file)
    stem, suffix = os.path.splitext(base)
    suffixes = [row.suffix for row in FORMATS.values()]
    near = ""
    if suffix:
        longer = [one for one in suffixes if one.endswith(suffix)]
        near = longer[0] if longer else closest(suffix, suffixes)
    helps = [f"did you mean `{short_path(stem + near)}`?"] if near else []
    helps.append("`--format savedmodel` writes a folder of any name")
    message = f"a model is exported to a file that ends in {listed(suffixes, 'or')}"
    label = shortened(f"not in `{suffix}`", 80) if suffix else ""
    raise spec_error("E0804", message, place, *helps, label=label)


def format_by_suffix(file: str) -> str | None:
    """The name of the format whose suffix a file has; None where it is no format's."""
    for name, row in FORMATS.items():
        if file.rstrip("/").endswith(row.suffix):
            return name
    return None


def companions(file: str, name: str) -> tuple[str, ...]:
    """The files that an export writes, the receipt last; ``file`` alone for most formats."""
    row = FORMATS[name]
    if name == "checkpoint":
        return tuple(file + suffix for suffix in row.companions)
    stem = file.removesuffix(row.suffix)
    return (file, *(stem + suffix for suffix in row.companions))
