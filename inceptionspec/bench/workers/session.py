"""One worker at work: from a job to the run that is told of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from inceptionspec.bench.machine.cpu_time import PROC, Machine, machine, process_seconds
from inceptionspec.bench.machine.memory import peak_bytes
from inceptionspec.bench.measure.noise import Watch, noise
from inceptionspec.bench.measure.run import Run, Times
from inceptionspec.bench.request.identity import identity
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.target import Target
from inceptionspec.bench.workers.process import Process
from inceptionspec.frontend.load import LoadedSpec

#: Called between steps with a phase, how much of it is done, and its whole.
Progress = Callable[[str, int, int], None]

PREPARE = "preparing"
FIRST_STEP = "first step"
BURN_IN = "burn-in"
STEPS = "steps"


class Session:
    """One side of a benchmark in its worker, and what it has measured so far.

    Attributes:
        network: what is run, or what the side is held against.
        target: what of it.
        durations: of the counted steps.
        burned: steps before those, besides the first.
    """

    def __init__(
        self,
        process: Process,
        job: Job,
        what: tuple[LoadedSpec, Target],
        side: str,
        progress: Progress,
    ) -> None:
        self.process = process
        self.network, self.target = what
        self.job = job
        self.side = side
        self.progress = progress
        self.durations: list[float] = []
        self.burned = 0
        self.steady: bool | None = None
        self.ready: dict[str, Any] = {}
        self.first_step: float | None = None
        self.started = _now()
        self._began = time.monotonic()
        self._before = machine()
        self._own: float | None = None

    def prepare(self) -> None:
        """Make the job ready, up to tracing."""
        self.progress(PREPARE, 0, 1)
        self.ready = self.process.prepare(self.job)
        self.progress(PREPARE, 1, 1)

    def warm(self, burn_in: int | None) -> None:
        """Run the first step, and those that do not count."""
        self.started = _now()
        self.progress(FIRST_STEP, 0, 1)
        self.first_step = self.process.first()
        self.progress(FIRST_STEP, 1, 1)

        def heard(one: float) -> None:
            self.burned += 1
            self.progress(BURN_IN, self.burned, burn_in or self.burned + 1)

        self.steady = self.process.warm(burn_in, heard)["steady"]

    def watch(self) -> None:
        """Look from now on at what else the machine does."""
        self._began, self._before = time.monotonic(), machine()
        self._own = process_seconds(self.process.pid)

    def run(self, steps: int, least_seconds: float = 0.0) -> None:
        """Run counted steps."""
        taken = 0.0

        def heard(one: float) -> None:
            nonlocal taken
            taken += one
            self.durations.append(one)
            done = len(self.durations)
            whole = max(steps, round(done * least_seconds / taken)) if taken else steps
            self.progress(STEPS, done, max(whole, done))

        self.process.run(steps, heard, least_seconds)

    def result(
        self,
        *,
        interrupted: bool,
        idle: float | None = None,
        others: float = 0.0,
    ) -> Run:
        """What was measured so far, of which there is at least one step.

        Args:
            idle: how much of a core this side used while it waited for its turn.
            others: processor time of the benchmark's other workers.
        """
        mode = MODES[self.job.mode]
        assert self.first_step is not None
        return Run(
            spec=identity(self.network),
            side=self.side,
            mode=self.job.mode,
            engine=self.job.engine if self.job.side == "spec" and mode.batched else None,
            head=self.target.head,
            batch=self.job.batch if mode.batched else None,
            threads=self.job.threads,
            burn_in=self.burned,
            durations=tuple(self.durations),
            times=Times(
                self.ready["prepare_seconds"], self.ready["trace_seconds"], self.first_step
            ),
            macs=self.target.cost.macs or 0,
            flops=self.target.cost.flops or 0,
            peak_bytes=peak_bytes(PROC / str(self.process.pid) / "status"),
            started=self.started,
            finished=_now(),
            environment=self.ready["environment"],
            facts=self.ready["facts"],
            noise=self.signs(self.durations, idle, others),
            interrupted=interrupted,
        )

    def signs(
        self, durations: Sequence[float], idle: float | None = None, others: float = 0.0
    ) -> tuple[str, ...]:
        """The signs of noise since the worker is watched; arguments as of ``result``."""
        return noise(durations, self._watched(machine(), idle, others))

    def used(self) -> float:
        """Processor time of the worker since it is watched."""
        now = process_seconds(self.process.pid)
        return 0.0 if now is None or self._own is None else now - self._own

    def _watched(self, after: Machine, idle: float | None, others: float) -> Watch:
        own = None if self._own is None else self.used() + others
        cores = (self.ready["environment"]["cores"]["logical"]) or 1
        seconds = time.monotonic() - self._began
        return Watch(seconds, self._before, after, own, cores, self.steady, idle)


def _now() -> datetime:
    return datetime.now().astimezone()
