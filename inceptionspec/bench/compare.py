"""Two sides against each other: in workers of their own, in turn, never both at once."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from statistics import median

from inceptionspec.bench.bench import nobody
from inceptionspec.bench.machine.cpu_time import process_seconds
from inceptionspec.bench.measure.agreement import TOLERANCE, Agreement
from inceptionspec.bench.measure.bootstrap import Ratio, of_pairs
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.request.memory_estimate import estimate_memory, refuse_batch
from inceptionspec.bench.request.opponent import Opponent
from inceptionspec.bench.request.request import BenchRequest, environment_of
from inceptionspec.bench.workers.peak_share import PeakWatch, with_share
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import Progress, Session
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.frontend.load import LoadedSpec

PAIRS = 20
"""How many pairs are measured at least."""
NARROW = 0.05
"""Pairs are added until the interval reaches no farther than this share of the ratio."""
TURN_SECONDS = 0.25
"""A side's turn is one step, or as many as last so long: its figure is their median."""
MOST_SECONDS = 300.0
PAIR = "pairs"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two sides took, pair by pair.

    Attributes:
        ours: our run: the counted steps are those of its turns.
        theirs: the other side's run.
        ratios: their time over ours, of each pair.
        ratio: the median of these, with its interval: above 1, ours is faster.
        agreement: how outputs compared; None where the networks or their weights differ.
        interrupted: whether Ctrl-C came before there were as many pairs as were asked for.
    """

    ours: Run
    theirs: Run
    ratios: tuple[float, ...]
    ratio: Ratio
    agreement: Agreement | None
    interrupted: bool

    @property
    def narrow(self) -> bool:
        """Whether the interval is as narrow as was wanted."""
        return self.ratio.half_width <= NARROW


def compare(
    loaded: LoadedSpec,
    request: BenchRequest,
    other: Opponent,
    *,
    pairs: int = PAIRS,
    most_seconds: float = MOST_SECONDS,
    peak: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Measure both sides in turn until the interval is narrow or the time is up.

    Sides take turns in the order A B, B A: whatever drifts slowly disturbs both alike.

    Args:
        peak: whether the machine's matrix peak is measured between pairs: before the
            first, after half of them, and after the last.

    Raises:
        SpecError: a side cannot be made ready, or the outputs differ (E0709).
        KeyboardInterrupt: Ctrl-C came before two pairs were measured.
    """
    request.refuse()
    chosen = request.target(loaded)
    refuse_batch(
        loaded, request, beside=estimate_memory(other.network, other.request, other.target)
    )
    tell = progress or nobody
    job = request.job(loaded, same_weights=True)
    with (
        Process(environment_of(request)) as first,
        Process(environment_of(other.request)) as second,
    ):
        ours = Session(first, job, (loaded, chosen), "spec", tell)
        what = (other.network, other.target)
        side = "spec" if other.job.side == "spec" else other.name
        theirs = Session(second, other.job, what, side, tell)
        for one in (ours, theirs):
            one.prepare()
        agreement = _agreement(ours, theirs, other)
        for one in (ours, theirs):
            one.warm(request.burn_in)
        paired = PairedRun(ours, theirs, PeakWatch(first, request.threads) if peak else None)
        interrupted = False
        try:
            paired.run(pairs, most_seconds, tell)
        except KeyboardInterrupt:
            if len(paired.ratios) < 2:
                raise
            interrupted = True
        ratios = tuple(paired.ratios)
        return Comparison(
            paired.result(ours, theirs, interrupted),
            paired.result(theirs, ours, interrupted),
            ratios,
            of_pairs(ratios),
            agreement,
            interrupted,
        )


class PairedRun:
    """Two warm sessions that take turns.

    Attributes:
        ratios: the second's time over the first's, of each pair.
    """

    def __init__(self, first: Session, second: Session, limits: PeakWatch | None = None) -> None:
        self.first, self.second = first, second
        self.limits = limits
        self.ratios: list[float] = []
        self._waited = {id(first): 0.0, id(second): 0.0}
        self._used = {id(first): 0.0, id(second): 0.0}
        self._steps: dict[int, int] = {}

    def run(self, pairs: int, most_seconds: float, tell: Progress) -> None:
        """Measure so many pairs, and more until the interval is narrow or the time is up."""
        self._steps = {id(one): self._turn_steps(one) for one in (self.first, self.second)}
        for one in (self.first, self.second):
            one.watch()
        if self.limits is not None:
            self.limits.take()
        ends = time.monotonic() + most_seconds
        while not self._enough(pairs, ends):
            turns = [self.first, self.second]
            if len(self.ratios) % 2:
                turns.reverse()
            taken = {id(side): self._turn(side, turns[1 - number])
                     for number, side in enumerate(turns)}  # fmt: skip
            self.ratios.append(taken[id(self.second)] / taken[id(self.first)])
            done = len(self.ratios)
            tell(PAIR, done, max(pairs, done))
            if self.limits is not None and done == pairs // 2:
                self.limits.take()
        if self.limits is not None:
            self.limits.take()

    def _enough(self, pairs: int, ends: float) -> bool:
        done = len(self.ratios)
        if done >= 2 and time.monotonic() >= ends:
            return True
        # Looking at the interval costs more than a short pair: not each time.
        return done >= pairs and done % 5 == 0 and of_pairs(self.ratios).half_width <= NARROW

    def _turn_steps(self, side: Session) -> int:
        """How many steps make a turn: measured by three that do not count."""
        heard: list[float] = []
        side.process.run(3, heard.append)
        return max(1, round(TURN_SECONDS / max(median(heard), 1e-9)))

    def _turn(self, side: Session, waiting: Session) -> float:
        heard: list[float] = []
        start, used = time.monotonic(), process_seconds(waiting.process.pid)
        side.process.run(self._steps[id(side)], heard.append)
        after = process_seconds(waiting.process.pid)
        if used is not None and after is not None:
            self._used[id(waiting)] += after - used
            self._waited[id(waiting)] += time.monotonic() - start
        side.durations += heard
        return median(heard)

    def result(self, side: Session, other: Session, interrupted: bool) -> Run:
        """The run of one of the two."""
        idle = self._idle(side)
        if self.limits is None:
            return side.result(interrupted=interrupted, idle=idle, others=other.used())
        others = other.used() + self.limits.seconds
        return with_share(
            side.result(interrupted=interrupted, idle=idle, others=others), self.limits.best
        )

    def _idle(self, side: Session) -> float | None:
        waited = self._waited[id(side)]
        return self._used[id(side)] / waited if waited else None


def _agreement(ours: Session, theirs: Session, other: Opponent) -> Agreement | None:
    """Compare outputs before anything is timed, where both sides run one network."""
    if other.same is False or not (ours.ready["outputs"] and theirs.ready["outputs"]):
        return None
    file = os.path.join(ours.process.folder, "outputs.npz")
    ours.process.ask({"do": "outputs", "file": file, "against": False})
    answer = theirs.process.ask({"do": "outputs", "file": file, "against": True})
    found = Agreement(answer["deviation"], answer["telling"])
    # A model of Keras that is only made alike may compute something else: that is told.
    if other.same and not found.same:
        raise SpecError([_disagreement(found, other)])
    return found


def _disagreement(found: Agreement, other: Opponent) -> Diagnostic:
    how = (
        "their shapes differ, or they are not finite"
        if found.deviation is None
        else f"they lie {found.deviation:.1e} of the largest magnitude apart, "
        f"and {TOLERANCE:.0e} is allowed"
    )
    return finding(
        "E0709",
        f"the outputs of both sides differ, so that nothing was timed: {how}",
        f"--compare {other.name}",
        "report it: two sides that compute different things cannot be compared",
        label="the same network and weights",
    )
