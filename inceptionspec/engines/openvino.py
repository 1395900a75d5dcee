"""Networks in OpenVINO, on the CPU: it reads the bytes of our ONNX models."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.backends.engines import BFLOAT16, FLOAT32, INT8, Engine
from inceptionspec.backends.import_openvino import import_openvino, openvino_core
from inceptionspec.engines.compiled import (
    Compiled,
    Task,
    channels_first,
    channels_last,
    counted,
    file_names,
)
from inceptionspec.engines.executed import of_openvino

#: What OpenVINO is told to compute in; unless it is told, it takes bfloat16 on some processors.
#: Integers come from the model: the hint is for the layers that stay in float.
PRECISIONS: Mapping[str, str] = MappingProxyType({FLOAT32: "f32", BFLOAT16: "bf16", INT8: "f32"})


def compiled(engine: Engine, task: Task) -> Compiled:
    """The network's ONNX model, compiled for one request at a time."""
    openvino = import_openvino()

    from inceptionspec.backends.onnx import onnx_model

    core = openvino_core()
    model = core.read_model(
        model=task.quantized or onnx_model(task.graph, task.values, task.outputs, task.batch)
    )
    options: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": PRECISIONS[task.precision],
        "PERFORMANCE_HINT": "LATENCY",
    }
    if task.threads is not None:
        options["INFERENCE_NUM_THREADS"] = task.threads
    network = core.compile_model(model, "CPU", options)
    request = network.create_infer_request()
    places = [network.output(name) for name in file_names(task)]

    def compute(given: Any) -> Any:
        request.set_input_tensor(given)
        request.infer()
        return request

    return Compiled(
        task,
        lambda images: openvino.Tensor(channels_first(images)),
        compute,
        # The request uses the memory of its outputs again.
        lambda yielded: [channels_last(yielded.get_tensor(place).data.copy()) for place in places],
        of_openvino(network),
        f"{engine.title} {openvino.__version__.partition('-')[0]}, "
        + counted(network.get_property("INFERENCE_NUM_THREADS")),
    )
