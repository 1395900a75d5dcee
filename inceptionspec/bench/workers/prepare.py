"""From a job to a step that is ready: which code runs, for each side and mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from inceptionspec.bench.request.job import Job, deserialize_spec
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.target import target
from inceptionspec.bench.request.training import loss_terms
from inceptionspec.bench.workers.data import WeightArrays, images, random_weights
from inceptionspec.bench.workers.steps.step import PreparedStep
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import ancestors, resolve_outputs


def prepare(job: Job) -> PreparedStep:
    """Make one side of a benchmark ready, up to tracing.

    Raises:
        SpecError: a package is not installed (E0704), or the weights do not fit.
    """
    if job.threads is not None and MODES[job.mode].tensorflow and job.side != "onnxruntime":
        _limit_threads(job.threads)
    return _SIDES[job.side](job)


def _limit_threads(threads: int) -> None:
    """Set the threads within an operator, and those of operators in parallel."""
    import tensorflow as tf

    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def _spec(job: Job) -> PreparedStep:
    from inceptionspec.bench.workers.steps import build, spec

    if job.mode == "analyze":
        return build.analyze(job.network)
    loaded = deserialize_spec(job.network)
    graph = loaded.graph
    if MODES[job.mode].trains:
        return spec.training(job, graph, loss_terms(graph, job.head), _weights(job, loaded))
    outputs = target(graph, job.head).paths
    if job.mode == "build":
        return build.build(job.network, outputs)
    return spec.inference(job, graph, outputs, _weights(job, loaded))


def _keras(job: Job) -> PreparedStep:
    from inceptionspec.bench.workers.steps import applications

    loaded = deserialize_spec(job.network)
    return applications.prepare(job, loaded.graph, _weights(job, loaded) or {})


def _onnxruntime(job: Job) -> PreparedStep:
    from inceptionspec.bench.workers.steps import onnxruntime

    loaded = deserialize_spec(job.network)
    graph = loaded.graph
    return onnxruntime.prepare(
        graph,
        _weights(job, loaded) or {},
        target(graph, job.head).paths,
        images(graph, job.batch),
        job.threads,
    )


_SIDES: Mapping[str, Callable[[Job], PreparedStep]] = MappingProxyType(
    {"spec": _spec, "keras": _keras, "onnxruntime": _onnxruntime}
)


def _weights(job: Job, loaded: LoadedSpec) -> WeightArrays | None:
    """The weights that a job asks for; None for the spec's initial ones.

    Raises:
        SpecError: the file of weights cannot be read, or does not fit.
    """
    if job.weights is None:
        return random_weights(loaded.graph) if job.same_weights else None
    from inceptionspec.weights import WeightOptions, load_weights

    nodes = ancestors(loaded.graph.nodes, resolve_outputs(loaded.graph).values())
    return load_weights(loaded, job.weights, WeightOptions(**job.weight_options), nodes).arrays
