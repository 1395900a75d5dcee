"""Networks in ONNX Runtime: on the CPU, or on a GPU where its provider for CUDA finds one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inceptionspec.backends.engines import FLOAT32, Engine
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.engines.compiled import (
    Compiled,
    Task,
    channels_first,
    channels_last,
    counted,
    file_names,
    product_nodes,
)
from inceptionspec.engines.executed import of_onnxruntime

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


def compiled(engine: Engine, task: Task) -> Compiled:
    """A session of the network's ONNX model."""
    from inceptionspec.backends.onnx import onnx_model

    model = task.quantized or onnx_model(task.graph, task.values, task.outputs, task.batch)
    session = session_of(model, task.threads, gpu=task.quantized is None)
    import onnxruntime

    names = file_names(task)
    reads = session.get_inputs()[0]

    on_gpu = session.get_providers()[0] == CUDA
    device = "cuda" if on_gpu else "cpu"

    def load(images: Any) -> Any:
        return onnxruntime.OrtValue.ortvalue_from_numpy(channels_first(images), device, 0)

    def compute(given: Any) -> Any:
        return session.run_with_ort_values(names, {reads.name: given})

    def compute_on_gpu(given: Any) -> Any:
        binding = session.io_binding()
        binding.bind_ortvalue_input(reads.name, given)
        for name in names:
            binding.bind_output(name, device)  # which keeps it there
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()
        return binding.get_outputs()

    return Compiled(
        task,
        load,
        compute_on_gpu if on_gpu else compute,
        lambda yielded: [channels_last(value.numpy()) for value in yielded],
        _products(task, model, reads.type),
        f"{engine.title} {onnxruntime.__version__}, "
        + (counted(task.threads) if task.threads else "as many threads as cores"),
        gpu=f"{CUDA}, device 0" if on_gpu else "",
    )


def _products(task: Task, model: bytes, reads: str) -> Mapping[str, int]:
    """As the file says, since the CPU computes what it holds; integers as the session has them."""
    if task.quantized is None:
        return {{"tensor(float)": FLOAT32}.get(reads, reads): product_nodes(task)}
    return of_onnxruntime(model)


def session_of(model: bytes, threads: int | None = None, *, gpu: bool = False) -> Any:
    """A session whose threads stop spinning when a run ends: other programs have the time then.

    Args:
        model: the bytes of the file.
        threads: how many compute; as many as there are cores unless given.
        gpu: whether a GPU computes where there is one. The session's providers say whether it does.

    Raises:
        SpecError: onnxruntime is not installed (E0704).
    """
    with packages("onnxruntime", extra="onnxruntime", use="ONNX models need it"):
        import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if threads is not None:
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = threads
    providers: list[Any] = [CPU]
    if gpu and CUDA in onnxruntime.get_available_providers():
        # Products of TF32 would not be those of float32.
        providers.insert(0, (CUDA, {"use_tf32": "0"}))
    return onnxruntime.InferenceSession(model, options, providers=providers)
