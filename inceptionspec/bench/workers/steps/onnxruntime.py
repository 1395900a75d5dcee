"""ONNX Runtime with the network of a spec and the same weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inceptionspec.bench.workers.data import WeightArrays
from inceptionspec.bench.workers.steps.step import PreparedStep
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.ir.graph import Graph

_CPU = "CPUExecutionProvider"


def prepare(
    graph: Graph, weights: WeightArrays, outputs: Sequence[str], batch: Any, threads: int | None
) -> PreparedStep:
    """A session as installed, on the CPU, and a run from NumPy to NumPy.

    ONNX Runtime takes images as batch x channels x height x width: they are transposed before
    the clock starts. Its threads stop spinning when a run ends; they would otherwise use the
    other side's time.

    Raises:
        SpecError: onnx or onnxruntime is not installed (E0704).
    """
    with packages("onnxruntime", extra="onnxruntime", use="the comparison needs it"):
        import onnxruntime
    from inceptionspec.backends.onnx import onnx_model

    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if threads is not None:
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = threads
    model = onnx_model(graph, weights, tuple(outputs), len(batch))
    session = onnxruntime.InferenceSession(model, options, providers=[_CPU])
    channels_first = _transposed(batch, (0, 3, 1, 2))
    value = onnxruntime.OrtValue.ortvalue_from_numpy(channels_first)
    output_names = [output.name for output in session.get_outputs()]
    input_name = session.get_inputs()[0].name

    def step() -> Any:
        return session.run_with_ort_values(output_names, {input_name: value})

    def channels_last_outputs() -> list[Any]:
        arrays = session.run(output_names, {input_name: channels_first})
        return [_transposed(array, (0, 2, 3, 1)) if array.ndim == 4 else array for array in arrays]

    facts = {"a step": "a run of ONNX Runtime's session"}
    return PreparedStep(step, outputs=channels_last_outputs, facts=facts)


def _transposed(array: Any, axes: tuple[int, ...]) -> Any:
    import numpy as np

    return np.ascontiguousarray(array.transpose(axes))
