"""How much memory a benchmark needs, predicted from the spec before TensorFlow starts.

The factors are fitted to measured peaks of resident memory; ``docs/benchmark.md`` lists them
and how far the prediction is from each.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from inceptionspec.analysis.memory import live_bytes
from inceptionspec.backends.engines import ENGINES, ONEDNN
from inceptionspec.bench.machine.memory import available_bytes
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import BenchRequest, weights_frozen
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
RUNTIMES: Mapping[str, tuple[int, float]] = MappingProxyType(
    {"onnxruntime": (90 * _MIB, 6.0), "openvino": (130 * _MIB, 7.0), "litert": (80 * _MIB, 4.1)}
)
"""Runtimes that are not TensorFlow: themselves, once imported, and copies of the weights."""
LAYER = _MIB // 2
"""The TensorFlow graph of a layer, forward; with a backward pass three times as much."""
VARIABLES = 2
"""Copies of weights that are variables: themselves, and what creating them leaves behind."""
CONSTANTS = 15
"""Copies of weights that are constants: TensorFlow's passes over the graph make their own."""
INPUTS = 3.5
"""Copies of weights that are inputs of the function: their source, themselves, and packed."""
COMPILED = 10
"""Copies of constants where XLA compiles the graph, and TensorFlow passes over it less."""
FORWARD_ACTIVATIONS = 1.2
"""The peak of live activations, with what kernels allocate for themselves."""
ONEDNN_ACTIVATIONS = 2.5
"""The same where oneDNN keeps activations in layouts of its own."""
TRAINING_ACTIVATIONS = 1.2
"""What a backward pass keeps of the forward pass, and the gradients in flight."""


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes of resident memory: those that any batch needs, and those for each image."""

    fixed: int
    per_image: int

    def of(self, batch: int) -> int:
        """The bytes for a batch."""
        return self.fixed + batch * self.per_image

    def largest(self, available: int) -> int:
        """The largest batch that fits into some bytes; 0 where none does."""
        return max((available - self.fixed) // self.per_image, 0)

    def __add__(self, other: MemoryEstimate) -> MemoryEstimate:
        return MemoryEstimate(self.fixed + other.fixed, self.per_image + other.per_image)


def estimate_memory(loaded: LoadedSpec, request: BenchRequest, chosen: Target) -> MemoryEstimate:
    """What a worker for our side needs."""
    graph = loaded.graph
    weights = chosen.cost.params * FLOAT32_BYTES
    nodes = ancestors(graph.nodes, [graph.names[path] for path in chosen.paths])
    images = (elements(graph.nodes[0].shape) or 0) * FLOAT32_BYTES
    if not MODES[request.mode].trains:
        library, copies = RUNTIMES.get(
            ENGINES[request.engine].runtime, (LIBRARY + len(nodes) * LAYER, _copies(request))
        )
        factor = ONEDNN_ACTIVATIONS if _onednn(request) else FORWARD_ACTIVATIONS
        return MemoryEstimate(
            library + round(copies * weights),
            images + round(factor * max(live_bytes(graph) or (0,))),
        )
    trainable = chosen.cost.trainable_params * FLOAT32_BYTES
    # Clipping makes a second copy of the gradients before the optimizer reads them.
    gradients = 2 + SLOTS if request.mode == "train-step" else 1
    return training_memory(graph, nodes, VARIABLES * weights + gradients * trainable)


def training_memory(graph: Graph, nodes: Sequence[int], kept: int) -> MemoryEstimate:
    """What a process needs that computes gradients.

    Args:
        graph: the network.
        nodes: those that are computed.
        kept: bytes of weights, gradients, and what an optimizer keeps.
    """
    images = (elements(graph.nodes[0].shape) or 0) * FLOAT32_BYTES
    return MemoryEstimate(
        LIBRARY + kept + 3 * len(nodes) * LAYER,
        images + round(TRAINING_ACTIVATIONS * backward_bytes(graph, nodes)),
    )


def _copies(request: BenchRequest) -> float:
    """How many copies of the weights a worker for inference holds."""
    engine = ENGINES[request.engine]
    if engine.layers:
        return VARIABLES
    if weights_frozen(request):
        return INPUTS
    return COMPILED if engine.jit_compile else CONSTANTS


def _onednn(request: BenchRequest) -> bool:
    """Whether TensorFlow's oneDNN is on, as far as the switch or the variable says."""
    if not ENGINES[request.engine].in_tensorflow:
        return False
    return os.environ.get(ONEDNN) == "1" if request.onednn is None else request.onednn


def backward_bytes(graph: Graph, nodes: Sequence[int]) -> int:
    """The bytes that a backward pass needs of the forward pass, for one image.

    Convention: float32; the output of each layer, and where a norm follows a product, the
    norm's input too. Layers that work in place keep nothing.
    """
    total = 0
    for index in nodes:
        node = graph.nodes[index]
        if not node.inputs:
            continue
        size = (elements(node.shape) or 0) * FLOAT32_BYTES
        total += size * (2 if node.attributes.get("norm") is not None else 1)
    return total


def check_memory(
    loaded: LoadedSpec,
    request: BenchRequest,
    *,
    other: MemoryEstimate | None = None,
    available: int | None = None,
) -> None:
    """Check before TensorFlow is imported that a batch fits in memory.

    Args:
        loaded: what is run.
        request: how.
        other: what another process needs that runs at the same time.
        available: bytes that can be used; by default the system is asked. Where it does not
            say, everything fits.

    Raises:
        SpecError: the batch does not fit (E0708).
    """
    if not MODES[request.mode].batched:
        return
    if available is None:
        available = available_bytes()
    needed = estimate_memory(loaded, request, request.target(loaded))
    if other is not None:
        needed += other
    if available is None or needed.of(request.batch) <= available:
        return
    largest = needed.largest(available)
    advice = (
        f"the largest batch that fits is about {largest:,}: `--batch {largest}`"
        if largest
        else "not even one image fits: use a smaller `--input`, or a machine with more memory"
    )
    raise spec_error(
        "E0708",
        f"a batch of {request.batch:,} needs about {memory_text(needed.of(request.batch))} of "
        f"memory, and {memory_text(available)} are available",
        f"--batch {request.batch}",
        advice,
        notes=(
            f"predicted: {memory_text(needed.per_image)} for each image, and "
            f"{memory_text(needed.fixed)} "
            f"for {ENGINES[request.engine].title}, the weights and their copies"
            + (", both processes together" if other is not None else ""),
        ),
    )


def memory_text(size: int) -> str:
    """Some bytes, in a unit that suits them."""
    if size >= 10 * 1024 * _MIB:
        return f"{size / (1024 * _MIB):,.0f} GiB"
    return f"{size / _MIB:,.0f} MiB"
