"""How near steps come to the machine's matrix peak, which is taken between them."""

from __future__ import annotations

import dataclasses
import os

from inceptionspec.bench.machine.peaks import Peaks, better, peaks
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.workers.process import Process

SHARE = "share of peak"


class PeakWatch:
    """The best that was reached so far, each time by a measurement of some seconds.

    Attributes:
        best: the best of all; None before the first.
        seconds: processor time of the measurements' own processes.
    """

    def __init__(self, process: Process, threads: int | None) -> None:
        self.process = process
        self.threads = threads
        self.best: Peaks | None = None
        self.seconds = 0.0

    def take(self) -> None:
        """Measure once more: TensorFlow's product in a worker, NumPy's in a new process."""
        before = _children()
        found = peaks(self.process.product(), self.threads)
        self.seconds += _children() - before
        self.best = found if self.best is None else better(self.best, found)


def with_share(run: Run, found: Peaks | None) -> Run:
    """A run whose facts say which share of the matrix peak its median step reaches."""
    if found is None or run.batch is None or not run.flops:
        return run
    rate, peak = run.flops * run.batch / run.seconds.median, found.matrix
    told = (
        f"{100 * rate / peak.per_second:.1f} % of the machine's float32 matrix peak, "
        f"{peak.per_second / 1e9:.1f} GFLOP/s: {peak.kernel}, {peak.what}; taken between steps"
    )
    return dataclasses.replace(run, facts={**run.facts, SHARE: told})


def _children() -> float:
    """Processor time of child processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system
