"""Two sides against each other: each in a worker of its own, in turn, never both at once."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from statistics import median

from inceptionspec.bench.lowering import lowered
from inceptionspec.bench.machine.cpu_time import process_seconds
from inceptionspec.bench.measure.agreement import TOLERANCE, Agreement
from inceptionspec.bench.measure.bootstrap import Ratio, ratio_of_pairs
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.request.memory_estimate import check_memory, estimate_memory
from inceptionspec.bench.request.opponent import Opponent
from inceptionspec.bench.request.request import BenchRequest, worker_variables
from inceptionspec.bench.rounds import turn_steps
from inceptionspec.bench.workers.peak_share import PeakWatch, with_share
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import Progress, Session, no_progress
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.frontend.load import LoadedSpec

PAIRS = 20
"""The least number of pairs that are measured."""
NARROW = 0.05
"""Pairs are added until the half width of the interval is at most this share of the ratio."""
MAX_SECONDS = 300.0
PAIR = "pairs"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two sides took, pair by pair.

    Attributes:
        ours: our run; the counted steps are those of its turns.
        theirs: the other side's run.
        ratios: their time over ours, for each pair.
        ratio: the median of these, with its interval: above 1, ours is faster.
        agreement: how outputs compared; None where the networks or their weights differ.
        interrupted: whether Ctrl-C came before all pairs that were asked for.
    """

    ours: Run
    theirs: Run
    ratios: tuple[float, ...] = field(repr=False)
    ratio: Ratio
    agreement: Agreement | None
    interrupted: bool

    @property
    def narrow(self) -> bool:
        """Whether the interval is as narrow as it should be."""
        return self.ratio.half_width <= NARROW


def compare(
    loaded: LoadedSpec,
    request: BenchRequest,
    other: Opponent,
    *,
    pairs: int = PAIRS,
    max_seconds: float = MAX_SECONDS,
    peak: bool = False,
    progress: Progress = no_progress,
) -> Comparison:
    """Measure both sides in turn until the interval is narrow or the time is up.

    Sides take turns in the order A B, B A: a slow drift disturbs both alike.

    Args:
        loaded: our network.
        request: our side.
        other: the other side.
        pairs: the least number of pairs.
        max_seconds: when to stop adding pairs.
        peak: whether the machine's matrix peak is measured between pairs: before the
            first, after half of them, and after the last.
        progress: called between steps with a phase, how much of it is done, and its total.

    Raises:
        SpecError: a side cannot be made ready, or the outputs differ (E0709).
        KeyboardInterrupt: Ctrl-C came before two pairs were measured.
    """
    request.check()
    target = request.target(loaded)
    theirs_needed = estimate_memory(other.network, other.request, other.target)
    check_memory(loaded, request, other=theirs_needed)
    with (
        lowered(request, request.job(loaded, same_weights=True), progress) as (job, our_cost),
        lowered(other.request, other.job, progress) as (their_job, their_cost),
        Process(worker_variables(request)) as first,
        Process(worker_variables(other.request)) as second,
    ):
        ours = Session(first, job, loaded, target, progress=progress)
        side = "spec" if other.job.side == "spec" else other.name
        theirs = Session(second, their_job, other.network, other.target, side, progress)
        ours.cost, theirs.cost = our_cost, their_cost
        for session in (ours, theirs):
            session.prepare()
        agreement = _check_agreement(ours, theirs, other)
        for session in (ours, theirs):
            session.warm(request.burn_in)
        paired = PairedRun(ours, theirs, PeakWatch(first, request.threads) if peak else None)
        interrupted = False
        try:
            paired.run(pairs, max_seconds, progress)
        except KeyboardInterrupt:
            if len(paired.ratios) < 2:
                raise
            interrupted = True
        ratios = tuple(paired.ratios)
        return Comparison(
            paired.result(ours, theirs, interrupted),
            paired.result(theirs, ours, interrupted),
            ratios,
            ratio_of_pairs(ratios),
            agreement,
            interrupted,
        )


class PairedRun:
    """Two warm sessions that take turns.

    Attributes:
        ratios: the second's time over the first's, for each pair.
    """

    def __init__(self, first: Session, second: Session, limits: PeakWatch | None = None) -> None:
        self.first, self.second = first, second
        self.limits = limits
        self.ratios: list[float] = []
        self._waited = {id(first): 0.0, id(second): 0.0}
        self._used = {id(first): 0.0, id(second): 0.0}
        self._steps: dict[int, int] = {}

    def run(self, pairs: int, max_seconds: float, progress: Progress) -> None:
        """Measure ``pairs`` pairs, then more until the interval is narrow or the time is up."""
        sides = (self.first, self.second)
        self._steps = {id(side): turn_steps(side) for side in sides}
        for side in sides:
            side.watch()
        self._measure_peaks()
        ends = time.monotonic() + max_seconds
        while not self._enough(pairs, ends):
            order = sides if len(self.ratios) % 2 == 0 else sides[::-1]
            seconds = {id(side): self._turn(side, waiting)
                       for side, waiting in zip(order, order[::-1], strict=True)}  # fmt: skip
            self.ratios.append(seconds[id(self.second)] / seconds[id(self.first)])
            done = len(self.ratios)
            progress(PAIR, done, max(pairs, done))
            if done == pairs // 2:
                self._measure_peaks()
        self._measure_peaks()

    def _measure_peaks(self) -> None:
        if self.limits is not None:
            self.limits.measure()

    def _enough(self, pairs: int, ends: float) -> bool:
        done = len(self.ratios)
        if done >= 2 and time.monotonic() >= ends:
            return True
        # Computing the interval takes longer than a short pair, so it is not done each time.
        return done >= pairs and done % 5 == 0 and ratio_of_pairs(self.ratios).half_width <= NARROW

    def _turn(self, side: Session, waiting: Session) -> float:
        durations: list[float] = []
        start, before = time.monotonic(), process_seconds(waiting.process.pid)
        side.process.run(self._steps[id(side)], durations.append)
        after = process_seconds(waiting.process.pid)
        if before is not None and after is not None:
            self._used[id(waiting)] += after - before
            self._waited[id(waiting)] += time.monotonic() - start
        side.durations += durations
        return median(durations)

    def result(self, side: Session, other: Session, interrupted: bool) -> Run:
        """The run of one of the two."""
        others = other.used_seconds() + (self.limits.seconds if self.limits else 0.0)
        run = side.result(interrupted=interrupted, idle=self._idle(side), others=others)
        return with_share(run, self.limits.best if self.limits else None)

    def _idle(self, side: Session) -> float | None:
        waited = self._waited[id(side)]
        return self._used[id(side)] / waited if waited else None


def _check_agreement(ours: Session, theirs: Session, other: Opponent) -> Agreement | None:
    """Compare outputs before anything is timed, where both sides run one network.

    Raises:
        SpecError: they differ although the digests are equal (E0709).
    """
    if other.same is False or not (ours.ready["outputs"] and theirs.ready["outputs"]):
        return None
    file = os.path.join(ours.process.folder, "outputs.npz")
    ours.process.ask({"do": "outputs", "file": file, "against": False})
    answer = theirs.process.ask({"do": "outputs", "file": file, "against": True})
    agreement = Agreement(answer["deviation"], answer["telling"])
    # A Keras model with the same structure may compute something else: the result says so.
    # A lower precision deviates; its cost says by how much.
    if other.same and not agreement.same and ours.cost is None:
        raise _disagreement(agreement, other)
    return agreement


def _disagreement(agreement: Agreement, other: Opponent) -> SpecError:
    how = (
        "their shapes differ, or they are not finite"
        if agreement.deviation is None
        else f"they differ by {agreement.deviation:.1e} of the largest magnitude, "
        f"and {TOLERANCE:.0e} is allowed"
    )
    return spec_error(
        "E0709",
        f"the outputs of both sides differ, so nothing was timed: {how}",
        f"--compare {other.name}",
        "report it: two sides that compute different things cannot be compared",
        label="the same network and weights",
    )
