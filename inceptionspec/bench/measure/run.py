"""One benchmark run as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inceptionspec.backends.engines import FLOAT32
from inceptionspec.bench.measure.statistics import Statistics, statistics
from inceptionspec.bench.request.identity import RunIdentity
from inceptionspec.bench.request.modes import MODES
from inceptionspec.engines.precision_cost import PrecisionCost


@dataclass(frozen=True, slots=True)
class Times:
    """What was timed besides the steps, in seconds; None where it does not exist.

    Attributes:
        prepare: from a started process to a step that can be called: the import of
            TensorFlow, the model, the trace.
        trace: the part of it that makes the TensorFlow graph, without compiling or running it.
        first_step: the first step: compilation, allocation, and one step.
    """

    prepare: float | None
    trace: float | None
    first_step: float

    def compilation(self, median: float) -> float:
        """How much longer the first step took than an ordinary one, in seconds."""
        return max(self.first_step - median, 0.0)


@dataclass(frozen=True, slots=True)
class Run:
    """What one benchmark measured, and of what.

    Attributes:
        spec: the network that was run.
        side: whose code ran: ``spec`` or ``keras:NAME``.
        mode: what a step does, a name of ``MODES``.
        engine: what computed it, a name of ``ENGINES``; None where no engine did.
        head: the head that was run, ``all``, or None where the network has none.
        batch: images in one step; None where a step reads none.
        threads: the number that was asked for; None for the library's choice.
        burn_in: steps before the counted ones, without the first.
        durations: seconds of each counted step, in order.
        times: what was timed besides the steps.
        macs: multiply-accumulates of the forward pass, for one image.
        flops: floating-point operations of the same, by the convention of
            ``analysis.costs.PrecisionCost``.
        peak_bytes: peak resident memory of the process that ran the steps.
        started: when the first step began, in local time with its offset.
        finished: when the last step ended.
        environment: machine, versions and switches.
        facts: what a reader must know about a step.
        precision: what it was asked to compute in; the environment has what it computes in.
        cost: what a precision below float32 costs; None in float32.
        noise: what makes the figures doubtful.
        interrupted: whether fewer steps ran than were asked for.
    """

    spec: RunIdentity
    side: str
    mode: str
    engine: str | None
    head: str | None
    batch: int | None
    threads: int | None
    burn_in: int
    durations: tuple[float, ...] = field(repr=False)
    times: Times
    macs: int
    flops: int
    peak_bytes: int | None
    started: datetime
    finished: datetime
    environment: Mapping[str, Any] = field(repr=False)
    facts: Mapping[str, str] = field(repr=False)
    precision: str = FLOAT32
    cost: PrecisionCost | None = None
    noise: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def steps(self) -> int:
        """The number of counted steps."""
        return len(self.durations)

    @property
    def seconds(self) -> Statistics:
        """Mean, spread and percentiles of a step, in seconds."""
        return statistics(self.durations)

    @property
    def images_per_second(self) -> float | None:
        """``batch / seconds.mean``; None where a step reads no images."""
        return None if self.batch is None else self.batch / self.seconds.mean

    @property
    def gflops_per_second(self) -> float | None:
        """``flops`` x images per second / 10^9, by the spec's own count.

        None where a step is more than a forward pass: the spec counts nothing else.
        """
        rate = self.images_per_second
        return self.flops * rate / 1e9 if rate is not None and MODES[self.mode].counts else None
