"""What computes a network with its weights: TensorFlow, or a runtime that is installed instead."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.ir.graph import Graph

#: Weights by a layer's path and a weight's name.
Values = Mapping[tuple[str, str], Any]
#: From a batch, batch x height x width x channels, to one output of a network.
Run = Callable[[Any], Any]


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


#: What can compute a network, the first that is installed first.
RUNTIMES: Mapping[str, Runtime] = MappingProxyType(
    {
        "tensorflow": Runtime(("tensorflow", "keras"), _tensorflow),
        "onnxruntime": Runtime(("onnx", "onnxruntime"), _onnxruntime),
    }
)


def installed_runtime() -> str:
    """The name of the first runtime that is installed.

    Raises:
        SpecError: there is none (E0704).
    """
    for name, runtime in RUNTIMES.items():
        if all(importlib.util.find_spec(package) for package in runtime.packages):
            return name
    raise spec_error(
        "E0704",
        "no package is installed that computes a network",
        "tensorflow",
        "pip install 'inceptionspec[tensorflow]'",
        "or pip install 'inceptionspec[onnxruntime]'",
        label="predicting needs it",
    )


def onnx_run(model: bytes, output: str) -> Run:
    """An ONNX model in ONNX Runtime, on the CPU.

    Args:
        model: the file. It reads batch x channels x height x width.
        output: the name of the output.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(images: Any) -> Any:
        given = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        (found,) = session.run([output], {name: given})
        return found.transpose(0, 2, 3, 1) if found.ndim == 4 else found

    return run
