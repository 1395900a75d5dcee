"""One side of a benchmark at work: from a job to a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from inceptionspec.backends.engines import FLOAT32
from inceptionspec.bench.machine.cpu_time import PROC, machine_counters, process_seconds
from inceptionspec.bench.machine.memory import peak_bytes
from inceptionspec.bench.measure.noise import Observation, noise
from inceptionspec.bench.measure.run import Run, Times
from inceptionspec.bench.request.identity import identity
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.target import Target
from inceptionspec.bench.workers.process import Process
from inceptionspec.engines.precision_cost import PrecisionCost
from inceptionspec.frontend.load import LoadedSpec

#: Called between steps with a phase, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]

PREPARE = "preparing"
FIRST_STEP = "first step"
BURN_IN = "burn-in"
STEPS = "steps"


def no_progress(phase: str, done: int, total: int) -> None:
    """Report nothing."""


class Session:
    """One side of a benchmark in its worker, and what it has measured so far.

    Attributes:
        network: what is run, or what the side is compared with.
        target: what of the network is run.
        durations: seconds of the counted steps.
        burned: steps before those, without the first.
        cost: what its precision costs, where that was measured.
    """

    def __init__(
        self,
        process: Process,
        job: Job,
        network: LoadedSpec,
        target: Target,
        side: str = "spec",
        progress: Progress = no_progress,
    ) -> None:
        self.process = process
        self.job = job
        self.network = network
        self.target = target
        self.side = side
        self.progress = progress
        self.durations: list[float] = []
        self.burned = 0
        self.steady: bool | None = None
        self.cost: PrecisionCost | None = None
        self.ready: dict[str, Any] = {}
        self.first_step: float | None = None
        self.started = _now()
        self._watched_from = time.monotonic()
        self._before = machine_counters()
        self._own: float | None = None

    def prepare(self) -> None:
        """Make the job ready, up to tracing."""
        self.progress(PREPARE, 0, 1)
        self.ready = self.process.prepare(self.job)
        self.progress(PREPARE, 1, 1)

    def warm(self, burn_in: int | None) -> None:
        """Run the first step, and the burn-in steps."""
        self.started = _now()
        self.progress(FIRST_STEP, 0, 1)
        self.first_step = self.process.first()
        self.progress(FIRST_STEP, 1, 1)

        def on_duration(seconds: float) -> None:
            self.burned += 1
            self.progress(BURN_IN, self.burned, burn_in or self.burned + 1)

        self.steady = self.process.warm(burn_in, on_duration)["steady"]

    def watch(self) -> None:
        """Observe from now on what else the machine does."""
        self._watched_from, self._before = time.monotonic(), machine_counters()
        self._own = process_seconds(self.process.pid)

    def run(self, steps: int, min_seconds: float = 0.0) -> None:
        """Run counted steps."""
        elapsed = 0.0

        def on_duration(seconds: float) -> None:
            nonlocal elapsed
            elapsed += seconds
            self.durations.append(seconds)
            done = len(self.durations)
            total = max(steps, round(done * min_seconds / elapsed)) if elapsed else steps
            self.progress(STEPS, done, max(total, done))

        self.process.run(steps, on_duration, min_seconds)

    def result(
        self,
        *,
        interrupted: bool,
        idle: float | None = None,
        others: float = 0.0,
    ) -> Run:
        """What was measured so far: at least one step.

        Args:
            interrupted: whether fewer steps ran than were asked for.
            idle: the share of a core that this side used while it waited for its turn.
            others: processor time of the benchmark's other workers, in seconds.
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
            precision=self.job.lowering.get("precision", FLOAT32),
            cost=self.cost,
            noise=self.noise_signs(self.durations, idle, others),
            interrupted=interrupted,
        )

    def noise_signs(
        self, durations: Sequence[float], idle: float | None = None, others: float = 0.0
    ) -> tuple[str, ...]:
        """The signs of noise since ``watch``; the arguments are those of ``result``."""
        observed = Observation(
            seconds=time.monotonic() - self._watched_from,
            before=self._before,
            after=machine_counters(),
            own=None if self._own is None else self.used_seconds() + others,
            cores=self.ready["environment"]["cores"]["logical"] or 1,
            steady=self.steady,
            idle=idle,
        )
        return noise(durations, observed)

    def used_seconds(self) -> float:
        """Processor time of the worker since ``watch``, in seconds."""
        now = process_seconds(self.process.pid)
        return 0.0 if now is None or self._own is None else now - self._own


def _now() -> datetime:
    return datetime.now().astimezone()
