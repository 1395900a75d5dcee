"""How close steps come to the machine's matrix peak, which is measured between them."""

from __future__ import annotations

import dataclasses

from inceptionspec.bench.machine.cpu_time import ended_children_seconds
from inceptionspec.bench.machine.peaks import Peaks, best_of, peaks
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.workers.process import Process

SHARE = "share of peak"


class PeakWatch:
    """The best peaks so far; each measurement takes some seconds.

    Attributes:
        best: the best of all; None before the first.
        seconds: processor time of the measurements' own processes.
    """

    def __init__(self, process: Process, threads: int | None) -> None:
        self.process = process
        self.threads = threads
        self.best: Peaks | None = None
        self.seconds = 0.0

    def measure(self) -> None:
        """Measure once more: TensorFlow's product in a worker, NumPy's in a new process."""
        before = ended_children_seconds()
        measured = peaks(self.process.product(), self.threads)
        self.seconds += ended_children_seconds() - before
        self.best = measured if self.best is None else best_of(self.best, measured)


def with_share(run: Run, measured: Peaks | None) -> Run:
    """A run whose facts say which share of the matrix peak its median step reaches."""
    if measured is None or run.batch is None or not run.flops:
        return run
    rate, peak = run.flops * run.batch / run.seconds.median, measured.matrix
    share = (
        f"{100 * rate / peak.per_second:.1f} % of the machine's float32 matrix peak, "
        f"{peak.per_second / 1e9:.1f} GFLOP/s: {peak.kernel}, {peak.what}; measured between steps"
    )
    return dataclasses.replace(run, facts={**run.facts, SHARE: share})
