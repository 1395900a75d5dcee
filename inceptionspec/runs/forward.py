"""One step of a forward pass, ready to be called again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inceptionspec.graph import Graph

DTYPE = "float32"
JIT_COMPILE = False
SEED = (0, 0)
USUAL_RANGE = (0.0, 1.0)
"""The input's range where a spec states none."""


def forward_step(graph: Graph, outputs: str | tuple[str, ...], batch: int) -> Callable[[], None]:
    """A forward pass (training=False) of ``batch`` images, float32.

    The images are uniform noise in the network's input range, made here, once, from a
    fixed seed: the step itself draws no random numbers. Tracing and compilation are left
    to the first call.

    Raises:
        SpecError: TensorFlow is not installed.
    """
    from inceptionspec.backends.keras import build

    model = build(graph, outputs)

    import tensorflow as tf  # after the backend, which explains a lack of it

    shape = (batch, *graph.nodes[0].shape)
    low, high = graph.value_range or USUAL_RANGE
    images = tf.random.stateless_uniform(shape, seed=SEED, minval=low, maxval=high, dtype=DTYPE)

    def whole_and_probes(images: Any) -> tuple[list[Any], list[Any]]:
        outputs = tf.nest.flatten(model(images, training=False))
        return outputs, [output[(0,) * output.shape.rank] for output in outputs]

    # A fixed signature means one trace: no later step can pay for a second one.
    forward = tf.function(
        whole_and_probes,
        input_signature=[tf.TensorSpec(shape, DTYPE)],
        autograph=False,
        jit_compile=JIT_COMPILE,
    )

    def step() -> None:
        # Where kernels are queued, as on a GPU, the call returns before they have run. A
        # probe, one number of an output, copied to the host, waits for the kernels that
        # write that output and hence for all that it reads. The outputs are returned whole
        # beside their probes, so that nothing is pruned for only one number being wanted;
        # and a large output is not copied, so that its copy does not count as the pass.
        _, probes = forward(images)
        for probe in probes:
            probe.numpy()

    return step
