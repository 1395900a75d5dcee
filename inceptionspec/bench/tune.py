"""The engine chosen by measurement: every one against the plain graph, in fresh processes."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from inceptionspec.bench.bench import nobody
from inceptionspec.bench.compare import PairedRun
from inceptionspec.bench.machine.cpu_time import ended_seconds, machine, process_seconds
from inceptionspec.bench.measure.bootstrap import Ratio, of_pairs
from inceptionspec.bench.measure.noise import Watch, noise
from inceptionspec.bench.request.identity import RunIdentity, identity
from inceptionspec.bench.request.memory_estimate import estimate_memory, refuse_batch
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import TRAINERS, BenchRequest, environment_of
from inceptionspec.bench.workers.process import Process, WorkerError
from inceptionspec.bench.workers.session import Progress, Session
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding, spec_error
from inceptionspec.frontend.load import LoadedSpec

MOST_SECONDS = 300.0
TUNED = ("graph", "optimized", "xla")
"""The engines that are tried: the Keras model computes what the plain graph computes."""
PAIRS = 20
WARM_STEPS = 3
FEWEST_PAIRS = 5
"""With fewer pairs an interval says nothing, and a candidate is left out."""
TUNE = "tuning"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine and whether oneDNN is on."""

    engine: str
    onednn: bool

    def __str__(self) -> str:
        return f"{self.engine}, oneDNN {'on' if self.onednn else 'off'}"


def candidates_of(mode: str) -> tuple[Candidate, ...]:
    """What is tried in a mode; every other is measured against the first.

    Raises:
        SpecError: no engine has a part in the mode (E0805).
    """
    if not MODES[mode].batched:
        message = f"no engine has a part in the mode `{mode}`: there is nothing to tune"
        raise spec_error("E0805", message, f"--mode {mode}")
    engines = TRAINERS if MODES[mode].trains else TUNED
    return tuple(Candidate(engine, onednn) for engine in engines for onednn in (False, True))


@dataclass(frozen=True, slots=True)
class Trial:
    """How a candidate did.

    Attributes:
        candidate: what was tried.
        seconds: the median of a step; None where it was not measured.
        ratio: the baseline's time over its own, with the interval.
        pairs: how often both took turns.
        failure: why it was not measured; empty where it was.
    """

    candidate: Candidate
    seconds: float | None = None
    ratio: Ratio | None = None
    pairs: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a search found.

    Attributes:
        spec: the network.
        how: what a step was, in words.
        environment: machine, versions and switches, those of the baseline.
        noise: what makes the ratios doubtful.
        trials: one for each candidate, in the order in which they were tried.
        seconds: how long all of it took.
        interrupted: whether Ctrl-C ended it early.
    """

    spec: RunIdentity
    how: str
    environment: Mapping[str, Any]
    noise: tuple[str, ...]
    trials: tuple[Trial, ...]
    seconds: float
    interrupted: bool = False

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """Those that were measured, the quickest first."""
        return tuple(
            sorted((one for one in self.trials if one.ratio), key=lambda one: -_value(one))
        )

    @property
    def winner(self) -> Trial:
        """The quickest."""
        return self.ranked[0]


def tune(
    loaded: LoadedSpec,
    request: BenchRequest,
    *,
    most_seconds: float = MOST_SECONDS,
    progress: Progress | None = None,
) -> Tuned:
    """Try every candidate in turn with the baseline, each in a process of its own.

    The baseline's process lives on, so that all ratios have one denominator that was
    measured at the same time. The time is shared out evenly among those that are left; a
    candidate that is not ready in its share is left out.

    Raises:
        SpecError: the baseline cannot be made ready.
        KeyboardInterrupt: Ctrl-C came before any other candidate was measured.
    """
    request.refuse()
    what = (loaded, request.target(loaded))
    tell = progress or nobody
    start = time.monotonic()
    trials: list[Trial] = []
    interrupted = False
    before, ended_before = machine(), ended_seconds()
    candidates = candidates_of(request.mode)
    baseline = candidates[0]
    base_plan = _of(request, baseline)
    beside = estimate_memory(loaded, base_plan, what[1])
    for one in candidates[1:]:  # each lives beside the baseline
        refuse_batch(loaded, _of(request, one), beside=beside)
    with Process(environment_of(base_plan)) as process:
        base = Session(process, base_plan.job(loaded), what, str(baseline), nobody)
        tell(TUNE, 0, len(candidates))
        base.prepare()
        base.warm(WARM_STEPS)
        others = [one for one in candidates if one != baseline]
        try:
            for number, one in enumerate(others):
                left = most_seconds - (time.monotonic() - start)
                trials.append(_trial(request, one, base, left / (len(others) - number)))
                tell(TUNE, number + 1, len(candidates))
        except KeyboardInterrupt:
            if not any(one.ratio for one in trials):
                raise
            interrupted = True
        seconds, used = time.monotonic() - start, process_seconds(process.pid)
        own = None if used is None else used + ended_seconds() - ended_before
        after = machine()
    if not any(one.ratio for one in trials):
        raise SpecError([_nothing(most_seconds)])
    surroundings = base.ready["environment"]
    watch = Watch(seconds, before, after, own, surroundings["cores"]["logical"] or 1)
    pairs = max(one.pairs for one in trials)
    first = Trial(baseline, median(base.durations), Ratio(1.0, 1.0, 1.0), pairs)
    return Tuned(
        spec=identity(loaded),
        how=f"{request.mode}, batch {request.batch}",
        environment=surroundings,
        noise=noise(base.durations, watch),
        trials=(first, *trials),
        seconds=seconds,
        interrupted=interrupted,
    )


def _trial(request: BenchRequest, one: Candidate, base: Session, seconds: float) -> Trial:
    ends = time.monotonic() + seconds
    if seconds <= 0:
        return Trial(one, failure="no time was left")
    wanted = _of(request, one)
    try:
        with Process(environment_of(wanted)) as process:
            job = wanted.job(base.network)
            session = Session(process, job, (base.network, base.target), str(one), nobody)
            with process.deadline(seconds):
                session.prepare()
                session.warm(WARM_STEPS)
            paired = PairedRun(session, base)
            paired.run(PAIRS, max(ends - time.monotonic(), 0.0), nobody)
            ratios = paired.ratios
            middle = median(session.durations)
    except TimeoutError:
        return Trial(one, failure=f"not ready within its {seconds:.0f} s")
    except SpecError as error:
        return Trial(one, failure=error.findings[0].message)
    except WorkerError as error:
        return Trial(one, failure=str(error).partition("\n")[0])
    if len(ratios) < FEWEST_PAIRS:
        why = f"{len(ratios)} pairs in its {seconds:.0f} s are too few"
        return Trial(one, middle, pairs=len(ratios), failure=why)
    return Trial(one, middle, of_pairs(ratios), len(ratios))


def _nothing(seconds: float) -> Diagnostic:
    return finding(
        "E0805",
        f"no engine was ready within {seconds:g} s, so that there is nothing to choose from",
        f"--tune-seconds {seconds:g}",
        "give it more time",
    )


def _of(request: BenchRequest, candidate: Candidate) -> BenchRequest:
    return dataclasses.replace(request, engine=candidate.engine, onednn=candidate.onednn)


def _value(trial: Trial) -> float:
    assert trial.ratio is not None
    return trial.ratio.value
