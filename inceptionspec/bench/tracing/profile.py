"""A profile as data: the time of each layer, and the least time by the roofline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from inceptionspec.bench.machine.peaks import Peaks
from inceptionspec.bench.request.identity import RunIdentity
from inceptionspec.bench.tracing.roofline import Demand, memory_bound, predicted_seconds
from inceptionspec.ops.record import Shape


class LayerProfile(NamedTuple):
    """One layer of the spec's network in one step.

    Attributes:
        path: the layer's path.
        op: its operator.
        block: the path of the innermost block around it; empty at the top.
        head: the head that it belongs to; empty elsewhere.
        group: the row of a summary at depth 1 that it belongs to.
        shape: its output for one image, height x width x channels.
        demand: what it demands of the machine.
        seconds: its time: the median over the traced steps.
        shared_with: layers that an engine merged with it; the time of the merged layer is
            then split by MACs.
    """

    path: str
    op: str
    block: str
    head: str
    group: str
    shape: Shape
    demand: Demand
    seconds: float
    shared_with: tuple[str, ...] = ()


class Figures(NamedTuple):
    """The figures of a layer or of several.

    Attributes:
        seconds: measured.
        predicted: by the roofline; for several layers the sum.
        demand: of the machine.
        flops_per_second: achieved; None where there is nothing to compute or no time.
        of_peak: that over the matrix peak, as a share.
        efficiency: predicted over measured, as a share; None where either is 0.
        memory_bound: whether moving bytes is most of the prediction.
    """

    seconds: float
    predicted: float
    demand: Demand
    flops_per_second: float | None
    of_peak: float | None
    efficiency: float | None
    memory_bound: bool

    @property
    def lost(self) -> float:
        """Seconds beyond the prediction."""
        return self.seconds - self.predicted


class Gaps(NamedTuple):
    """The differences between the sum of the layers and an untraced step, in seconds.

    Attributes:
        tracing: what tracing adds to a step.
        outside: operations that belong to no layer.
        idle: no operation ran.
        medians: medians of layers do not add up to the median step.
    """

    tracing: float
    outside: float
    idle: float
    medians: float


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the time of a step goes.

    Attributes:
        spec: the network that was run.
        mode: what a step does: ``forward``.
        head: the head that was run, ``all``, or None where the network has none.
        batch: images in one step.
        engine: how the network was run.
        layers: every layer that the head depends on, without the input, in the spec's order.
        untraced: seconds of the untraced steps; each ran before a traced one.
        traced_seconds: a traced step, the median.
        outside_seconds: operations that belong to no layer, the median.
        idle_seconds: the time of a traced step in which no operation ran, the median.
        overlapped_seconds: the time of a traced step in which several ran, the median.
        peaks: of the machine.
        environment: machine, versions and switches.
        noise: what makes the figures doubtful, each as a sentence.
        interrupted: whether fewer steps ran than were asked for.
    """

    spec: RunIdentity
    mode: str
    head: str | None
    batch: int
    engine: str
    layers: tuple[LayerProfile, ...] = field(repr=False)
    untraced: tuple[float, ...] = field(repr=False)
    traced_seconds: float
    outside_seconds: float
    idle_seconds: float
    overlapped_seconds: float
    peaks: Peaks
    environment: Mapping[str, Any] = field(repr=False)
    noise: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def steps(self) -> int:
        """The number of traced steps, and of untraced ones."""
        return len(self.untraced)

    @property
    def step_seconds(self) -> float:
        """An untraced step, the median."""
        return median(self.untraced)

    @property
    def overhead(self) -> float:
        """What tracing adds to a step, as a share of it."""
        return self.traced_seconds / self.step_seconds - 1

    @property
    def gaps(self) -> Gaps:
        """Why the layers do not add up to an untraced step."""
        tracing = self.traced_seconds - self.step_seconds
        rest = self.layer_seconds + self.outside_seconds + self.idle_seconds - self.traced_seconds
        return Gaps(tracing, -self.outside_seconds, -self.idle_seconds, rest)

    @property
    def layer_seconds(self) -> float:
        """The sum over all layers."""
        return sum(layer.seconds for layer in self.layers)

    @property
    def total(self) -> Figures:
        """The demand of all layers and the time of an untraced step."""
        total = self.figures(self.layers)
        return _figures(
            total.demand,
            self.step_seconds,
            total.predicted,
            total.memory_bound,
            self.peaks.matrix.per_second,
        )

    def figures(self, layers: Sequence[LayerProfile]) -> Figures:
        """The figures of some layers together."""
        peak, memory = self.peaks.matrix.per_second, self.peaks.memory.per_second
        by_memory = by_matrix = 0.0
        for layer in layers:
            predicted = predicted_seconds(layer.demand, peak, memory)
            if memory_bound(layer.demand, peak, memory):
                by_memory += predicted
            else:
                by_matrix += predicted
        return _figures(
            Demand(*(sum(each) for each in zip(*(layer.demand for layer in layers), strict=True))),
            sum(layer.seconds for layer in layers),
            by_memory + by_matrix,
            by_memory > by_matrix,
            peak,
        )


def _figures(demand: Demand, seconds: float, predicted: float, bound: bool, peak: float) -> Figures:
    rate = demand.flops / seconds if demand.flops and seconds else None
    return Figures(
        seconds=seconds,
        predicted=predicted,
        demand=demand,
        flops_per_second=rate,
        of_peak=None if rate is None else rate / peak,
        efficiency=predicted / seconds if predicted and seconds else None,
        memory_bound=bound,
    )
