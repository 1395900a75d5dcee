"""Many small computations that take turns: layers alone, and whole networks among them.

Each runs once a round, so that what it reads is as cold in the caches as in a network, and
whatever else the machine does meets all of them alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from inceptionspec.backends.engines import ENGINES, weights_frozen
from inceptionspec.bench.request.node_data import graph_of, node_of
from inceptionspec.bench.workers.data import SEED

WARM_ROUNDS = 2
"""Rounds that are not counted: kernels are chosen, weights packed and buffers allocated."""


class Turn(NamedTuple):
    """One run of one computation: seconds of the clock, and of the processor in all threads."""

    wall: float
    processor: float


def take_turns(
    parts: Sequence[Mapping[str, Any]], engine: str, rounds: int
) -> Iterator[list[Turn]]:
    """Make every part ready and run each once a round; yields the rounds that count.

    Args:
        parts: ``layer_data`` or ``network_data`` of ``bench.layer_times.measure``; one without
            either is a call of nothing, whose time all others have in them.
        engine: a name of ``ENGINES`` that runs layer by layer, without Keras.
        rounds: how many count.

    Raises:
        SpecError: TensorFlow is not installed (E0704).
    """
    calls = [_ready(part, engine) for part in parts]
    for number in range(WARM_ROUNDS + rounds):
        turns = [_timed(call) for call in calls]
        if number >= WARM_ROUNDS:
            yield turns


def _timed(call: Callable[[], object]) -> Turn:
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return Turn(time.perf_counter() - wall, time.process_time() - processor)


def _ready(part: Mapping[str, Any], engine: str) -> Callable[[], object]:
    if "nodes" in part:
        return _network(part, engine)
    if "op" in part:
        return _layer(part, engine)
    return _called(lambda tensor: [tensor], [[1, 8]])


def _layer(part: Mapping[str, Any], engine: str) -> Callable[[], object]:
    """A call of so many layers of one kind, each with weights of its own.

    They read the same tensors: in a network, too, what a layer reads was just computed and is in
    the caches, and its weights are not. Layers without weights have inputs of their own: of equal
    ones TensorFlow computes one.
    """
    from inceptionspec.backends.tensorflow.bound_layer import BoundLayer
    from inceptionspec.backends.tensorflow.emit import EMITTERS

    nodes = [node_of(part, number, ()) for number in range(1, part["copies"] + 1)]
    values = _values(nodes, engine)
    reads = len(part["reads"])
    inputs = 1 if nodes[0].weights else len(nodes)

    def compute(*tensors: Any) -> list[Any]:
        found = []
        for number, node in enumerate(nodes):
            first = number % inputs * reads
            bound = BoundLayer(node, values, {}, part["shared"])
            found.append(EMITTERS[node.op](bound, tensors[first : first + reads]))
        return found

    shapes = [[part["batch"], *shape] for shape in part["reads"]]
    return _called(compute, shapes * inputs)


def _network(part: Mapping[str, Any], engine: str) -> Callable[[], object]:
    from inceptionspec.backends.tensorflow.program import Program

    graph = graph_of(part)
    ends = {str(place): place for place in part["outputs"]}
    values = _values(graph.nodes, engine)
    program = Program(graph, ends, values, split_batch=ENGINES[engine].split_batch)
    shape = [part["batch"], *graph.nodes[0].shape]
    return _called(lambda images: list(program(images).values()), [shape])


def _called(compute: Callable[..., list[Any]], shapes: list[list[int]]) -> Callable[[], object]:
    """A call of a function on noise, done when all that it computes is."""
    import numpy as np
    import tensorflow as tf

    def outputs_and_probe(*tensors: Any) -> tuple[list[Any], Any]:
        outputs = compute(*tensors)
        # The whole outputs are returned, so that nothing is pruned; one number is copied.
        return outputs, outputs[0][(0,) * outputs[0].shape.rank]

    signature = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    function = tf.function(outputs_and_probe, input_signature=signature, autograph=False)
    concrete = function.get_concrete_function()
    generator = np.random.default_rng(SEED)
    inputs = [tf.constant(generator.random(shape, dtype=np.float32)) for shape in shapes]
    return lambda: concrete(*inputs)[1].numpy()


def _values(nodes: Sequence[Any], engine: str) -> dict[tuple[str, str], Any]:
    """Random weights as the engine holds them, under which activations stay moderate."""
    import numpy as np
    import tensorflow as tf

    generator = np.random.default_rng(SEED)
    as_tensors = ENGINES[engine].weights_as_inputs and weights_frozen()
    values: dict[tuple[str, str], Any] = {}
    for node in nodes:
        for weight in node.weights:
            array = generator.random(weight.shape, dtype=np.float32)
            if array.ndim > 1:
                fan_in = max(1, array.size // weight.shape[-1])
                array = (array - np.float32(0.5)) * np.float32((24 / fan_in) ** 0.5)
            else:
                array += np.float32(0.5)
                if weight.name in ("bias", "beta", "moving_mean"):
                    array = (array - 1) * np.float32(0.1)
            held = tf.constant(array) if as_tensors and array.ndim > 1 else array
            values[node.path, weight.name] = held
    return values
