"""Networks in TensorFlow: one function, with Keras layers or plain operations."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from inceptionspec.backends.engines import Engine, weights_frozen
from inceptionspec.engines.compiled import Compiled, Task

_PRODUCTS = frozenset(
    {"BatchMatMulV2", "Conv2D", "Conv2DBackpropInput", "DepthwiseConv2dNative", "MatMul"}
)
"""The operations that multiply by kernels."""


def compiled(engine: Engine, task: Task) -> Compiled:
    """The network as a `tf.function`, traced for one shape of batches."""
    if task.threads is not None:
        limit_threads(task.threads)
    from inceptionspec.backends.tensorflow import InferenceFunction, program

    computation = program(engine, task.graph, task.values, task.outputs, precision=task.precision)
    start = time.perf_counter()
    network = InferenceFunction(computation, task.batch, jit_compile=engine.jit_compile)
    concrete = network.concrete
    seconds = time.perf_counter() - start
    import tensorflow as tf

    gpu = gpu_in_use()

    def load(images: Any) -> Any:
        with tf.device("/GPU:0" if gpu else None):
            return tf.constant(images)

    def compute(images: Any) -> Any:
        yielded = concrete(images)
        if gpu:  # the call returns before a device's kernels have run
            tf.test.experimental.sync_devices()
        return yielded

    intra = tf.config.threading.get_intra_op_parallelism_threads()
    return Compiled(
        task,
        load,
        compute,
        lambda yielded: [value.numpy() for value in yielded.values()],
        _products(concrete),
        f"{engine.title} {tf.__version__}, "
        + (f"{intra} threads" if intra else "as many threads as cores"),
        gpu,
        seconds,
        network.function,
    )


def _products(concrete: Any) -> Mapping[str, int]:
    """The operations of a function that multiply by kernels, by the type of what they yield."""
    return Counter(
        operation.outputs[0].dtype.name
        for operation in concrete.graph.get_operations()
        if operation.type in _PRODUCTS
    )


def gpu_in_use() -> str:
    """The GPU that TensorFlow computes with, the first that it finds; empty where it finds none."""
    import tensorflow as tf

    for device in tf.config.list_physical_devices("GPU"):
        name = tf.config.experimental.get_device_details(device).get("device_name", device.name)
        rounded = tf.config.experimental.tensor_float_32_execution_enabled()
        return f"{name}, products may be of TF32" if rounded else str(name)
    return ""


def kept_as(engine: Engine, precision: str) -> Callable[[Any], Any] | None:
    """How a weight is kept: kernels as tensors in a process whose weights are frozen."""
    from inceptionspec.backends.tensorflow import kept_as

    return kept_as(engine, precision) if weights_frozen() else None


def limit_threads(threads: int) -> None:
    """Set the threads within an operator, and those of operators in parallel.

    They belong to the process: one that has started to compute keeps those that it has.
    """
    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)

    import tensorflow as tf  # isort: skip

    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
