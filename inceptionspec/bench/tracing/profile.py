"""A profile as data: what each layer takes of a step, and what a roofline says it could take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

from inceptionspec.bench.machine.peaks import Peaks
from inceptionspec.bench.request.identity import RunIdentity
from inceptionspec.bench.tracing.roofline import Demand, memory_bound, predicted_seconds
from inceptionspec.ops.record import Shape


class Layer(NamedTuple):
    """One layer of the network as its spec has it, in one step.

    Attributes:
        path: the layer's path.
        op: its operator.
        block: the path of the innermost block around it; empty at the top.
        head: the head that it belongs to; empty elsewhere.
        group: the row of a summary at depth 1 that it belongs to.
        shape: what it puts out for one image.
        demand: what it asks of the machine.
        seconds: what it takes: the median over the traced steps.
        shared_with: layers that it was run together with, where an engine merged them; the
            time of the whole is then split by MACs.
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
    """What a layer or a part comes down to.

    Attributes:
        seconds: measured.
        predicted: by the roofline; of a part the sum of its layers'.
        demand: what was asked.
        flops_per_second: achieved; None where there is nothing to compute or no time.
        of_peak: that over the matrix peak, as a share.
        efficiency: predicted over measured, as a share; None where nothing is predicted or
            was measured.
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
    """What lies between an untraced step and the sum of the layers, in seconds.

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
        layers: every layer that the head hangs on, the input left out, in the spec's order.
        untraced: seconds of the steps without a trace, each run before one with a trace.
        traced_seconds: a step that was traced, the median.
        outside_seconds: operations that belong to no layer, the median.
        idle_seconds: of a traced step, when no operation ran, the median.
        overlapped_seconds: of a traced step, when operations ran at once, the median.
        peaks: what the machine reaches at most.
        environment: machine, versions and switches.
        noise: what makes the figures doubtful, each as a sentence.
        interrupted: whether fewer steps were run than were asked for.
    """

    spec: RunIdentity
    mode: str
    head: str | None
    batch: int
    engine: str
    layers: tuple[Layer, ...]
    untraced: tuple[float, ...]
    traced_seconds: float
    outside_seconds: float
    idle_seconds: float
    overlapped_seconds: float
    peaks: Peaks
    environment: Mapping[str, Any]
    noise: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def steps(self) -> int:
        """How many steps were traced, and how many were not."""
        return len(self.untraced)

    @property
    def step_seconds(self) -> float:
        """A step that was not traced, the median."""
        return median(self.untraced)

    @property
    def overhead(self) -> float:
        """What tracing adds to a step, as a share of it."""
        return self.traced_seconds / self.step_seconds - 1

    @property
    def gaps(self) -> Gaps:
        """Why the layers together do not take as long as an untraced step."""
        tracing = self.traced_seconds - self.step_seconds
        rest = self.layer_seconds + self.outside_seconds + self.idle_seconds - self.traced_seconds
        return Gaps(tracing, -self.outside_seconds, -self.idle_seconds, rest)

    @property
    def layer_seconds(self) -> float:
        """The sum of all layers."""
        return sum(layer.seconds for layer in self.layers)

    @property
    def total(self) -> Figures:
        """The demand of all layers against the whole untraced step."""
        whole = self.figures(self.layers)
        return _figures(
            whole.demand,
            self.step_seconds,
            whole.predicted,
            whole.memory_bound,
            self.peaks.matrix.per_second,
        )

    def figures(self, layers: Sequence[Layer]) -> Figures:
        """What some layers come down to together."""
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
