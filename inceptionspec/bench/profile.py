"""The profile of a network: how long each layer takes, beside how long it need take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from inceptionspec.backends.engines import engine as engine_of
from inceptionspec.backends.engines import rewritten_for
from inceptionspec.bench.bench import nobody
from inceptionspec.bench.machine.peaks import Peaks, better, peaks
from inceptionspec.bench.request.identity import identity
from inceptionspec.bench.request.memory_estimate import refuse_batch
from inceptionspec.bench.request.modes import FORWARD
from inceptionspec.bench.request.request import BenchRequest, environment_of
from inceptionspec.bench.tracing.attribution import Parts, attributed, layers, parts
from inceptionspec.bench.tracing.profile import Profile
from inceptionspec.bench.tracing.trace import Traced
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import Progress, Session
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors, resolve_outputs

ENGINES = ("keras", "graph", "optimized")
"""The engines that run layer by layer."""
PLAN = BenchRequest(steps=10)
PEAKS = "peaks of the machine"
STEPS = "traced steps"


def profile(
    loaded: LoadedSpec,
    request: BenchRequest = PLAN,
    *,
    limits: Peaks | None = None,
    progress: Progress | None = None,
) -> Profile:
    """Time every layer of a network: forward passes (float32) on one batch of noise, traced.

    Args:
        network: what is run.
        plan: how it is run; ``steps`` are traced, each after one that is not.
        limits: what the machine reaches at most; measured before and after the steps, the best
            of both, unless given.
        progress: called between steps with a phase, how much of it is done, and its whole.

    Raises:
        SpecError: a value cannot be used, the engine or the mode cannot be profiled, there
            is no such head, the input size is open, the batch does not fit in memory, or
            TensorFlow is not installed or uses a GPU.
        KeyboardInterrupt: Ctrl-C came before a step was traced; after that it ends the run
            early, and the profile says so.
    """
    request.refuse()
    refuse(request)
    chosen = request.target(loaded)
    refuse_batch(loaded, request)
    tell = progress or nobody
    with Process(environment_of(request)) as process:
        session = Session(process, request.job(loaded), (loaded, chosen), "spec", tell)
        session.prepare()
        environment = session.ready["environment"]
        refuse_gpu(environment["gpus"])
        session.warm(request.burn_in)
        measured = limits or _peaks(process, request, tell)
        session.watch()
        found = turns(process.pair, request.steps, tell)
        noise = session.signs(found.untraced)
        if limits is None and not found.interrupted:
            measured = better(measured, _peaks(process, request, tell))
    outputs = (chosen.outputs,) if isinstance(chosen.outputs, str) else chosen.outputs
    behind = _parts(loaded.graph, outputs, request.engine)
    times = attributed(found.traced, behind)
    run = ancestors(loaded.graph.nodes, resolve_outputs(loaded.graph, outputs).values())
    return Profile(
        spec=identity(loaded),
        mode=request.mode,
        head=chosen.head,
        batch=request.batch,
        engine=request.engine,
        layers=layers(loaded.graph, run, request.batch, times.layers, behind),
        untraced=found.untraced,
        traced_seconds=median(step.seconds for step in found.traced),
        outside_seconds=times.outside,
        idle_seconds=times.idle,
        overlapped_seconds=times.overlapped,
        peaks=measured,
        environment=environment,
        noise=noise,
        interrupted=found.interrupted,
    )


def _peaks(process: Process, request: BenchRequest, tell: Progress) -> Peaks:
    tell(PEAKS, 0, 1)
    found = peaks(process.product(), request.threads)
    tell(PEAKS, 1, 1)
    return found


def refuse(request: BenchRequest) -> None:
    """Say before anything starts that no layer can be told apart.

    Raises:
        SpecError: by this engine or in this mode there are no profiles (E0805).
    """
    engine, mode = request.engine, request.mode
    findings = []
    if engine not in ENGINES:
        why = (
            "XLA compiles the network to one operation, in which no layer is told apart"
            if engine == "xla"
            else f"profiles are made by {listed(ENGINES, 'or')}"
        )
        helps = (f"choose {listed([f'--engine {one}' for one in ENGINES], 'or')}",)
        message = f"the engine `{engine}` cannot be profiled"
        findings.append(_unusable(f"--engine {engine}", message, why, helps))
    if mode != FORWARD:
        message = f"the mode `{mode}` cannot be profiled"
        helps = (f"leave `--mode {mode}` out",)
        why = "a profile is one of forward passes"
        findings.append(_unusable(f"--mode {mode}", message, why, helps))
    if findings:
        raise SpecError(findings)


def refuse_gpu(gpus: Sequence[str]) -> None:
    """Refuse a machine whose operations run where their time is not noted.

    Raises:
        SpecError: TensorFlow uses a GPU (E0805).
    """
    if gpus:
        why = f"TensorFlow uses {gpus[0]}"
        helps = ("hide it from TensorFlow: `CUDA_VISIBLE_DEVICES=-1 specbuild bench ...`",)
        message = "a profile times operations on the CPU alone"
        raise SpecError([_unusable("--profile", message, why, helps)])


def _unusable(place: str, message: str, why: str, helps: tuple[str, ...]) -> Diagnostic:
    return finding("E0805", message, place, *helps, label=why)


def _parts(graph: Graph, outputs: tuple[str, ...], engine: str) -> Parts:
    chosen = engine_of(engine)
    if chosen.rewritten:
        return parts(rewritten_for(chosen, graph, outputs))
    return {node.path: ((node.path, 1.0),) for node in graph.nodes}


class Turns(NamedTuple):
    """Steps without and with a trace, run in turns.

    Attributes:
        untraced: seconds of each step without.
        traced: each step with.
        interrupted: whether Ctrl-C came before all of them were run.
    """

    untraced: tuple[float, ...]
    traced: tuple[Traced, ...]
    interrupted: bool


def turns(pair: Callable[[], tuple[float, Traced]], steps: int, progress: Progress) -> Turns:
    """Run so many pairs of an untraced step, which tells its seconds, and a traced one.

    Raises:
        KeyboardInterrupt: Ctrl-C came before the first pair was done. Later ones end the
            run early, and what was measured is kept.
    """
    pairs: list[tuple[float, Traced]] = []
    progress(STEPS, 0, steps)
    try:
        while len(pairs) < steps:
            pairs.append(pair())
            progress(STEPS, len(pairs), steps)
    except KeyboardInterrupt:
        if not pairs:
            raise
    untraced, with_trace = zip(*pairs, strict=True)
    return Turns(untraced, with_trace, len(pairs) < steps)
