"""One forward pass, on images in memory, or from NumPy to NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inceptionspec.backends.engines import FLOAT32
from inceptionspec.bench.workers.steps.step import PreparedStep, trace_function

#: From a batch of images to the network's output tensors, inside a TensorFlow graph.
Network = Callable[[Any], list[Any]]


def forward(network: Network, batch: Any, *, jit: bool) -> PreparedStep:
    """A pass over one batch that is already in memory, so that a step draws no numbers.

    Args:
        network: what is run, not yet compiled.
        batch: the images, a NumPy array.
        jit: whether XLA compiles it.
    """
    import tensorflow as tf

    images = tf.constant(batch)

    def outputs_and_probes(images: Any) -> tuple[list[Any], list[Any]]:
        outputs = network(images)
        return outputs, [output[(0,) * output.shape.rank] for output in outputs]

    concrete, seconds = trace_function(_function(outputs_and_probes, batch, jit=jit))

    def step() -> None:
        # Where kernels are queued, as on a GPU, the call returns before they have run. A
        # probe is one number of an output. Copying it to the host waits for the kernels that
        # write this output, and so for all that they read. The whole outputs are returned
        # with their probes, so that nothing is pruned; they are not copied, since copying a
        # large output is not part of a forward pass.
        _, probes = concrete(images)
        for probe in probes:
            probe.numpy()

    def outputs() -> list[Any]:
        return [output.numpy() for output in concrete(images)[0]]

    return PreparedStep(step, seconds, outputs=outputs)


def predict(network: Network, batch: Any, *, jit: bool) -> PreparedStep:
    """A pass from a NumPy array of images to NumPy arrays of all outputs, copies included."""
    import tensorflow as tf

    concrete, seconds = trace_function(_function(network, batch, jit=jit))

    def step() -> list[Any]:
        return [output.numpy() for output in concrete(tf.constant(batch))]

    return PreparedStep(step, seconds, outputs=step)


def _function(compute: Callable[[Any], Any], batch: Any, *, jit: bool) -> Any:
    import tensorflow as tf

    # A fixed signature means one trace: no later step can include a second one.
    return tf.function(
        compute,
        input_signature=[tf.TensorSpec(batch.shape, FLOAT32)],
        autograph=False,
        jit_compile=jit,
    )
