"""The engine chosen by measurement: each is compared with the plain graph, in fresh processes."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from inceptionspec.bench.compare import PairedRun
from inceptionspec.bench.machine.cpu_time import (
    ended_children_seconds,
    machine_counters,
    process_seconds,
)
from inceptionspec.bench.measure.bootstrap import Ratio, ratio_of_pairs
from inceptionspec.bench.measure.noise import Observation, noise
from inceptionspec.bench.request.identity import RunIdentity, identity
from inceptionspec.bench.request.memory_estimate import check_memory, estimate_memory
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import TRAINING_ENGINES, BenchRequest, worker_variables
from inceptionspec.bench.workers.process import Process, WorkerError
from inceptionspec.bench.workers.session import Progress, Session, no_progress
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.frontend.load import LoadedSpec

MAX_SECONDS = 300.0
INFERENCE_ENGINES = ("graph", "optimized", "xla")
"""The engines that are tried: the Keras model computes the same as the plain graph."""
PAIRS = 20
WARM_STEPS = 3
MIN_PAIRS = 5
"""With fewer pairs an interval means nothing, and a candidate is left out."""
TUNE = "tuning"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine and whether oneDNN is on."""

    engine: str
    onednn: bool

    def __str__(self) -> str:
        return f"{self.engine}, oneDNN {'on' if self.onednn else 'off'}"


def candidates_of(mode: str) -> tuple[Candidate, ...]:
    """What is tried in a mode; the first is the baseline of the others.

    Raises:
        SpecError: the mode uses no engine (E0805).
    """
    if not MODES[mode].batched:
        message = f"the mode `{mode}` uses no engine: there is nothing to tune"
        raise spec_error("E0805", message, f"--mode {mode}")
    engines = TRAINING_ENGINES if MODES[mode].trains else INFERENCE_ENGINES
    return tuple(Candidate(engine, onednn) for engine in engines for onednn in (False, True))


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a candidate.

    Attributes:
        candidate: what was tried.
        seconds: the median of a step; None where it was not measured.
        ratio: the baseline's time over its own, with the interval.
        pairs: how many pairs were measured.
        failure: why it was not measured; empty where it was.
    """

    candidate: Candidate
    seconds: float | None = None
    ratio: Ratio | None = None
    pairs: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The result of a search.

    Attributes:
        spec: the network.
        how: what a step was, in words.
        environment: machine, versions and switches, those of the baseline.
        noise: what makes the ratios doubtful.
        trials: one for each candidate, in the order in which they were tried.
        seconds: how long the search took.
        interrupted: whether Ctrl-C ended it early.
    """

    spec: RunIdentity
    how: str
    environment: Mapping[str, Any] = field(repr=False)
    noise: tuple[str, ...]
    trials: tuple[Trial, ...]
    seconds: float
    interrupted: bool = False

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """The trials that were measured, the fastest first."""
        measured = (trial for trial in self.trials if trial.ratio)
        return tuple(sorted(measured, key=lambda trial: -_value(trial)))

    @property
    def winner(self) -> Trial:
        """The fastest."""
        return self.ranked[0]


def tune(
    loaded: LoadedSpec,
    request: BenchRequest,
    *,
    max_seconds: float = MAX_SECONDS,
    progress: Progress = no_progress,
) -> Tuned:
    """Try every candidate in turn with the baseline, each in a process of its own.

    The baseline's process stays alive, so that all ratios have one denominator, measured at
    the same time. The time is divided evenly among the candidates that are left; one that is
    not ready in its share is left out.

    Raises:
        SpecError: the baseline cannot be made ready, or no candidate could be measured.
        KeyboardInterrupt: Ctrl-C came before any other candidate was measured.
    """
    request.check()
    target = request.target(loaded)
    start = time.monotonic()
    trials: list[Trial] = []
    interrupted = False
    before, ended_before = machine_counters(), ended_children_seconds()
    candidates = candidates_of(request.mode)
    baseline, *others = candidates
    baseline_request = _with_candidate(request, baseline)
    baseline_needs = estimate_memory(loaded, baseline_request, target)
    for candidate in others:  # each runs while the baseline's process is alive
        check_memory(loaded, _with_candidate(request, candidate), other=baseline_needs)
    with Process(worker_variables(baseline_request)) as process:
        job = baseline_request.job(loaded)
        base = Session(process, job, loaded, target, str(baseline))
        progress(TUNE, 0, len(candidates))
        base.prepare()
        base.warm(WARM_STEPS)
        try:
            for number, candidate in enumerate(others):
                left = max_seconds - (time.monotonic() - start)
                trials.append(_run_trial(request, candidate, base, left / (len(others) - number)))
                progress(TUNE, number + 1, len(candidates))
        except KeyboardInterrupt:
            if not any(trial.ratio for trial in trials):
                raise
            interrupted = True
        seconds, used = time.monotonic() - start, process_seconds(process.pid)
        own = None if used is None else used + ended_children_seconds() - ended_before
        after = machine_counters()
    if not any(trial.ratio for trial in trials):
        raise _nothing_measured(max_seconds, trials)
    environment = base.ready["environment"]
    observed = Observation(seconds, before, after, own, environment["cores"]["logical"] or 1)
    pairs = max(trial.pairs for trial in trials)
    first = Trial(baseline, median(base.durations), Ratio(1.0, 1.0, 1.0), pairs)
    return Tuned(
        spec=identity(loaded),
        how=f"{request.mode}, batch {request.batch}",
        environment=environment,
        noise=noise(base.durations, observed),
        trials=(first, *trials),
        seconds=seconds,
        interrupted=interrupted,
    )


def _run_trial(request: BenchRequest, candidate: Candidate, base: Session, seconds: float) -> Trial:
    ends = time.monotonic() + seconds
    if seconds <= 0:
        return Trial(candidate, failure="no time was left")
    chosen = _with_candidate(request, candidate)
    try:
        with Process(worker_variables(chosen)) as process:
            job = chosen.job(base.network)
            session = Session(process, job, base.network, base.target, str(candidate))
            with process.deadline(seconds):
                session.prepare()
                session.warm(WARM_STEPS)
            paired = PairedRun(session, base)
            paired.run(PAIRS, max(ends - time.monotonic(), 0.0), no_progress)
            ratios = paired.ratios
            step_seconds = median(session.durations)
    except TimeoutError:
        return Trial(candidate, failure=f"not ready within its {seconds:.0f} s")
    except SpecError as error:
        return Trial(candidate, failure=error.findings[0].message)
    except WorkerError as error:
        return Trial(candidate, failure=str(error).partition("\n")[0])
    if len(ratios) < MIN_PAIRS:
        failure = f"{len(ratios)} pairs in its {seconds:.0f} s are too few"
        return Trial(candidate, step_seconds, pairs=len(ratios), failure=failure)
    return Trial(candidate, step_seconds, ratio_of_pairs(ratios), len(ratios))


def _nothing_measured(seconds: float, trials: list[Trial]) -> SpecError:
    return spec_error(
        "E0805",
        f"no engine was ready within {seconds:g} s, so there is nothing to choose from",
        f"--tune-seconds {seconds:g}",
        "give it more time",
        notes=tuple(f"{trial.candidate}: {trial.failure}" for trial in trials),
    )


def _with_candidate(request: BenchRequest, candidate: Candidate) -> BenchRequest:
    return dataclasses.replace(request, engine=candidate.engine, onednn=candidate.onednn)


def _value(trial: Trial) -> float:
    assert trial.ratio is not None
    return trial.ratio.value
