"""Modules of Python that build the network with Keras alone, and their weights next to them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inceptionspec.export.content import REST
from inceptionspec.export.files import weight_files
from inceptionspec.export.program import Program
from inceptionspec.export.receipt import MOST_BYTES
from inceptionspec.export.reference import as_input
from inceptionspec.export.running import Answers
from inceptionspec.ir.graph import Graph
from inceptionspec.utils.read_file import read_regular_file

_WEIGHTS, _RECEIPT = ".weights.h5", ".receipt.json"


def write(program: Program, target: Path) -> None:
    """Write the module and its weights."""
    from inceptionspec.backends.keras_source import keras_module

    text = keras_module(program.loaded, target.with_suffix(_WEIGHTS).name)
    target.write_text(text, "utf-8")
    weight_files.write_keras_weights(program, target.with_suffix(_WEIGHTS))


def put_receipt(program: Program, target: Path, text: str) -> None:
    """Write the receipt next to the module."""
    target.with_suffix(_RECEIPT).write_text(text, "utf-8")


def get_receipt(target: Path) -> str | None:
    """The text of the receipt."""
    try:
        file = target.with_suffix(_RECEIPT)
        return read_regular_file(file, MOST_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def content(target: Path, paths: Collection[str]) -> Mapping[str, str]:
    """A digest of the weights of each layer; that of the text is with what belongs to none."""
    held = dict(weight_files.keras_content(target.with_suffix(_WEIGHTS), paths))
    text = read_regular_file(target, MOST_BYTES)
    held[REST] = hashlib.sha256(held[REST].encode() + text).hexdigest()[:16]
    return held


#: What the new process does: only Keras and the module take part.
_SCRIPT = """
import runpy, sys
sys.modules["inceptionspec"] = None  # importing it fails
import numpy as np
module, weights, read, written = sys.argv[1:]
build = runpy.run_path(module)["build"]
import keras
model = build()
model.load_weights(weights)
images = np.load(read)
outputs = model.output
named = outputs if isinstance(outputs, dict) else {"": outputs}
yields = [keras.Operation.output.fget(layer) for layer in model.layers]  # as in keras_runner.py
whole = keras.Model(model.input, [*named.values(), *yields])
found = [np.asarray(array) for array in whole(images, training=False)]
names = [*(f"output {name}" for name in named), *(f"layer {layer.name}" for layer in model.layers)]
np.savez(written, **dict(zip(names, found, strict=True)))
"""


class ModuleRunner:
    """A module that was just written, in a new process."""

    def __init__(self, target: Path, graph: Graph, names: Collection[str]) -> None:
        import keras

        self.name = f"keras {keras.__version__}"
        self._target = target
        self._graph = graph
        self._names = tuple(names)
        self._answers: Answers | None = None

    def __call__(self, pictures: Any, *, layers: bool = False) -> Answers:
        """Run the module, once for the same pictures; every layer's result comes with it."""
        if self._answers is None:
            self._answers = self._run(pictures)
        return self._answers

    def _run(self, pictures: Any) -> Answers:
        from inceptionspec.export.content import by_keras_name, keras_owner

        with tempfile.TemporaryDirectory(prefix="specbuild-") as folder:
            read, written = Path(folder, "images.npy"), Path(folder, "found.npz")
            np.save(read, as_input(pictures, self._graph))
            weights = self._target.with_suffix(_WEIGHTS)
            subprocess.run(
                [sys.executable, "-c", _SCRIPT, str(self._target), str(weights), read, written],
                check=True,
                capture_output=True,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"},
                cwd=folder,
            )
            with np.load(written) as archive:
                found = {name: archive[name] for name in archive.files}
        outputs = {
            name.removeprefix("output ") or self._names[0]: array
            for name, array in found.items()
            if name.startswith("output ")
        }
        dotted = by_keras_name(node.path for node in self._graph.nodes)
        last = {
            keras_owner(name.removeprefix("layer "), dotted): array
            for name, array in found.items()
            if name.startswith("layer ")
        }
        return Answers(outputs, {path: last[path] for path in dotted.values() if path in last})


def runner(program: Program, target: Path) -> ModuleRunner:
    """The module that was written."""
    return ModuleRunner(target, program.graph, program.names)
