"""What a benchmark is asked to do, and what is refused before anything starts."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inceptionspec.backends.engines import ENGINES, FLOAT32, FROZEN, ONEDNN
from inceptionspec.bench.request.job import Job, serialize_spec
from inceptionspec.bench.request.modes import FORWARD, MODES
from inceptionspec.bench.request.target import Target, target
from inceptionspec.bench.request.training import training_target
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding, spec_error
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.engines.available import check_available
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ops.record import size_text
from inceptionspec.quantization.lowering import Lowering

MAX_BATCH = 1_000_000_000
MAX_STEPS = 1_000_000_000
MAX_SECONDS = 1_000_000
MAX_THREADS = 4_096
DEFAULT_ENGINE = "keras"
"""The model that `build` makes."""
TRAINING_ENGINES = (DEFAULT_ENGINE, "xla")
"""The engines that train: they run the Keras model, whose weights are variables."""


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """What is run, and for how long.

    Attributes:
        mode: what a step does, a name of ``MODES``.
        head: the head to run, ``all`` for every head. By default the main head; all layers of
            a network without heads; in training, the heads with a loss weight.
        batch: images in one step.
        steps: the least number of counted steps.
        burn_in: steps before the counted ones, without the first, which is timed by itself;
            None for as many as it takes to become steady (``Warmup``).
        min_seconds: the least time that the counted steps last together.
        engine: a name of ``ENGINES``.
        onednn: whether TensorFlow's oneDNN kernels are on; None for what the environment
            says.
        threads: within an operator and of operators in parallel; None for the library's
            choice.
        weight_options: how the file of weights is read: the fields of ``WeightOptions``, by name.
        weights: a file of weights to run with; otherwise the network's initial weights, or
            random ones that both sides of a comparison share.
        precision: what it computes in, a name of ``engines.PRECISIONS``.
        calibrate: the folder of pictures that show what a precision below float32 costs, and by
            which int8 is calibrated; noise without one.
        keep_float: in int8, patterns of the paths of layers that stay in float32.
        any_deviation: whether a network is run although most pictures get another class.
        passes: those that rewrite the graph first; None for those of the engine.
    """

    mode: str = FORWARD
    head: str | None = None
    batch: int = 32
    steps: int = 100
    burn_in: int | None = None
    min_seconds: float = 0.0
    engine: str = DEFAULT_ENGINE
    onednn: bool | None = None
    threads: int | None = None
    weights: str | None = None
    weight_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    precision: str = FLOAT32
    calibrate: str | None = None
    keep_float: tuple[str, ...] = ()
    any_deviation: bool = False
    passes: tuple[str, ...] | None = None

    @property
    def lowering(self) -> Lowering:
        """The precision, and how a network comes to it."""
        return Lowering(self.precision, self.calibrate, self.keep_float, self.any_deviation)

    def check(self) -> None:
        """Report all values that are out of bounds or unknown, at once.

        Raises:
            SpecError: a value cannot be used (E0805), or the engine cannot run here (E0820,
                E0821, E0823).
        """
        self.check_values()
        check_engine(self, f"--engine {self.engine}")

    def check_values(self) -> None:
        """Report all values that are out of bounds or unknown, whatever the engine.

        Raises:
            SpecError: a value cannot be used (E0805).
        """
        findings = [*_out_of_bounds(self), *_unknown(self), *_precision_of_mode(self)]
        if findings:
            raise SpecError(findings)

    def target(self, loaded: LoadedSpec) -> Target:
        """What of a network is run.

        Raises:
            SpecError: there is no such head (E0806), no loss, or the size of the input is
                open (E0805).
        """
        trains = MODES[self.mode].trains
        chosen = (training_target if trains else target)(loaded.graph, self.head)
        if None in loaded.graph.nodes[0].shape or chosen.cost.flops is None:
            raise _open_size(loaded)
        return chosen

    def job(self, loaded: LoadedSpec, *, same_weights: bool = False) -> Job:
        """Our side of it."""
        return Job(
            "spec",
            serialize_spec(loaded),
            self.mode,
            self.head,
            self.batch,
            self.engine,
            self.threads,
            same_weights=same_weights,
            weights=self.weights,
            weight_options=self.weight_options,
            lowering=self.lowering._asdict(),
            passes=self.passes,
        )


def worker_variables(request: BenchRequest) -> dict[str, str]:
    """The environment variables that a worker needs before it imports TensorFlow."""
    variables = {} if request.onednn is None else {ONEDNN: str(int(request.onednn))}
    if weights_frozen(request):
        variables[FROZEN] = "1"
    elif MODES[request.mode].trains and FROZEN in os.environ:
        variables[FROZEN] = "0"  # otherwise oneDNN would keep the kernels that it packed first
    return variables


def weights_frozen(request: BenchRequest) -> bool:
    """Whether the worker changes no weights and its engine can make use of that."""
    mode = MODES[request.mode]
    return mode.batched and not mode.trains and ENGINES[request.engine].weights_as_inputs


def _out_of_bounds(request: BenchRequest) -> list[Diagnostic]:
    rules = (
        ("--batch", request.batch, 1, MAX_BATCH, "the batch"),
        ("--steps", request.steps, 1, MAX_STEPS, "the number of steps"),
        ("--burn-in", request.burn_in, 0, MAX_STEPS, "the number of burn-in steps"),
        ("--min-seconds", request.min_seconds, 0, MAX_SECONDS, "the shortest time"),
        ("--threads", request.threads, 1, MAX_THREADS, "the number of threads"),
    )
    findings = []
    for option, value, least, most, what in rules:
        # The comparison is also false for NaN.
        if value is not None and not least <= value <= most:
            bound = f"at most {most:,}" if value > most else f"at least {least}"
            # Huge numbers are left out: Python prints no integer of more than 4,300 digits.
            shown = "" if abs(value) > MAX_STEPS else f" {value:g}"
            unlike = f", not{shown}" if shown else ""
            findings.append(finding("E0805", f"{what} must be {bound}{unlike}", option + shown))
    return findings


def _unknown(request: BenchRequest) -> list[Diagnostic]:
    findings = []
    mode, engine = request.mode, request.engine
    if mode not in MODES:
        helps = did_you_mean(mode, MODES) or (f"modes are {listed(tuple(MODES))}",)
        findings.append(finding("E0805", f"there is no mode `{mode}`", f"--mode {mode}", *helps))
    place = f"--engine {engine}"
    if engine not in ENGINES:
        helps = did_you_mean(engine, ENGINES) or (f"engines are {listed(tuple(ENGINES))}",)
        findings.append(finding("E0805", f"there is no engine `{engine}`", place, *helps))
    return findings


def _precision_of_mode(request: BenchRequest) -> list[Diagnostic]:
    """A precision below float32 in a mode that trains, or that computes nothing."""
    mode = MODES.get(request.mode)
    if request.precision == FLOAT32 or mode is None or (mode.batched and not mode.trains):
        return []
    message = f"the mode `{request.mode}` computes in float32"
    helps = ("`specbuild train --precision` trains in bfloat16",) if mode.trains else ()
    return [finding("E0805", message, f"--precision {request.precision}", *helps)]


def check_engine(request: BenchRequest, place: str) -> None:
    """Refuse an engine that cannot run the mode, or cannot run here.

    Raises:
        SpecError: it cannot train, or the mode runs none (E0805), it is not installed (E0820), or
            it does not suit this processor (E0821), or one of the two does not compute in the
            precision (E0823).
    """
    mode, engine = MODES[request.mode], request.engine
    if not mode.batched and engine != DEFAULT_ENGINE:
        raise no_engine(request.mode, place)
    if mode.trains and engine not in TRAINING_ENGINES:
        message = f"the engine `{engine}` holds weights as constants and cannot train them"
        advice = f"`--mode {request.mode}` runs by {listed(TRAINING_ENGINES, 'or')}"
        raise spec_error("E0805", message, place, advice)
    if request.precision != FLOAT32:
        place = f"{place} --precision {request.precision}"
    if mode.batched:
        check_available(engine, place, request.precision)


def no_engine(mode: str, place: str) -> SpecError:
    """The finding that an engine is named in a mode that runs none."""
    helps = "leave the engine out, or name a mode that runs one: `--mode forward`"
    return spec_error("E0805", f"a step of `--mode {mode}` runs no engine", place, helps)


def _open_size(loaded: LoadedSpec) -> SpecError:
    size = size_text(loaded.graph.nodes[0].shape)
    return spec_error(
        "E0805",
        f"a benchmark needs a known input size, and that of `{loaded.name}` is {size}",
        loaded.spec.input.value_spans["size"],
        "give it a size: add `--input 299x299`",
        label="height and width are open",
    )
