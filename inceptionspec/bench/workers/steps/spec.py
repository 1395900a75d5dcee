"""Our own network at work, by the engine that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.loss import Term
from inceptionspec.bench.workers.data import Values, images, weights
from inceptionspec.bench.workers.engines import computation
from inceptionspec.bench.workers.prepared_step import PreparedStep
from inceptionspec.bench.workers.steps import backward, forward
from inceptionspec.bench.workers.steps.model import spec_model
from inceptionspec.ir.graph import Graph


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
