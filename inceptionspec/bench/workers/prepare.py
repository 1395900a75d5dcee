"""From a job to a step that is ready: which code runs, for each side and mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.request.job import Job, deserialize_spec
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.target import target
from inceptionspec.bench.request.training import loss_terms
from inceptionspec.bench.workers.data import WeightArrays, random_weights
from inceptionspec.bench.workers.steps.step import PreparedStep
from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import ancestors, resolve_outputs
from inceptionspec.quantization.lowering import Lowering

if TYPE_CHECKING:
    from inceptionspec.quantization.lowered import Lowered


def prepare(job: Job) -> PreparedStep:
    """Make one side of a benchmark ready, up to tracing.

    Raises:
        SpecError: a package is not installed (E0704), or the weights do not fit.
    """
    if job.threads is not None and _in_tensorflow(job):
        from inceptionspec.engines.tensorflow import limit_threads

        limit_threads(job.threads)
    return _SIDES[job.side](job)


def _in_tensorflow(job: Job) -> bool:
    if not MODES[job.mode].tensorflow:
        return False
    return job.side == "keras" or ENGINES[job.engine].in_tensorflow


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
    weights = _weights(job, loaded) or random_weights(graph)
    lowered = _lowered(job, loaded, outputs, weights)
    quantized = None if lowered is None else _quantized(job, lowered)
    return spec.inference(job, graph, outputs, weights, quantized)


def lowered_network(job: Job) -> Lowered:
    """The network of a job below float32.

    Raises:
        SpecError: as ``prepare`` does.
    """
    loaded = deserialize_spec(job.network)
    weights = _weights(job, loaded) or random_weights(loaded.graph)
    lowered = _lowered(job, loaded, target(loaded.graph, job.head).paths, weights)
    assert lowered is not None
    return lowered


def _lowered(
    job: Job, loaded: LoadedSpec, outputs: tuple[str, ...], weights: WeightArrays
) -> Lowered | None:
    """What brings a network to the precision of a job; None where that is float32."""
    asked = Lowering(**{**job.lowering, "keep_float": tuple(job.lowering.get("keep_float", ()))})
    if not asked.lowers:
        return None
    from inceptionspec.quantization.lowered import Lowered

    place = external(f"--precision {asked.precision}")
    return Lowered(loaded, weights, outputs, asked, place)


def _quantized(job: Job, lowered: Lowered) -> bytes | None:
    """The network in integers, from the file that holds it; None in other precisions."""
    if job.quantized is not None:
        return Path(job.quantized).read_bytes()
    return lowered.quantized(job.batch)


def _keras(job: Job) -> PreparedStep:
    from inceptionspec.bench.workers.steps import applications

    loaded = deserialize_spec(job.network)
    return applications.prepare(job, loaded.graph, _weights(job, loaded) or {})


_SIDES: Mapping[str, Callable[[Job], PreparedStep]] = MappingProxyType(
    {"spec": _spec, "keras": _keras}
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
