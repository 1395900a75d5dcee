"""Engines as a benchmark runs them: from a graph and its weights to a traced computation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inceptionspec.backends.engines import engine as engine_of
from inceptionspec.ir.graph import Graph


def computation(
    engine: str, graph: Graph, outputs: Sequence[str], values: Mapping[tuple[str, str], Any]
) -> Callable[[Any], list[Any]]:
    """What an engine computes, to be traced in a `tf.function`.

    Args:
        engine: a name of ``engines.ENGINES``; whether XLA compiles the function is its
            field ``jit_compile``.
        graph: the network.
        outputs: names of ``graph.names``.
        values: the weights that they hang on, by path and name.

    Returns:
        a function from a batch of images to the outputs in their order.

    Raises:
        SpecError: an output or the engine does not exist, or TensorFlow is not installed.
    """
    from inceptionspec.backends.tensorflow import program

    made = program(graph, values, tuple(outputs), engine_of(engine))

    def compute(images: Any) -> list[Any]:
        yielded = made(images)
        return [yielded[name] for name in outputs]

    return compute
