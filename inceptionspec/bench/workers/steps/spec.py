"""Our own network at work, by the engine that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inceptionspec.backends.engines import ENGINES
from inceptionspec.backends.engines import engine as engine_of
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.training import Term
from inceptionspec.bench.workers.data import Values, images, weights
from inceptionspec.bench.workers.steps import backward, forward
from inceptionspec.bench.workers.steps.step import PreparedStep, spec_model
from inceptionspec.ir.graph import Graph


def computation(
    engine: str, graph: Graph, outputs: Sequence[str], values: Mapping[tuple[str, str], Any]
) -> Callable[[Any], list[Any]]:
    """What an engine computes, to be traced in a `tf.function`.

    Args:
        engine: a name of ``engines.ENGINES``; whether XLA compiles the function is its
            field ``jit_compile``.
        graph: the network.
        outputs: names of ``graph.names``.
        values: the weights that they hang on, by path and name.

    Returns:
        a function from a batch of images to the outputs in their order.

    Raises:
        SpecError: an output or the engine does not exist, or TensorFlow is not installed.
    """
    from inceptionspec.backends.tensorflow import program

    made = program(graph, values, tuple(outputs), engine_of(engine))

    def compute(images: Any) -> list[Any]:
        yielded = made(images)
        return [yielded[name] for name in outputs]

    return compute


def inference(
    job: Job, graph: Graph, outputs: Sequence[str], values: Values | None
) -> PreparedStep:
    """A forward pass, or a prediction from NumPy to NumPy."""
    engine = ENGINES[job.engine]
    if engine.layers:
        network: forward.Network = spec_model(graph, outputs, values)
    else:
        held = weights(graph) if values is None else values
        network = computation(job.engine, graph, outputs, held)
    kind = forward.predict if job.mode == "predict" else forward.forward
    return kind(network, images(graph, job.batch), jit=engine.jit_compile)


def training(job: Job, graph: Graph, found: Sequence[Term], values: Values | None) -> PreparedStep:
    """Gradients of the loss, with an update or without."""
    model = spec_model(graph, [one.path for one in found], values)
    kind = backward.train if job.mode == "train-step" else backward.gradients
    return kind(model, graph, found, job.batch, jit=ENGINES[job.engine].jit_compile)
