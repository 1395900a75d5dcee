"""How much memory a benchmark needs, predicted from the spec before TensorFlow is asked for it.

The factors are fitted to measured peaks of resident memory; ``docs/benchmark.md`` has them
and how far the prediction lies from each.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from inceptionspec.analysis.memory import live_bytes
from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.machine.environment import ONEDNN
from inceptionspec.bench.machine.memory import available_bytes
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import BenchRequest, frozen
from inceptionspec.bench.request.target import Target
from inceptionspec.bench.request.training import SLOTS
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors
from inceptionspec.ops.record import elements

FLOAT32_BYTES = 4
_MIB = 1 << 20
LIBRARY = 600 * _MIB
"""TensorFlow and Keras themselves, once imported."""
LAYER = _MIB // 2
"""The TensorFlow graph of a layer, forward; a backward pass has three times as much."""
VARIABLES = 2
"""Copies of weights that are variables: themselves, and what making them leaves behind."""
CONSTANTS = 15
"""Copies of weights that are constants: TensorFlow's passes over the graph make their own."""
OUTSIDE = 3.5
"""Of kernels that stay outside of the graph: what they are made of, themselves, and packed."""
COMPILED = 10
"""The same where XLA compiles the graph, and TensorFlow passes over it less."""
FORWARD_ACTIVATIONS = 1.2
"""The peak of live activations, with what kernels take for themselves."""
ONEDNN_ACTIVATIONS = 2.5
"""The same where oneDNN keeps activations in layouts of its own."""
TRAINING_ACTIVATIONS = 1.2
"""What a backward pass keeps of the forward one, and the gradients on their way."""


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes of resident memory: what a process needs whatever the batch, and for each image."""

    fixed: int
    per_image: int

    def of(self, batch: int) -> int:
        """For so many images at a time."""
        return self.fixed + batch * self.per_image

    def largest(self, available: int) -> int:
        """How many images fit; 0 where none does."""
        return max((available - self.fixed) // self.per_image, 0)

    def __add__(self, other: MemoryEstimate) -> MemoryEstimate:
        return MemoryEstimate(self.fixed + other.fixed, self.per_image + other.per_image)


def estimate_memory(loaded: LoadedSpec, request: BenchRequest, chosen: Target) -> MemoryEstimate:
    """What a worker for our side needs."""
    graph = loaded.graph
    weights = chosen.cost.params * FLOAT32_BYTES
    outputs = (chosen.outputs,) if isinstance(chosen.outputs, str) else chosen.outputs
    nodes = ancestors(graph.nodes, [graph.names[path] for path in outputs])
    images = (elements(graph.nodes[0].shape) or 0) * FLOAT32_BYTES
    if not MODES[request.mode].trains:
        factor = ONEDNN_ACTIVATIONS if _onednn(request) else FORWARD_ACTIVATIONS
        return MemoryEstimate(
            LIBRARY + round(_copies(request) * weights) + len(nodes) * LAYER,
            images + round(factor * max(live_bytes(graph) or (0,))),
        )
    trainable = chosen.cost.trainable_params * FLOAT32_BYTES
    # Clipping makes a second copy of the gradients before the optimizer reads them.
    gradients = 2 + SLOTS if request.mode == "train-step" else 1
    return MemoryEstimate(
        LIBRARY + VARIABLES * weights + gradients * trainable + 3 * len(nodes) * LAYER,
        images + round(TRAINING_ACTIVATIONS * kept_bytes(graph, nodes)),
    )


def _copies(request: BenchRequest) -> float:
    """How many times a worker for inference holds the weights."""
    engine = ENGINES[request.engine]
    if engine.layers:
        return VARIABLES
    if frozen(request):
        return OUTSIDE
    return COMPILED if engine.jit_compile else CONSTANTS


def _onednn(request: BenchRequest) -> bool:
    """Whether oneDNN is on, as far as the switch or the variable tells."""
    return os.environ.get(ONEDNN) == "1" if request.onednn is None else request.onednn


def kept_bytes(graph: Graph, nodes: Sequence[int]) -> int:
    """What a backward pass needs of the forward one, for one image.

    Convention: float32; the output of each layer, and where a norm follows a product, what
    the norm reads, too. Layers that work in place keep nothing.
    """
    total = 0
    for index in nodes:
        node = graph.nodes[index]
        if not node.inputs:
            continue
        size = (elements(node.shape) or 0) * FLOAT32_BYTES
        total += size * (2 if node.attributes.get("norm") is not None else 1)
    return total


def refuse_batch(
    loaded: LoadedSpec,
    request: BenchRequest,
    *,
    beside: MemoryEstimate | None = None,
    available: int | None = None,
) -> None:
    """Say before TensorFlow is loaded that a batch does not fit in memory.

    Args:
        network: what is run.
        plan: how.
        beside: what another process needs that lives at the same time.
        available: bytes that can be had; asked of the system unless given. Where it does
            not tell, everything fits.

    Raises:
        SpecError: the batch does not fit (E0708).
    """
    if not MODES[request.mode].batched:
        return
    if available is None:
        available = available_bytes()
    chosen = request.target(loaded)
    wanted = estimate_memory(loaded, request, chosen)
    if beside is not None:
        wanted += beside
    if available is None or wanted.of(request.batch) <= available:
        return
    largest = wanted.largest(available)
    helps = (
        f"the largest batch that fits is about {largest:,}: `--batch {largest}`"
        if largest
        else "not even one image fits: use a smaller `--input`, or a machine with more memory"
    )
    raise spec_error(
        "E0708",
        f"a batch of {request.batch:,} needs about {_text(wanted.of(request.batch))} of "
        f"memory, and {_text(available)} can be had",
        f"--batch {request.batch}",
        helps,
        notes=(
            f"predicted: {_text(wanted.per_image)} an image, and {_text(wanted.fixed)} "
            "for TensorFlow, weights and what belongs to them"
            + (", both processes together" if beside is not None else ""),
        ),
    )


def _text(size: int) -> str:
    if size >= 10 * 1024 * _MIB:
        return f"{size / (1024 * _MIB):,.0f} GiB"
    return f"{size / _MIB:,.0f} MiB"
