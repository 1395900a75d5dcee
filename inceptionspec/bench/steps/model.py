"""The model that a step runs: ours of a spec, or one of ``keras.applications``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inceptionspec.bench.data import Values
from inceptionspec.ir.graph import Graph

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
    from inceptionspec.backends.keras.variables import assign

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
