"""The profile of a network: how long each layer takes, beside how long it need take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from inceptionspec.diagnostics import Diagnostic, Label, SpecError, listed
from inceptionspec.end_points import ends_of, needed
from inceptionspec.graph import Graph
from inceptionspec.rewrites.rewrite import rewrite
from inceptionspec.runs.attribution import attributed, layers
from inceptionspec.runs.job import Job
from inceptionspec.runs.merged import Parts, parts
from inceptionspec.runs.modes import FORWARD
from inceptionspec.runs.packed import packed
from inceptionspec.runs.peaks import Peaks, peaks
from inceptionspec.runs.process import Process
from inceptionspec.runs.profiled import Profile
from inceptionspec.runs.target import target
from inceptionspec.runs.trace import Traced
from inceptionspec.source import Source
from inceptionspec.values import identity

if TYPE_CHECKING:
    from inceptionspec.network import Network

ENGINES = ("keras", "graph", "optimized")
"""The engines that run layer by layer."""
#: Called between steps with a phase, how much of it is done, and its whole.
Progress = Callable[[str, int, int], None]

PREPARE = "preparing"
BURN_IN = "burn-in"
PEAKS = "peaks of the machine"
STEPS = "traced steps"


def profile(
    network: Network,
    *,
    head: str | None = None,
    batch: int = 32,
    engine: str = "keras",
    steps: int = 10,
    burn_in: int | None = None,
    threads: int | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
    limits: Peaks | None = None,
    progress: Progress | None = None,
) -> Profile:
    """Time every layer of a network: forward passes (float32) on one batch of noise, traced.

    Args:
        network: what is run.
        head: the head to run, ``all`` for every one; the main head alone by default, of a
            network without heads all layers.
        batch: images in one step.
        engine: how the network is run, a name of ``ENGINES``.
        steps: how many steps are traced, each after one that is not.
        burn_in: how many steps are run before; None for as many as it takes to be steady.
        threads: within an operator and of operators side by side; None for the library's
            choice.
        environment: variables that the worker needs before it imports TensorFlow.
        limits: what the machine reaches at most; measured unless given.
        progress: called between steps with a phase, how much of it is done, and its whole.

    Raises:
        SpecError: a value cannot be used, the engine cannot be profiled, there is no such
            head, the input size is open, or TensorFlow is not installed or uses a GPU.
        KeyboardInterrupt: Ctrl-C came before a step was traced; after that it ends the run
            early, and the profile says so.
    """
    refuse(engine, FORWARD)
    tell = progress or _nobody
    chosen = target(network.graph, head)
    outputs = (chosen.outputs,) if isinstance(chosen.outputs, str) else chosen.outputs
    job = Job("spec", packed(network), FORWARD, head, batch, engine, threads)
    with Process(environment) as process:
        tell(PREPARE, 0, 1)
        ready = process.prepare(job)
        refuse_gpu(ready["environment"]["gpus"])
        process.first()
        tell(PREPARE, 1, 1)
        process.warm(burn_in, lambda seconds: tell(BURN_IN, 0, 1))
        if limits is None:
            tell(PEAKS, 0, 1)
            limits = peaks(process.product(), threads)
            tell(PEAKS, 1, 1)
        found = turns(process.one, process.trace, steps, tell)
    behind = _parts(network.graph, outputs, engine)
    times = attributed(found.traced, behind)
    run = needed(network.graph, ends_of(network.graph, outputs).values())[1:]  # not the input
    return Profile(
        spec=identity(network),
        mode=FORWARD,
        head=chosen.head,
        batch=batch,
        engine=engine,
        layers=layers(network.graph, run, batch, times.layers, behind),
        steps=len(found.traced),
        step_seconds=median(found.untraced),
        traced_seconds=median(step.seconds for step in found.traced),
        outside_seconds=times.outside,
        idle_seconds=times.idle,
        overlapped_seconds=times.overlapped,
        peaks=limits,
        environment=ready["environment"],
        interrupted=found.interrupted,
    )


def refuse(engine: str, mode: str) -> None:
    """Say before anything starts that no layer can be told apart.

    Raises:
        SpecError: by this engine or in this mode there are no profiles (E0805).
    """
    findings = []
    if engine not in ENGINES:
        why = (
            "XLA compiles the network to one operation, in which no layer is told apart"
            if engine == "xla"
            else f"profiles are made by {listed(ENGINES, 'or')}"
        )
        helps = (f"choose {listed([f'`--engine {one}`' for one in ENGINES], 'or')}",)
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
    return Diagnostic("E0805", message, Label(Source(place).whole(), why), helps=helps)


def _parts(graph: Graph, outputs: tuple[str, ...], engine: str) -> Parts:
    if engine == "optimized":
        return parts(rewrite(graph, outputs))
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


def turns(
    plain: Callable[[], float], trace: Callable[[], Traced], steps: int, progress: Progress
) -> Turns:
    """Run so many pairs of a plain step, which tells its seconds, and a traced one.

    Raises:
        KeyboardInterrupt: Ctrl-C came before the first pair was done. Later ones end the
            run early, and what was measured is kept.
    """
    pairs: list[tuple[float, Traced]] = []
    progress(STEPS, 0, steps)
    try:
        while len(pairs) < steps:
            pairs.append((plain(), trace()))
            progress(STEPS, len(pairs), steps)
    except KeyboardInterrupt:
        if not pairs:
            raise
    untraced, with_trace = zip(*pairs, strict=True)
    return Turns(untraced, with_trace, len(pairs) < steps)


def _nobody(phase: str, done: int, whole: int) -> None:
    pass
