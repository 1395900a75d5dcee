"""What steps are made of: a model, its trace, and a step that is ready to be called."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from inceptionspec.bench.workers.data import Values
from inceptionspec.ir.graph import Graph


@dataclass(frozen=True, slots=True)
class PreparedStep:
    """What a mode makes of a job.

    Attributes:
        step: one step; when it returns, all that it computes is there.
        trace_seconds: making the TensorFlow graph, without compiling or running it; None
            where there is none to make.
        after: called after each step, outside of what is timed.
        outputs: what the network that is timed puts out for its images, as NumPy arrays in
            the order of the target's outputs; None where there is nothing to compare.
        facts: what a reader must know of the step, by a word or two.
    """

    step: Callable[[], object]
    trace_seconds: float | None = None
    after: Callable[[], object] | None = None
    outputs: Callable[[], list[Any]] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def without_outputs(self) -> Self:
        """The same where the network is not the one it would be compared with."""
        return dataclasses.replace(self, outputs=None)


DTYPE = "float32"


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
        yielded = self.keras(images, training=training)
        return [yielded[name] for name in self.names] if self.names else [yielded]


def spec_model(graph: Graph, outputs: Sequence[str], values: Values | None) -> Model:
    """A model of some end points, with given weights or those that the spec starts from.

    Raises:
        SpecError: TensorFlow is not installed.
    """
    from inceptionspec.backends.keras import build
    from inceptionspec.backends.keras.weight_exprs import assign

    model = build(graph, tuple(outputs))
    if values is not None:
        assign(model, graph, values)
    return Model(model, tuple(outputs))


def traced(function: Any) -> tuple[Any, float]:
    """The one concrete function of a `tf.function`, and the seconds that tracing it took."""
    start = time.perf_counter()
    concrete = function.get_concrete_function()
    return concrete, time.perf_counter() - start


def outputs_of(model: Model, images: Any) -> list[Any]:
    """A forward pass (training=False) as NumPy arrays, to be compared and not timed."""
    import tensorflow as tf

    forward = tf.function(lambda images: model(images), autograph=False)
    return [one.numpy() for one in forward(tf.constant(images))]
