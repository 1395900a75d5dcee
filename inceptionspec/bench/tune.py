"""The engine chosen by measurement: all that are installed, each in a process, take turns."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

from inceptionspec.backends.engines import ENGINES, FLOAT32, INT8
from inceptionspec.bench.lowering import cost, quantized
from inceptionspec.bench.machine.memory import available_bytes
from inceptionspec.bench.measure.bootstrap import Ratio
from inceptionspec.bench.measure.noise import noise
from inceptionspec.bench.request.identity import RunIdentity, identity
from inceptionspec.bench.request.memory_estimate import estimate_memory, memory_text
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import TRAINING_ENGINES, BenchRequest, worker_variables
from inceptionspec.bench.request.target import Target
from inceptionspec.bench.rounds import Side, Watch, in_turn, ratio_to
from inceptionspec.bench.workers.process import Process, WorkerError
from inceptionspec.bench.workers.session import Progress, Session, no_progress
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.engines.available import available, check_any_available, check_available
from inceptionspec.engines.precision_cost import PrecisionCost
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.utils.processor import usable_cores

MAX_SECONDS = 60.0
PREPARING = 0.6
"""The share of the time in which candidates are made ready; turns are taken in the rest."""
WARM_STEPS = 3
MIN_ROUNDS = 5
"""With fewer rounds an interval means nothing."""
ROUNDS = 20
SURE_ROUNDS = 10
"""From this many rounds on, the search ends where the intervals of the best two are apart."""
BEHIND = 0.5
"""Where time presses, a candidate is left out whose best turn took longer than the best of all by
this share; one turn shows little on a busy machine."""
BASELINE = "keras"
TUNE = "tuning"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine and whether oneDNN is on.

    Attributes:
        engine: a name of ``ENGINES``.
        onednn: for an engine of TensorFlow; None as it is installed.
    """

    engine: str
    onednn: bool | None = None

    def __str__(self) -> str:
        if self.onednn is None:
            return self.engine
        return f"{self.engine}, oneDNN {'on' if self.onednn else 'off'}"


#: What is tried for inference, what is ready soonest first.
_INFERENCE = (
    Candidate("openvino"),
    Candidate("onnxruntime"),
    Candidate("litert"),
    Candidate(BASELINE),
    Candidate("optimized", True),
    Candidate("optimized", False),
    Candidate("graph", True),
    Candidate("graph", False),
    Candidate("xla"),
)
_TRAINING = tuple(
    Candidate(engine, onednn) for engine in TRAINING_ENGINES for onednn in (False, True)
)


def candidates_of(mode: str, precision: str = FLOAT32) -> tuple[Candidate, ...]:
    """What is tried in a mode, of what can run here in a precision.

    Raises:
        SpecError: the mode uses no engine (E0805), or no engine is installed (E0820) or computes in
            the precision (E0823).
    """
    if not MODES[mode].batched:
        message = f"the mode `{mode}` uses no engine: there is nothing to tune"
        raise spec_error("E0805", message, f"--mode {mode}")
    known = _TRAINING if MODES[mode].trains else _INFERENCE
    here = available(precision)
    found = tuple(candidate for candidate in known if candidate.engine in here)
    if not found and precision != FLOAT32:
        check_any_available(precision, f"--tune --precision {precision}")
    if not found:
        check_available(BASELINE, "--tune")
    return found


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a candidate.

    Attributes:
        candidate: what was tried.
        onednn: whether oneDNN's kernels ran; None where TensorFlow did not compute, or it is
            not known.
        seconds: the median of a step; None where none was measured.
        ratio: the baseline's time over its own, with the interval; None where too few were
            measured.
        rounds: how many it took part in.
        failure: why it cannot be chosen; empty where it can.
    """

    candidate: Candidate
    onednn: bool | None = None
    seconds: float | None = None
    ratio: Ratio | None = None
    rounds: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The result of a search.

    Attributes:
        spec: the network.
        how: what a step was, in words.
        environment: machine, versions of all runtimes, and switches of the baseline.
        noise: what makes the ratios doubtful.
        baseline: what the others are compared with.
        trials: one for each candidate, in the order in which they were tried.
        seconds: how long the search took.
        interrupted: whether Ctrl-C ended it early.
        cost: what a precision below float32 costs by the winner; None in float32.
    """

    spec: RunIdentity
    how: str
    environment: Mapping[str, Any] = field(repr=False)
    noise: tuple[str, ...]
    baseline: Candidate
    trials: tuple[Trial, ...]
    seconds: float
    interrupted: bool = False
    cost: PrecisionCost | None = None

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """The trials that can be chosen, the fastest first."""
        chosen = (trial for trial in self.trials if trial.ratio and not trial.failure)
        return tuple(sorted(chosen, key=lambda trial: -(trial.ratio.value if trial.ratio else 0)))

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
    """Make every candidate ready in a process of its own, then let them take turns.

    Each has one turn in a round, so that all ratios are of one time. A candidate that fails, that
    is not ready in its share of the time, or that does not fit in memory next to the others, is
    left out, and the search goes on; one whose interval is below that of the best takes no more
    turns. The engine of the request is not used.

    Raises:
        SpecError: there is nothing to tune, or no candidate could be measured.
        KeyboardInterrupt: Ctrl-C came before enough rounds were measured.
    """
    candidates = candidates_of(request.mode, request.precision)
    _with_candidate(request, candidates[0]).check()
    search = _Search(loaded, request, candidates, max_seconds)
    with ExitStack() as processes:
        lowering = None
        if request.lowering.lowers:
            lowering = processes.enter_context(Process(worker_variables(request)))
            search.quantize(lowering)
        search.make_ready(
            candidates,
            processes,
            lambda done: progress(TUNE, done, len(candidates) + ROUNDS),
        )
        watch = Watch(search.sides.values())  # what went before was their own work
        interrupted = search.take_turns(
            lambda rounds: progress(TUNE, len(candidates) + rounds, len(candidates) + ROUNDS)
        )
        if not search.active or search.rounds < MIN_ROUNDS:
            raise search.nothing_measured()
        baseline = search.baseline
        base = search.sides[baseline]
        found = Tuned(
            spec=identity(loaded),
            how=f"{request.mode}, batch {request.batch}"
            + (f", {request.precision}" if request.lowering.lowers else ""),
            environment=search.environment(),
            noise=noise(list(base.turns.values()), watch.observed()),
            baseline=baseline,
            trials=tuple(search.trial(candidate) for candidate in candidates),
            seconds=search.spent(),
            interrupted=interrupted,
        )
        if lowering is None:
            return found
        job = dataclasses.replace(search.job, engine=found.winner.candidate.engine)
        return dataclasses.replace(found, cost=cost(lowering, job))


class _Search:
    """A search under way.

    Attributes:
        sides: those that were ready.
        failures: why others were not, or why a side was left out.
        resting: those that were measured and cannot win.
        rounds: how many were run.
    """

    def __init__(
        self,
        loaded: LoadedSpec,
        request: BenchRequest,
        candidates: Sequence[Candidate],
        max_seconds: float,
    ) -> None:
        self.loaded, self.request, self.max_seconds = loaded, request, max_seconds
        self.candidates = candidates
        self.target: Target = request.target(loaded)
        self.sides: dict[Candidate, Side] = {}
        self.failures: dict[Candidate, str] = {}
        self.resting: set[Candidate] = set()
        self.rounds = 0
        self.job = request.job(loaded, same_weights=True)
        self._start = time.monotonic()

    def quantize(self, process: Process) -> None:
        """Make the file that all candidates of int8 run."""
        if self.request.precision == INT8:
            self.job = quantized(process, self.job)

    def spent(self) -> float:
        """The seconds since the search began."""
        return time.monotonic() - self._start

    @property
    def baseline(self) -> Candidate:
        """The Keras model where it was measured, otherwise the first that was."""
        active = self.active or list(self.sides)
        return next((one for one in active if one.engine == BASELINE), active[0])

    def make_ready(
        self,
        candidates: Sequence[Candidate],
        processes: ExitStack,
        progress: Callable[[int], None],
    ) -> None:
        """Start a process for each candidate, as many at a time as there are cores."""
        with ThreadPoolExecutor(usable_cores()) as pool:
            try:
                waiting = [pool.submit(self._make_ready, one, processes) for one in candidates]
                for number, each in enumerate(waiting):
                    progress(number)
                    each.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                processes.close()  # which ends what threads wait for
                raise

    def _make_ready(self, candidate: Candidate, processes: ExitStack) -> None:
        """Start a candidate's process, and run its first steps."""
        seconds = self.max_seconds * PREPARING - self.spent()
        request = _with_candidate(self.request, candidate)
        needed = estimate_memory(self.loaded, request, self.target).of(request.batch)
        free = available_bytes()
        if seconds <= 0:
            self.failures[candidate] = "no time was left"
            return
        if free is not None and needed > free:
            self.failures[candidate] = (
                f"it needs about {memory_text(needed)} of memory next to the others, and "
                f"{memory_text(free)} are available"
            )
            return

        def ready() -> None:
            process = processes.enter_context(Process(worker_variables(request)))
            job = dataclasses.replace(self.job, engine=request.engine)
            session = Session(process, job, self.loaded, self.target, str(candidate))
            with process.deadline(seconds):
                session.prepare()
                session.warm(WARM_STEPS)
                self.sides[candidate] = Side(session)

        self._guarded(candidate, ready, seconds)

    def take_turns(self, progress: Callable[[int], None]) -> bool:
        """Run rounds until one is best, or the time is up. Returns whether Ctrl-C came."""
        longest = 0.0
        try:
            while self._open(longest):
                began = self.spent()
                for candidate in in_turn(self.active, self.rounds):
                    side = self.sides[candidate]
                    self._guarded(candidate, partial(side.turn, self.rounds))
                self.rounds += 1
                longest = self.spent() - began
                self._leave_out(longest)
                progress(min(self.rounds, ROUNDS))
        except KeyboardInterrupt:
            if self.rounds < MIN_ROUNDS:
                raise
            return True
        return False

    @property
    def active(self) -> list[Candidate]:
        """Those that take turns."""
        out = self.failures.keys() | self.resting
        return [one for one in self.candidates if one in self.sides and one not in out]

    def _open(self, round_seconds: float) -> bool:
        """Whether there is time for another round, and something left to find out."""
        if not self.active or self.spent() + round_seconds > self.max_seconds:
            return False
        if self.rounds < SURE_ROUNDS:
            return True
        return self.rounds < ROUNDS and not self._sure()

    def _sure(self) -> bool:
        found = sorted(
            (trial.ratio for trial in map(self.trial, self.active) if trial.ratio),
            key=lambda one: -one.value,
        )
        return len(found) < 2 or found[0].low > found[1].high

    def _leave_out(self, round_seconds: float) -> None:
        """Let rest who cannot win any more; the baseline goes on."""
        kept = self.baseline if self.active else None
        others = [one for one in self.active if one != kept]
        if self.rounds < MIN_ROUNDS:
            left = self.max_seconds - self.spent()
            if round_seconds * (MIN_ROUNDS - self.rounds) <= left:
                return
            fastest = {one: min(self.sides[one].turns.values()) for one in self.active}
            for candidate in others:
                share = min(fastest.values()) / fastest[candidate]
                if share < BEHIND:
                    self.failures[candidate] = (
                        f"left out for lack of time: {share:.2f} of the fastest"
                    )
            return
        ratios = {one: self.trial(one).ratio for one in self.active}
        best = max((ratio.low for ratio in ratios.values() if ratio), default=0.0)
        self.resting |= {one for one in others if (ratio := ratios[one]) and ratio.high < best}

    def _guarded(
        self, candidate: Candidate, work: Callable[[], object], seconds: float = 0.0
    ) -> None:
        """Do something that may fail: then the candidate is left out, with the reason."""
        try:
            work()
        except TimeoutError:
            self.failures[candidate] = f"not ready within its {seconds:.0f} s"
        except SpecError as error:
            self.failures[candidate] = error.findings[0].message
        except WorkerError as error:
            self.failures[candidate] = str(error).partition("\n")[0]

    def trial(self, candidate: Candidate) -> Trial:
        """What is known of a candidate."""
        side, failure = self.sides.get(candidate), self.failures.get(candidate, "")
        if side is None:
            return Trial(candidate, candidate.onednn, failure=failure)
        onednn = candidate.onednn
        if onednn is None and ENGINES[candidate.engine].in_tensorflow:
            onednn = side.session.ready["environment"]["onednn"]["effective"]
        base = self.sides[self.baseline]
        return Trial(
            candidate,
            onednn,
            median(side.turns.values()) if side.turns else None,
            Ratio(1.0, 1.0, 1.0) if side is base else ratio_to(base, side),
            len(side.turns),
            failure,
        )

    def environment(self) -> dict[str, Any]:
        """The baseline's, with the version of every runtime that was ready."""
        found = dict(self.sides[self.baseline].session.ready["environment"])
        for candidate, side in self.sides.items():
            runtime = ENGINES[candidate.engine].runtime
            found[runtime] = side.session.ready["environment"].get(runtime)
        return found

    def nothing_measured(self) -> SpecError:
        """The finding where no engine can be chosen."""
        return spec_error(
            "E0805",
            f"no engine took {MIN_ROUNDS} turns within {self.max_seconds:g} s, so there is "
            "nothing to choose from",
            f"--tune-seconds {self.max_seconds:g}",
            "give it more time",
            notes=tuple(
                f"{one}: {self.failures[one]}" for one in self.candidates if one in self.failures
            ),
        )


def _with_candidate(request: BenchRequest, candidate: Candidate) -> BenchRequest:
    onednn = request.onednn if candidate.onednn is None else candidate.onednn
    return dataclasses.replace(request, engine=candidate.engine, onednn=onednn)
