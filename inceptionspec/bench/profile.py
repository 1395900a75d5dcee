"""The profile of a network: the time of each layer, and the least time by the roofline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from inceptionspec.backends.engines import engine as engine_of
from inceptionspec.backends.engines import rewritten_for
from inceptionspec.bench.machine.peaks import Peaks, best_of, peaks
from inceptionspec.bench.request.identity import identity
from inceptionspec.bench.request.memory_estimate import check_memory
from inceptionspec.bench.request.modes import FORWARD
from inceptionspec.bench.request.request import BenchRequest, worker_variables
from inceptionspec.bench.tracing.attribution import (
    SourceLayers,
    layer_profiles,
    layer_times,
    source_layers,
)
from inceptionspec.bench.tracing.profile import Profile
from inceptionspec.bench.tracing.trace import TracedStep
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import Progress, Session, no_progress
from inceptionspec.diagnostics.diagnostic import SpecError, finding, spec_error
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors, resolve_outputs

ENGINES = ("keras", "graph", "optimized")
"""The engines that run layer by layer."""
DEFAULT_REQUEST = BenchRequest(steps=10)
PEAKS = "peaks of the machine"
STEPS = "traced steps"


def profile(
    loaded: LoadedSpec,
    request: BenchRequest = DEFAULT_REQUEST,
    *,
    limits: Peaks | None = None,
    progress: Progress = no_progress,
) -> Profile:
    """Time every layer of a network: traced forward passes (float32) on one batch of noise.

    Args:
        loaded: the network.
        request: how it is run; ``steps`` are traced, each after one that is not.
        limits: the peaks of the machine; by default they are measured before and after the
            steps, and the best of both counts.
        progress: called between steps with a phase, how much of it is done, and its total.

    Raises:
        SpecError: a value cannot be used, the engine or the mode cannot be profiled, there
            is no such head, the input size is open, the batch does not fit in memory, or
            TensorFlow is not installed, fails, or uses a GPU.
        KeyboardInterrupt: Ctrl-C came before a step was traced; after that it ends the run
            early, and the profile says so.
    """
    request.check()
    check_profilable(request)
    target = request.target(loaded)
    check_memory(loaded, request)
    with Process(worker_variables(request)) as process:
        session = Session(process, request.job(loaded), loaded, target, progress=progress)
        session.prepare()
        environment = session.ready["environment"]
        check_no_gpu(environment["gpus"])
        session.warm(request.burn_in)
        measured = limits or _measure_peaks(process, request, progress)
        session.watch()
        turns = alternate(process.pair, request.steps, progress)
        noise = session.noise_signs(turns.untraced)
        if limits is None and not turns.interrupted:
            measured = best_of(measured, _measure_peaks(process, request, progress))
    sources = _sources(loaded.graph, target.paths, request.engine)
    times = layer_times(turns.traced, sources)
    run = ancestors(loaded.graph.nodes, resolve_outputs(loaded.graph, target.paths).values())
    return Profile(
        spec=identity(loaded),
        mode=request.mode,
        head=target.head,
        batch=request.batch,
        engine=request.engine,
        layers=layer_profiles(loaded.graph, run, request.batch, times.layers, sources),
        untraced=turns.untraced,
        traced_seconds=median(step.seconds for step in turns.traced),
        outside_seconds=times.outside,
        idle_seconds=times.idle,
        overlapped_seconds=times.overlapped,
        peaks=measured,
        environment=environment,
        noise=noise,
        interrupted=turns.interrupted,
    )


def _measure_peaks(process: Process, request: BenchRequest, progress: Progress) -> Peaks:
    progress(PEAKS, 0, 1)
    measured = peaks(process.product(), request.threads)
    progress(PEAKS, 1, 1)
    return measured


def check_profilable(request: BenchRequest) -> None:
    """Check before anything starts that layers can be told apart.

    Raises:
        SpecError: the engine or the mode cannot be profiled (E0805).
    """
    engine, mode = request.engine, request.mode
    findings = []
    if engine not in ENGINES:
        why = (
            "XLA compiles the network to one operation, in which no layer can be told apart"
            if engine == "xla"
            else f"profiles are made by {listed(ENGINES, 'or')}"
        )
        advice = f"choose {listed([f'--engine {name}' for name in ENGINES], 'or')}"
        message = f"the engine `{engine}` cannot be profiled"
        findings.append(finding("E0805", message, f"--engine {engine}", advice, label=why))
    if mode != FORWARD:
        message = f"the mode `{mode}` cannot be profiled"
        advice = f"leave `--mode {mode}` out"
        why = "a profile is made of forward passes"
        findings.append(finding("E0805", message, f"--mode {mode}", advice, label=why))
    if findings:
        raise SpecError(findings)


def check_no_gpu(gpus: Sequence[str]) -> None:
    """Refuse a machine whose operations run where their time is not recorded.

    Raises:
        SpecError: TensorFlow uses a GPU (E0805).
    """
    if gpus:
        raise spec_error(
            "E0805",
            "a profile times operations on the CPU alone",
            "--profile",
            "hide it from TensorFlow: `CUDA_VISIBLE_DEVICES=-1 specbuild bench ...`",
            label=f"TensorFlow uses {gpus[0]}",
        )


def _sources(graph: Graph, outputs: tuple[str, ...], engine: str) -> SourceLayers:
    chosen = engine_of(engine)
    if chosen.passes:
        return source_layers(rewritten_for(chosen, graph, outputs))
    return {node.path: ((node.path, 1.0),) for node in graph.nodes}


class Turns(NamedTuple):
    """Untraced and traced steps that alternated.

    Attributes:
        untraced: seconds of each untraced step.
        traced: each traced step.
        interrupted: whether Ctrl-C came before all of them.
    """

    untraced: tuple[float, ...]
    traced: tuple[TracedStep, ...]
    interrupted: bool


def alternate(
    pair: Callable[[], tuple[float, TracedStep]], steps: int, progress: Progress
) -> Turns:
    """Run pairs of an untraced step, which gives its seconds, and a traced one.

    Raises:
        KeyboardInterrupt: Ctrl-C came before the first pair was done. Later it ends the
            run early, and what was measured is kept.
    """
    pairs: list[tuple[float, TracedStep]] = []
    progress(STEPS, 0, steps)
    try:
        while len(pairs) < steps:
            pairs.append(pair())
            progress(STEPS, len(pairs), steps)
    except KeyboardInterrupt:
        if not pairs:
            raise
    untraced, traced = zip(*pairs, strict=True)
    return Turns(untraced, traced, len(pairs) < steps)
