"""Our own network, run by the engine that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.backends.engines import ENGINES, FLOAT32
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.training import Term
from inceptionspec.bench.workers.data import WeightArrays, images
from inceptionspec.bench.workers.steps import backward
from inceptionspec.bench.workers.steps.step import PreparedStep, spec_model
from inceptionspec.engines.compile import compile_network
from inceptionspec.ir.graph import Graph


def inference(
    job: Job,
    graph: Graph,
    outputs: Sequence[str],
    weights: WeightArrays,
    quantized: bytes | None = None,
) -> PreparedStep:
    """A forward pass over what is in the engine's memory, or a prediction from NumPy to NumPy."""
    network = compile_network(
        graph,
        weights,
        tuple(outputs),
        job.engine,
        batch=job.batch,
        threads=job.threads,
        precision=job.lowering.get("precision", FLOAT32),
        quantized=quantized,
        passes=job.passes,
    )
    noise = images(graph, job.batch)
    given = network.load(noise)
    return PreparedStep(
        (lambda: network(noise)) if job.mode == "predict" else (lambda: network.compute(given)),
        network.trace_seconds,
        outputs=lambda: list(network(noise).values()),
        facts={} if ENGINES[job.engine].in_tensorflow else {"runtime": network.runtime},
        precision=network.precision,
        gpu=network.gpu,
    )


def training(
    job: Job, graph: Graph, terms: Sequence[Term], weights: WeightArrays | None
) -> PreparedStep:
    """Gradients of the loss, with an update or without."""
    model = spec_model(graph, [term.path for term in terms], weights)
    kind = backward.train if job.mode == "train-step" else backward.gradients
    return kind(model, graph, terms, job.batch, jit=ENGINES[job.engine].jit_compile)
