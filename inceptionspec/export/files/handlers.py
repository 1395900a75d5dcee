"""How each format of ``formats.FORMATS`` is written, read and run: the table that mirrors it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.export.files import (
    keras_file,
    litert_file,
    module_file,
    onnx_file,
    saved_model,
    weight_files,
)
from inceptionspec.export.program import Program, Values
from inceptionspec.export.running import Runner


class Handler(NamedTuple):
    """What can be done with files of a format. Frameworks are imported when it is done.

    Fields:
        write: a new file, without a receipt.
        put_receipt: the same file with a receipt.
        get_receipt: the text of the receipt; None where there is none.
        content: a digest of what belongs to each layer of some paths. Nothing of the file is run.
        runner: the file that was just written, in its own runtime.
        reread: its weights as its own program reads them, and the name of the program, for
            files of weights.
        runtime: the package that the two need, as Python imports it.
    """

    write: Callable[[Program, Path], None]
    put_receipt: Callable[[Program, Path, str], None]
    get_receipt: Callable[[Path], str | None]
    content: Callable[[Path, Collection[str]], Mapping[str, str]]
    runtime: str
    runner: Callable[[Program, Path], Runner] | None = None
    reread: Callable[[Program, Path], tuple[str, Values]] | None = None


HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "keras": Handler(
            keras_file.write,
            keras_file.put_receipt,
            keras_file.get_receipt,
            keras_file.content,
            "tensorflow",
            keras_file.runner,
        ),
        "savedmodel": Handler(
            saved_model.write,
            saved_model.put_receipt,
            saved_model.get_receipt,
            saved_model.content,
            "tensorflow",
            saved_model.runner,
        ),
        "onnx": Handler(
            onnx_file.write,
            onnx_file.put_receipt,
            onnx_file.get_receipt,
            onnx_file.content,
            "onnxruntime",
            onnx_file.runner,
        ),
        "tflite": Handler(
            litert_file.write,
            litert_file.put_receipt,
            litert_file.get_receipt,
            litert_file.content,
            "ai_edge_litert",
            litert_file.runner,
        ),
        "safetensors": Handler(
            weight_files.write_safetensors,
            weight_files.write_safetensors,
            weight_files.safetensors_receipt,
            weight_files.safetensors_content,
            "safetensors",
            reread=weight_files.reread_safetensors,
        ),
        "weights": Handler(
            weight_files.write_keras_weights,
            weight_files.put_keras_receipt,
            weight_files.keras_receipt,
            weight_files.keras_content,
            "tensorflow",
            reread=weight_files.reread_keras,
        ),
        "checkpoint": Handler(
            weight_files.write_checkpoint,
            weight_files.put_checkpoint_receipt,
            weight_files.checkpoint_receipt,
            weight_files.checkpoint_content,
            "tensorflow",
            reread=weight_files.reread_checkpoint,
        ),
        "module": Handler(
            module_file.write,
            module_file.put_receipt,
            module_file.get_receipt,
            module_file.content,
            "tensorflow",
            module_file.runner,
        ),
    }
)
