"""What computes a network with its weights: TensorFlow, or a runtime that is installed instead."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.export.source import installed
from inceptionspec.ir.graph import Graph
from inceptionspec.utils.native_output import without_chatter

#: Weights by a layer's path and a weight's name.
Values = Mapping[tuple[str, str], Any]
#: From a batch, batch x height x width x channels, to one output of a network.
Run = Callable[[Any], Any]
# What LiteRT's interpreter says of the delegates that it takes.
_CHATTER = re.compile(rb"INFO: ")


class Runtime(NamedTuple):
    """A row of ``RUNTIMES``.

    Fields:
        packages: what must be installed, as Python imports it.
        make: from a graph, its weights, the name of the output and the size of the batch (None
            where it is open) to what runs it.
    """

    packages: tuple[str, ...]
    make: Callable[[Graph, Values, str, int | None], Run]


def _tensorflow(graph: Graph, values: Values, output: str, batch: int | None) -> Run:
    from inceptionspec.backends.tensorflow import Inference

    network = Inference(graph, values, output, batch=batch)
    return lambda images: network(images).numpy()


def _onnxruntime(graph: Graph, values: Values, output: str, batch: int | None) -> Run:
    from inceptionspec.backends.onnx import onnx_model

    return onnx_run(onnx_model(graph, values, (output,), batch), output)


def _litert(graph: Graph, values: Values, output: str, batch: int | None) -> Run:
    from inceptionspec.backends.litert import litert_model

    return litert_run(litert_model(graph, values, (output,), batch), output)


#: What can compute a network, the first that is installed first.
RUNTIMES: Mapping[str, Runtime] = MappingProxyType(
    {
        "tensorflow": Runtime(("tensorflow", "keras"), _tensorflow),
        "onnxruntime": Runtime(("onnx", "onnxruntime"), _onnxruntime),
        "litert": Runtime(("ai_edge_litert", "flatbuffers"), _litert),
    }
)


def installed_runtime() -> str:
    """The name of the first runtime that is installed.

    Raises:
        SpecError: there is none (E0704).
    """
    for name, runtime in RUNTIMES.items():
        if all(installed(package) for package in runtime.packages):
            return name
    raise spec_error(
        "E0704",
        "no package is installed that computes a network",
        "tensorflow",
        "pip install 'inceptionspec[tensorflow]'",
        "or pip install 'inceptionspec[onnxruntime]'",
        label="predicting needs it",
    )


def onnx_run(model: bytes, output: str, *, channels_last: bool = False) -> Run:
    """An ONNX model in ONNX Runtime, on the CPU.

    Args:
        model: the file. It reads batch x channels x height x width.
        output: the name of the output.
        channels_last: whether it reads batch x height x width x channels instead, as models
            do that preprocess pictures themselves.
    """
    with packages("onnxruntime", extra="onnxruntime", use="ONNX models need it"):
        import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(images: Any) -> Any:
        given = images if channels_last else np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        (found,) = session.run([output], {name: given})
        return found.transpose(0, 2, 3, 1) if found.ndim == 4 else found

    return run


def litert_run(model: bytes, output: str) -> Run:
    """A LiteRT model in its interpreter.

    Args:
        model: the file. It reads batch x height x width x channels.
        output: the name of the output.
    """
    with packages("ai_edge_litert", extra="litert", use="LiteRT models need it"):
        from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_content=model, num_threads=os.cpu_count())
    shaped: tuple[int, ...] = ()

    def run(images: Any) -> Any:
        nonlocal shaped
        if images.shape != shaped:
            shaped = images.shape
            number = interpreter.get_input_details()[0]["index"]
            interpreter.resize_tensor_input(number, images.shape)
            with without_chatter(_CHATTER):
                interpreter.allocate_tensors()
        signature = interpreter.get_signature_runner()
        (name,) = signature.get_input_details()
        return signature(**{name: images})[output]

    return run


def saved_model_run(folder: str, output: str) -> Run:
    """A SavedModel in TensorFlow, which runs whatever its graph holds.

    Args:
        folder: its folder.
        output: the name of the output in its signature.
    """
    from inceptionspec.backends.keras.import_keras import import_tensorflow

    import_tensorflow()
    import tensorflow as tf

    model = tf.saved_model.load(folder)
    signature = model.signatures["serving_default"]

    def run(images: Any, kept: Any = model) -> Any:  # the signature does not keep its variables
        return signature(images=tf.constant(images))[output].numpy()

    return run
