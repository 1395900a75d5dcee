"""One benchmark run as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inceptionspec.runs.statistics import Statistics, statistics


@dataclass(frozen=True, slots=True)
class Identity:
    """Which network was run.

    Attributes:
        name: what the network calls itself.
        path: where its spec was read from.
        network: digest of what is computed: runs are compared by it.
        document: digest of the whole expanded text.
    """

    name: str
    path: str
    network: str
    document: str


@dataclass(frozen=True, slots=True)
class Run:
    """What one benchmark measured, and of what.

    Attributes:
        spec: the network that was run.
        mode: what a step does: ``forward``.
        head: the head that was run, ``all``, or None where the network has none.
        batch: images in one step.
        burn_in: steps that were run before those that count, besides the first.
        durations: seconds of each counted step, in order.
        first_step_seconds: tracing, compilation and one pass.
        macs: multiply-accumulates of what was run, for one image.
        flops: floating-point operations of what was run, for one image, by the convention
            of ``analyses.costs.Cost``.
        started: when the first step began, in local time with its offset.
        finished: when the last step had ended.
        environment: machine, versions and switches, taken before the first step.
        interrupted: whether fewer steps were run than were asked for.
    """

    spec: Identity
    mode: str
    head: str | None
    batch: int
    burn_in: int
    durations: tuple[float, ...]
    first_step_seconds: float
    macs: int
    flops: int
    started: datetime
    finished: datetime
    environment: Mapping[str, Any]
    interrupted: bool = False

    @property
    def steps(self) -> int:
        """The steps that were counted."""
        return len(self.durations)

    @property
    def seconds(self) -> Statistics:
        """Mean, spread and percentiles of a step."""
        return statistics(self.durations)

    @property
    def images_per_second(self) -> float:
        """Of one step and the mean: batch / seconds."""
        return self.batch / self.seconds.mean

    @property
    def gflops_per_second(self) -> float:
        """By the spec's own count: flops x images per second / 10^9."""
        return self.flops * self.images_per_second / 1e9
