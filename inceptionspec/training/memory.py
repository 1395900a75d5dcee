"""How much memory training needs, predicted from the graph before TensorFlow starts."""

from __future__ import annotations

from collections.abc import Mapping

from inceptionspec.analysis.costs import FLOAT32_BYTES, costs, total
from inceptionspec.bench.machine.memory import available_bytes
from inceptionspec.bench.request.memory_estimate import (
    VARIABLES,
    MemoryEstimate,
    memory_text,
    training_memory,
)
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import external
from inceptionspec.ir.traversal import ancestors
from inceptionspec.training.fitting import Fitted
from inceptionspec.training.recipe import Adam, RmsProp, Sgd
from inceptionspec.training.strategies.devices import ONE, Devices

#: Numbers that an optimizer keeps for each that it changes.
SLOTS: Mapping[type, int] = {Sgd: 1, RmsProp: 2, Adam: 2}
_GRADIENTS = 2
"""Themselves, and those that are clipped."""
_RUN = 180 << 20
"""What the input pipeline, records, checkpoints and curves bring along: fitted to the networks in
``docs/training.md`` (``tools/measure_training_memory.py``)."""
_SAVED = 3
"""Copies of all variables while a checkpoint is written: arrays, their bytes, and the file's."""


def memory_of_training(fitted: Fitted) -> MemoryEstimate:
    """What a run needs, apart from pictures that are held in memory."""
    graph = fitted.graph
    nodes = ancestors(graph.nodes, [graph.names[term.path] for term in fitted.terms])
    cost = total(costs(graph)[index] for index in nodes)
    weights, trainable = cost.params * FLOAT32_BYTES, cost.trainable_params * FLOAT32_BYTES
    slots = max(SLOTS[type(phase.optimizer)] for phase in fitted.recipe.phases) * trainable
    averages = weights if fitted.recipe.averaging is not None else 0
    kept = VARIABLES * weights + _GRADIENTS * trainable + slots + averages
    return training_memory(graph, nodes, _RUN + kept + _SAVED * (weights + slots + averages))


def refuse_large_batch(
    fitted: Fitted, available: int | None = None, devices: Devices = ONE
) -> None:
    """Check that a batch fits.

    Args:
        fitted: the recipe for the network.
        available: bytes that can be used; by default the system is asked. Where it does not
            say, everything fits.
        devices: who shares the batch. Workers that are started here share the memory, too.

    Raises:
        SpecError: it does not (E0708).
    """
    available = available_bytes() if available is None else available
    batch = fitted.recipe.batch
    needed = memory_of_training(fitted)
    # Bytes that the processes of this machine need for the whole batch of all machines.
    machines = 1 if devices.cluster is None else devices.cluster.count
    needed = MemoryEstimate(devices.workers * needed.fixed, -(-needed.per_image // machines))
    if available is None or needed.of(batch) <= available:
        return
    largest = needed.largest(available)
    raise spec_error(
        "E0708",
        f"a batch of {batch:,} needs about {memory_text(needed.of(batch))} of memory, and "
        f"{memory_text(available)} are available",
        external(f"--batch {batch}"),
        f"the largest batch that fits is about {largest:,}: `--batch {largest}`"
        if largest
        else "not even one image fits: use a smaller `--input`, or a machine with more memory",
        notes=(
            f"predicted: {memory_text(needed.per_image)} for each image, and "
            f"{memory_text(needed.fixed)} for TensorFlow, the weights and their copies",
        ),
    )
