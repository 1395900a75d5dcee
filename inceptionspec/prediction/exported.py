"""A file that `specbuild export` wrote as a network that can be shown pictures.

Its receipt says how pictures become inputs and what its classes are called. ONNX, LiteRT and
TensorFlow run their own files. Of a Keras model and of files of weights only the weights are read:
the network is that of the spec in the receipt, so that nothing that the file describes is built or
executed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import short_path, shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.export.receipt import Receipt
from inceptionspec.export.verify import read_receipt
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ops.attribute_types import NONE
from inceptionspec.pictures.stated import stated_steps
from inceptionspec.prediction.from_spec import SpecNetwork, Tell
from inceptionspec.prediction.model import (
    Model,
    Network,
    classes_of,
    function_of,
    main_head,
    smallest_input,
)
from inceptionspec.prediction.results import Member
from inceptionspec.prediction.runtimes import Run, litert_run, onnx_run, saved_model_run

#: What the names of exported files end in, and the names of their formats.
SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        ".onnx": "onnx",
        ".tflite": "tflite",
        ".savedmodel": "savedmodel",
        ".keras": "keras",
        ".safetensors": "safetensors",
        ".weights.h5": "weights",
        ".ckpt": "checkpoint",
    }
)
_SAVED_MODEL = "saved_model.pb"


def _onnx(file: str, output: str, inside: bool) -> Run:
    return onnx_run(Path(file).read_bytes(), output, inside=inside)


def _litert(file: str, output: str, inside: bool) -> Run:
    return litert_run(Path(file).read_bytes(), output)


def _saved_model(folder: str, output: str, inside: bool) -> Run:
    return saved_model_run(folder, output)


#: What runs a file: the package, and what opens it by its path, the name of its output and
#: whether it preprocesses pictures itself.
_RUNS: Mapping[str, tuple[str, Callable[[str, str, bool], Run]]] = MappingProxyType(
    {
        "onnx": ("onnxruntime", _onnx),
        "tflite": ("litert", _litert),
        "savedmodel": ("tensorflow", _saved_model),
    }
)


def exported_format(reference: str) -> str | None:
    """The format of what is named like a spec and is an exported file; None for a spec."""
    name = reference.rstrip("/")
    for suffix, form in SUFFIXES.items():
        if name.lower().endswith(suffix):
            return form
    return "savedmodel" if os.path.isfile(os.path.join(name, _SAVED_MODEL)) else None


def exported_network(file: str, place: Span, tell: Tell = lambda found: None) -> Network:
    """An exported file, ready to be asked.

    Args:
        file: a path; ``exported_format`` knows its format.
        place: what findings show.
        tell: is told what reading weights makes noteworthy.

    Raises:
        SpecError: the file cannot be read (E0802), it has no receipt (E0717) or one that was
            changed (E0714), or its network does not predict classes of pictures (E0719, E0806).
    """
    form = exported_format(file)
    assert form is not None
    receipt = read_receipt(file, place)
    loaded = receipt.load()
    if form not in _RUNS:
        network = SpecNetwork(loaded, file, place, tell=tell)
        network.labels = receipt.labels
        return network
    return _ExportedNetwork(file, form, receipt, loaded, place)


class _ExportedNetwork(Network):
    """A file that a runtime of its own runs."""

    def __init__(
        self, file: str, form: str, receipt: Receipt, loaded: LoadedSpec, place: Span
    ) -> None:
        self._steps = stated_steps(loaded, place)
        self._output, self._function = _classes_output(receipt, loaded, file, place)
        self._file = file
        self._form = form
        self._inside = receipt.preprocessing_inside
        height, width, _ = loaded.graph.nodes[0].shape
        self._digest = loaded.digests["network"]
        self.name = loaded.name
        self.size = height, width
        self.classes = classes_of(loaded.graph, main_head(loaded))
        self.labels = receipt.labels
        self.smallest = smallest_input(loaded, main_head(loaded))
        self.batch = receipt.data["batch"]

    def model(self, batch: int) -> Model:
        """Open the file in its runtime."""
        runtime, opened = _RUNS[self._form]
        try:
            run = opened(self._file, self._output, self._inside)
        except SpecError:
            raise
        except Exception as error:  # each runtime has errors of its own for what it cannot run
            reason = shortened(str(error).partition("\n")[0], 80)
            message = f"`{short_path(self._file)}` cannot be run: {reason}"
            raise spec_error("E0802", message, self._file) from None
        member = Member(self.name, self._digest, self._file, runtime)
        return Model(
            member,
            self._steps,
            self.size,
            self._function,
            self._inside,
            batch,
            run,
            self.smallest,
        )


def _classes_output(
    receipt: Receipt, loaded: LoadedSpec, file: str, place: Span
) -> tuple[str, str]:
    """The output that holds the classes, and what makes probabilities of it.

    Raises:
        SpecError: it has no such output (E0806).
    """
    graph, head = loaded.graph, main_head(loaded)
    for name in receipt.outputs:
        if graph.names.get(name) == head.output:
            return name, function_of(graph, head)
    for name in receipt.outputs:
        if head.predictions is not None and graph.names.get(name) == head.predictions:
            return name, NONE
    raise _no_classes(head.name, file, place)


def _no_classes(head: str, file: str, place: Span) -> SpecError:
    return spec_error(
        "E0806",
        f"`{short_path(file)}` yields no classes",
        place,
        f"export it with `--outputs {head}`",
    )
