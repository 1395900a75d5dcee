"""What a benchmark is asked to do, and what of it is refused before anything starts."""

from __future__ import annotations

import os
from dataclasses import dataclass

from inceptionspec.backends.engines import ENGINES, FROZEN
from inceptionspec.bench.machine.environment import ONEDNN
from inceptionspec.bench.request.job import Job, packed
from inceptionspec.bench.request.modes import FORWARD, MODES
from inceptionspec.bench.request.target import Target, target
from inceptionspec.bench.request.training import training_target
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError, finding
from inceptionspec.diagnostics.source import external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ops.record import size_text

MAX_BATCH = 1_000_000_000
MAX_STEPS = 1_000_000_000
MAX_SECONDS = 1_000_000
MAX_THREADS = 4_096
PLAIN = "keras"
"""The engine by default: the model that `build` makes."""
TRAINERS = (PLAIN, "xla")
"""The engines that train: of the Keras model, whose weights are variables."""


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """What is run, and for how long.

    Attributes:
        mode: what a step does, a name of ``modes.MODES``.
        head: the head to run, ``all`` for every one. By default the main head, of a
            network without heads all layers; in training, the heads with a loss weight.
        batch: images in one step.
        steps: how many steps count, at least.
        burn_in: how many steps are run before, besides the first, which is timed apart;
            None for as many as it takes to be steady (``warmup.Warmup``).
        least_seconds: how long the counted steps last, at least.
        engine: a name of ``engines.ENGINES``.
        onednn: whether TensorFlow's oneDNN kernels are on; None for what the environment
            says.
        threads: within an operator and of operators side by side; None for the library's
            choice.
        weights: a TF-Slim checkpoint to run with; else the network's first weights, or
            random ones that both sides of a comparison have.
    """

    mode: str = FORWARD
    head: str | None = None
    batch: int = 32
    steps: int = 100
    burn_in: int | None = None
    least_seconds: float = 0.0
    engine: str = PLAIN
    onednn: bool | None = None
    threads: int | None = None
    weights: str | None = None

    def refuse(self) -> None:
        """Say what is too small or unknown, all at once.

        Raises:
            SpecError: a value cannot be used (E0805).
        """
        findings = [*_small(self), *_unknown(self)]
        if findings:
            raise SpecError(findings)

    def target(self, loaded: LoadedSpec) -> Target:
        """What of a network is run.

        Raises:
            SpecError: there is no such head, no loss, or the input's size is open.
        """
        trains = MODES[self.mode].trains
        found = (training_target if trains else target)(loaded.graph, self.head)
        if None in loaded.graph.nodes[0].shape or found.cost.flops is None:
            raise SpecError([_open_size(loaded)])
        return found

    def job(self, loaded: LoadedSpec, *, same_weights: bool = False) -> Job:
        """Our side of it."""
        return Job(
            "spec",
            packed(loaded),
            self.mode,
            self.head,
            self.batch,
            self.engine,
            self.threads,
            same_weights=same_weights,
            weights=self.weights,
        )


def environment_of(request: BenchRequest) -> dict[str, str]:
    """The variables that a worker needs before it imports TensorFlow."""
    found = {} if request.onednn is None else {ONEDNN: str(int(request.onednn))}
    if frozen(request):
        found[FROZEN] = "1"
    elif MODES[request.mode].trains and FROZEN in os.environ:
        found[FROZEN] = "0"  # else oneDNN would go on with the kernels that it packed first
    return found


def frozen(request: BenchRequest) -> bool:
    """Whether the worker changes no weights, and its engine makes use of that."""
    mode = MODES[request.mode]
    return mode.batched and not mode.trains and ENGINES[request.engine].weights_as_inputs


def _small(request: BenchRequest) -> list[Diagnostic]:
    rules = (
        ("--batch", request.batch, 1, MAX_BATCH, "the batch"),
        ("--steps", request.steps, 1, MAX_STEPS, "the number of steps"),
        ("--burn-in", request.burn_in, 0, MAX_STEPS, "the number of burn-in steps"),
        ("--min-seconds", request.least_seconds, 0, MAX_SECONDS, "the shortest time"),
        ("--threads", request.threads, 1, MAX_THREADS, "the number of threads"),
    )
    findings = []
    for option, value, least, most, what in rules:
        # The comparison is also false for what is not a number.
        if value is not None and not least <= value <= most:
            bound = f"at most {most:,}" if value > most else f"at least {least}"
            # Python writes no integer of more than 4,300 digits, and no float of 309.
            shown = f" {value:g}" if abs(value) < MAX_STEPS or value != value else ""
            unlike = f", not{shown}" if shown else ""
            findings.append(finding("E0805", f"{what} must be {bound}{unlike}", option + shown))
    return findings


def _unknown(request: BenchRequest) -> list[Diagnostic]:
    findings = []
    if request.mode not in MODES:
        helps = did_you_mean(request.mode, MODES) or (f"modes are {listed(tuple(MODES))}",)
        findings.append(_unusable("--mode", request.mode, "there is no mode", helps))
    if request.engine not in ENGINES:
        helps = did_you_mean(request.engine, ENGINES) or (f"engines are {listed(tuple(ENGINES))}",)
        findings.append(_unusable("--engine", request.engine, "there is no engine", helps))
    elif request.mode in MODES and MODES[request.mode].trains and request.engine not in TRAINERS:
        message = f"the engine `{request.engine}` holds weights as constants and cannot train them"
        helps = (f"`--mode {request.mode}` runs by {listed(TRAINERS, 'or')}",)
        place = Label(external(f"--engine {request.engine}"))
        findings.append(Diagnostic("E0805", message, place, helps=helps))
    return findings


def _unusable(option: str, value: str, what: str, helps: tuple[str, ...]) -> Diagnostic:
    place = Label(external(f"{option} {value}"))
    return Diagnostic("E0805", f"{what} `{value}`", place, helps=helps)


def _open_size(loaded: LoadedSpec) -> Diagnostic:
    size = size_text(loaded.graph.nodes[0].shape)
    return Diagnostic(
        "E0805",
        f"a benchmark needs a known input size, and that of `{loaded.name}` is {size}",
        Label(loaded.spec.input.value_spans["size"], "height and width are open"),
        helps=("give it a size: add `--input 299x299`",),
    )
