"""Kinds of layers and whole networks measured in one worker process, in turns."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from statistics import median
from typing import NamedTuple

from inceptionspec.bench.layer_times.kinds import RunGraph
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import Progress

ROUNDS = 11
CHUNK = 64
"""At most this many kinds take turns: their weights and tensors are in memory together."""
KINDS = "kinds of layers"
COPIES = ((1_000_000, 12), (5_000_000, 6), (50_000_000, 3))
"""Up to so many products and elements, a call runs so many layers of one kind, above it one: a call
costs as much as a small layer, and a network is one call."""
_LEAST = 1e-6
"""Seconds of what takes no longer than a call of nothing."""


class Measured(NamedTuple):
    """What was measured in some turns, in units of the reference network's time.

    Attributes:
        pace: seconds of the reference network.
        kinds: the time of each kind.
        networks: the time of each whole network, in the order in which they were given.
    """

    pace: float
    kinds: Mapping[str, float]
    networks: tuple[float, ...]


def measure(
    process: Process,
    reference: RunGraph,
    kinds: Sequence[str],
    networks: Sequence[RunGraph],
    engine: str,
    threads: int | None,
    progress: Progress,
) -> Iterator[Measured]:
    """Measure kinds of layers and whole networks, some at a time, the networks last.

    With one thread, time is that of the processor, and what counts is the share of the reference's
    time in the same round: what else runs on the machine slows both alike for seconds or minutes,
    and the median of the shares is that of the layer. With several threads it is the least time of
    the clock.

    Args:
        process: a worker of these kinds alone, with the variables of the engine.
        reference: the network whose time is the unit.
        kinds: to be measured.
        networks: to be measured as a whole.
        engine: a name of ``ENGINES``.
        threads: as ``BenchRequest`` has them.
        progress: called after each round.

    Raises:
        SpecError: TensorFlow is not installed or fails, or the worker died.
        KeyboardInterrupt: Ctrl-C came.
    """
    # Each chunk has kinds of all networks, so that what disturbs one meets all networks alike.
    count = max(1, -(-len(kinds) // CHUNK))
    chunks = [kinds[start::count] for start in range(count)]
    done, total = 0, max(1, len(kinds))
    for number, chunk in enumerate(chunks):
        whole = networks if number == len(chunks) - 1 else ()
        layers = [{**json.loads(kind), "copies": copies(kind)} for kind in chunk]
        on_round = _reported(progress, done, len(chunk), total)
        request = {
            "do": "turns",
            "parts": [{}, reference.data, *(each.data for each in whole), *layers],
            "engine": engine,
            "rounds": ROUNDS,
            "threads": threads,
        }
        unit, times = _in_units(process.ask(request, on_round)["rounds"], threads)
        of_layers = zip(chunk, layers, times[len(whole) :], strict=True)
        by_kind = {kind: seconds / layer["copies"] for kind, layer, seconds in of_layers}
        yield Measured(unit, by_kind, tuple(times[: len(whole)]))
        done += len(chunk)


def _reported(progress: Progress, done: int, size: int, total: int) -> Callable[[float], None]:
    """What is called after each round: a round is a share of all kinds that take turns."""
    rounds = itertools.count(1)
    return lambda seconds: progress(KINDS, done + size * next(rounds) // ROUNDS, total)


def copies(kind: str) -> int:
    """How many layers of a kind a call runs."""
    data = json.loads(kind)
    positions = prod(data["shape"][:-1])
    products = positions * sum(prod(shape) for _, shape in data["weights"] if len(shape) > 1)
    elements = prod(data["shape"]) + sum(map(prod, data["reads"]))
    size = data["batch"] * (products + elements)
    return next((count for most, count in COPIES if size <= most), 1)


def _in_units(
    rounds: Sequence[Sequence[Sequence[float]]], threads: int | None
) -> tuple[float, list[float]]:
    """The seconds of the reference, and the time of each part after it in units of that.

    A round has the turns of a call of nothing, of the reference, and of the parts.
    """
    if threads == 1:
        turns = [[processor for _, processor in turns] for turns in rounds]
    else:
        turns = [[min(wall for wall, _ in part) for part in zip(*rounds, strict=True)]]
    units = [max(unit - nothing, _LEAST) for nothing, unit, *_ in turns]
    parts = [
        [max(seconds - nothing, _LEAST) / unit for seconds in others]
        for unit, (nothing, _, *others) in zip(units, turns, strict=True)
    ]
    return median(units), [median(part) for part in zip(*parts, strict=True)]
