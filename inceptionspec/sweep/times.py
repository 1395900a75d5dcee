"""A sweep whose shown variants have times: predicted for all of them, measured for some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from inceptionspec.bench.layer_times import LayerTimes, NetworkTimes, predict_networks
from inceptionspec.bench.workers.session import Progress, no_progress
from inceptionspec.ir.graph import Graph
from inceptionspec.sweep.evaluate import Evaluator, Task
from inceptionspec.sweep.records import Swept, Variant

NEAR = 0.1
"""A prediction is near if it differs by at most this share from what was measured."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A sweep with times.

    Attributes:
        swept: the sweep; the front and the variants that are shown have predicted seconds.
        predictions: that of each of these variants, by its number.
        checked: how many of them were measured as a whole, too.
        near: how many of those were predicted within ``NEAR``, from the others alone.
    """

    swept: Swept
    predictions: dict[int, NetworkTimes]
    checked: int
    near: int


def with_times(
    swept: Swept,
    graph_of: Callable[[Variant], Graph],
    times: LayerTimes,
    measured: int = 0,
    progress: Progress = no_progress,
) -> Timed:
    """Predict what the front and the shown variants take on this machine, and measure some.

    Kinds of layers that no earlier measurement has are measured, and three of the variants as a
    whole: a variant takes some share of a second for each of its own kinds.

    Args:
        swept: the sweep.
        graph_of: the graph of a variant that links.
        times: what is known of this machine; its request has the engine and the threads.
        measured: how many variants of the front are measured as a whole, from its start.
        progress: called after each round of measuring.

    Raises:
        SpecError: TensorFlow is not installed (E0704) or fails, an input size is open (E0805), or
            the times cannot be kept (E0803).
    """
    variants = {one.number: one for one in (*swept.front, *swept.shown)}
    graphs = {number: graph_of(one) for number, one in variants.items()}
    whole = [graphs[one.number] for one in swept.front[:measured]]
    found = predict_networks(list(graphs.values()), times, progress, whole)
    predictions = dict(zip(graphs, found, strict=True))

    def timed(some: Sequence[Variant]) -> tuple[Variant, ...]:
        return tuple(_with_time(one, predictions[one.number]) for one in some)

    known = [one for one in found if one.measured is not None and one.networks]
    near = sum(abs(one.seconds / (one.measured or 1) - 1) <= NEAR for one in known)
    new = replace(swept, front=timed(swept.front), shown=timed(swept.shown))
    return Timed(new, predictions, len(known), near)


def _with_time(variant: Variant, time: NetworkTimes) -> Variant:
    measured = None if time.measured is None else time.measured / time.batch
    return replace(variant, predicted=time.seconds / time.batch, measured=measured)


def graphs_of(task: Task) -> Callable[[Variant], Graph]:
    """What reads a variant of a sweep again, and links it."""
    evaluator = Evaluator(task._replace(where="", documents=False))

    def graph(variant: Variant) -> Graph:
        values = [variant.values[knob.name] for knob, _ in task.knobs]
        base = task.base_of(values)
        return evaluator.load(base, evaluator.text(base, values)).graph

    return graph
