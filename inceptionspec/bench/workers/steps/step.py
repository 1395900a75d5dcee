"""What steps are made of: a model, its trace, and a step that is ready to be called."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from inceptionspec.backends.engines import FLOAT32
from inceptionspec.bench.workers.data import WeightArrays
from inceptionspec.ir.graph import Graph


@dataclass(frozen=True, slots=True)
class PreparedStep:
    """A step that is ready.

    Attributes:
        step: one step; all that it computes is complete when it returns.
        trace_seconds: the time to make the TensorFlow graph, without compiling or running it;
            None where there is no graph.
        after: called after each step, outside of what is timed.
        outputs: the outputs of the timed network for its images, as NumPy arrays in the
            order of the target's outputs; None where there is nothing to compare.
        facts: what a reader must know about the step, by a word or two.
        precision: what it computes in, as the runtime says.
        gpu: the GPU that computes it, of a runtime that is not TensorFlow; empty for the CPU.
    """

    step: Callable[[], object]
    trace_seconds: float | None = None
    after: Callable[[], object] | None = None
    outputs: Callable[[], list[Any]] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    precision: str = FLOAT32
    gpu: str = ""

    def without_outputs(self) -> Self:
        """The same step for a network that differs from the one on the other side."""
        return dataclasses.replace(self, outputs=None)


@dataclass(frozen=True, slots=True)
class Model:
    """A Keras model that yields a list of tensors.

    Attributes:
        keras: the model.
        names: of its outputs, where it yields a dictionary.
    """

    keras: Any
    names: tuple[str, ...] = ()

    def __call__(self, images: Any, *, training: bool = False) -> list[Any]:
        """The outputs in the order of their names."""
        outputs = self.keras(images, training=training)
        return [outputs[name] for name in self.names] if self.names else [outputs]


def spec_model(graph: Graph, outputs: Sequence[str], weights: WeightArrays | None) -> Model:
    """A model of some end points, with given weights or the spec's initial ones.

    Raises:
        SpecError: TensorFlow is not installed (E0704).
    """
    from inceptionspec.backends.keras import build
    from inceptionspec.backends.keras.variables import assign

    model = build(graph, tuple(outputs))
    if weights is not None:
        assign(model, graph, weights)
    return Model(model, tuple(outputs))


def trace_function(function: Any) -> tuple[Any, float]:
    """The one concrete function of a `tf.function`, and the seconds that tracing took."""
    start = time.perf_counter()
    concrete = function.get_concrete_function()
    return concrete, time.perf_counter() - start


def outputs_of(model: Model, images: Any) -> list[Any]:
    """A forward pass (training=False) as NumPy arrays, to be compared and not timed."""
    import tensorflow as tf

    forward = tf.function(lambda images: model(images), autograph=False)
    return [output.numpy() for output in forward(tf.constant(images))]
