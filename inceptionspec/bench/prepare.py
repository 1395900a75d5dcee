"""A job to a step that is ready: which code runs, for each side and mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from inceptionspec.bench.data import Values, images, weights
from inceptionspec.bench.job import Job
from inceptionspec.bench.loss import terms
from inceptionspec.bench.modes import MODES
from inceptionspec.bench.prepared_step import PreparedStep
from inceptionspec.bench.serialized_spec import unpacked
from inceptionspec.bench.target import target
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import ancestors, resolve_outputs


def prepare(job: Job) -> PreparedStep:
    """Make one side of a benchmark ready, up to tracing.

    Raises:
        SpecError: a package that it needs is not installed.
    """
    if job.threads is not None and MODES[job.mode].tensorflow and job.side != "onnxruntime":
        _limit_threads(job.threads)
    return _SIDES[job.side](job)


def _limit_threads(threads: int) -> None:
    """So many threads within an operator, and so many operators side by side."""
    import tensorflow as tf

    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def _spec(job: Job) -> PreparedStep:
    from inceptionspec.bench.steps import build, spec

    if job.mode == "analyze":
        return build.analyze(job.network)
    network = unpacked(job.network)
    if job.mode == "build":
        return build.build(job.network, outputs_of(network, job.head))
    if MODES[job.mode].trains:
        return spec.training(
            job, network.graph, terms(network.graph, job.head), _values(job, network)
        )
    return spec.inference(job, network.graph, outputs_of(network, job.head), _values(job, network))


def _keras(job: Job) -> PreparedStep:
    from inceptionspec.bench.steps import applications

    network = unpacked(job.network)
    return applications.prepare(job, network.graph, _values(job, network) or {})


def _onnxruntime(job: Job) -> PreparedStep:
    from inceptionspec.bench.steps import onnxruntime

    network = unpacked(job.network)
    outputs = outputs_of(network, job.head)
    noise = images(network.graph, job.batch)
    return onnxruntime.prepare(
        network.graph, _values(job, network) or {}, outputs, noise, job.threads
    )


_SIDES: Mapping[str, Callable[[Job], PreparedStep]] = MappingProxyType(
    {"spec": _spec, "keras": _keras, "onnxruntime": _onnxruntime}
)


def outputs_of(loaded: LoadedSpec, head: str | None) -> tuple[str, ...]:
    """The paths of what a forward pass yields."""
    outputs = target(loaded.graph, head).outputs
    return (outputs,) if isinstance(outputs, str) else outputs


def _values(job: Job, loaded: LoadedSpec) -> Values | None:
    """The weights that a job asks for; None for those that the spec starts from.

    Raises:
        SpecError: the checkpoint cannot be read, or does not fit.
    """
    if job.weights is None:
        return weights(loaded.graph) if job.same_weights else None
    from inceptionspec.weights import checkpoint_values

    nodes = ancestors(loaded.graph.nodes, resolve_outputs(loaded.graph).values())
    return checkpoint_values(loaded.graph, job.weights, nodes).arrays
