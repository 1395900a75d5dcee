"""Our own network, run by the engine that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from inceptionspec.backends.engines import ENGINES
from inceptionspec.backends.engines import engine as engine_of
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.training import Term
from inceptionspec.bench.workers.data import WeightArrays, images, random_weights
from inceptionspec.bench.workers.steps import backward, forward
from inceptionspec.bench.workers.steps.step import PreparedStep, spec_model
from inceptionspec.ir.graph import Graph


def inference(
    job: Job, graph: Graph, outputs: Sequence[str], weights: WeightArrays | None
) -> PreparedStep:
    """A forward pass, or a prediction from NumPy to NumPy."""
    engine = ENGINES[job.engine]
    if engine.layers:
        network: forward.Network = spec_model(graph, outputs, weights)
    else:
        network = computation(job.engine, graph, outputs, weights or random_weights(graph))
    kind = forward.predict if job.mode == "predict" else forward.forward
    return kind(network, images(graph, job.batch), jit=engine.jit_compile)


def training(
    job: Job, graph: Graph, terms: Sequence[Term], weights: WeightArrays | None
) -> PreparedStep:
    """Gradients of the loss, with an update or without."""
    model = spec_model(graph, [term.path for term in terms], weights)
    kind = backward.train if job.mode == "train-step" else backward.gradients
    return kind(model, graph, terms, job.batch, jit=ENGINES[job.engine].jit_compile)


def computation(
    engine: str, graph: Graph, outputs: Sequence[str], weights: WeightArrays
) -> Callable[[Any], list[Any]]:
    """What an engine computes, to be traced in a `tf.function`.

    Args:
        engine: a name of ``ENGINES``; its field ``jit_compile`` says whether XLA compiles the
            function.
        graph: the network.
        outputs: names of ``graph.names``.
        weights: the arrays that the outputs depend on, by path and name.

    Returns:
        a function from a batch of images to the outputs in their order.

    Raises:
        SpecError: an output or the engine does not exist (E0806), or TensorFlow is not
            installed (E0704).
    """
    from inceptionspec.backends.tensorflow import program

    by_name = program(graph, weights, tuple(outputs), engine_of(engine))

    def compute(images: Any) -> list[Any]:
        tensors = by_name(images)
        return [tensors[name] for name in outputs]

    return compute
