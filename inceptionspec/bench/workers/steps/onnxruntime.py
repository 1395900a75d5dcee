"""ONNX Runtime with the network of a spec and the same weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inceptionspec.bench.workers.data import Values
from inceptionspec.bench.workers.steps.step import PreparedStep
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.ir.graph import Graph

_CPU = "CPUExecutionProvider"


def prepare(
    graph: Graph, values: Values, outputs: Sequence[str], batch: Any, threads: int | None
) -> PreparedStep:
    """A session as installed, by the CPU's own kernels, and a run from NumPy to NumPy.

    ONNX Runtime takes images as batch x channels x height x width: they are turned before
    the clock starts. Its threads stop spinning when a run ends, since they would take the
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
    model = onnx_model(graph, values, tuple(outputs), len(batch))
    session = onnxruntime.InferenceSession(model, options, providers=[_CPU])
    turned = _turned(batch, (0, 3, 1, 2))
    value = onnxruntime.OrtValue.ortvalue_from_numpy(turned)
    names = [one.name for one in session.get_outputs()]
    reads = session.get_inputs()[0].name

    def step() -> Any:
        return session.run_with_ort_values(names, {reads: value})

    def yielded() -> list[Any]:
        found = session.run(names, {reads: turned})
        return [_turned(one, (0, 2, 3, 1)) if one.ndim == 4 else one for one in found]

    return PreparedStep(step, outputs=yielded, facts={"a step": "a run of ONNX Runtime's session"})


def _turned(array: Any, axes: tuple[int, ...]) -> Any:
    import numpy as np

    return np.ascontiguousarray(array.transpose(axes))
