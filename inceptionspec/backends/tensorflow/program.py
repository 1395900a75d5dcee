"""A graph and its weights as a computation, which an engine runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from inceptionspec.backends.engines import FLOAT32, LEAST_HALVED, Engine, weights_frozen
from inceptionspec.backends.keras.model import build
from inceptionspec.backends.keras.precision import computing_in
from inceptionspec.backends.keras.variables import assign
from inceptionspec.backends.tensorflow.bound_layer import BoundLayer, Values
from inceptionspec.backends.tensorflow.emit import EMITTERS
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors
from inceptionspec.rewrites.steps import Step


@dataclass(frozen=True, slots=True)
class Program:
    """A graph whose outputs are computed operator by operator, while a function is traced.

    Attributes:
        graph: what is computed, after rewriting.
        ends: the nodes that were asked for, by name.
        values: the weights of the graph.
        steps: how the graph was rewritten.
        split_batch: whether large batches are computed as two halves.
        model: the Keras model that computes instead of plain operations; None elsewhere.
        precision: the type of numbers between the images and the outputs, which are float32.
    """

    graph: Graph
    ends: Mapping[str, int]
    values: Values
    steps: tuple[Step, ...] = ()
    split_batch: bool = False
    model: Any = None
    precision: str = FLOAT32

    def __call__(self, images: Any, *, portable: bool = False) -> dict[str, Any]:
        """The outputs by name, of a batch of images: batch x height x width x channels.

        Args:
            images: the batch.
            portable: use only operations that converters know, at some cost in speed.
        """
        if self.model is not None:
            yielded = self.model(images, training=False)
            found = yielded if isinstance(yielded, dict) else dict.fromkeys(self.ends, yielded)
        else:
            found = self._of_operations(tf.cast(images, self.precision), portable)
        return {name: tf.cast(output, tf.float32) for name, output in found.items()}

    def _of_operations(self, images: Any, portable: bool) -> dict[str, Any]:
        held: dict[tuple[str, str], Any] = {}
        parts = [self._computed(part, held, portable) for part in self._parts(images)]
        if len(parts) == 1:
            return parts[0]
        return {name: tf.concat([part[name] for part in parts], 0) for name in self.ends}

    def _parts(self, images: Any) -> list[Any]:
        """A batch in the parts that are computed side by side."""
        count = images.shape[0]
        if not self.split_batch or count is None or count < LEAST_HALVED:
            return [images]
        parts: list[Any] = tf.split(images, [count - count // 2, count // 2])
        return parts

    def _computed(
        self, images: Any, held: dict[tuple[str, str], Any], portable: bool
    ) -> dict[str, Any]:
        nodes = [
            self.graph.nodes[index] for index in ancestors(self.graph.nodes, self.ends.values())
        ]
        readers = Counter(
            [*self.ends.values(), *(index for node in nodes for index in node.inputs)]
        )
        shared_sums = {node.index for node in nodes if node.op == "add" and readers[node.index] > 1}
        tensors = {0: images}
        for node in nodes:
            if node.index:
                reads_shared_sum = not shared_sums.isdisjoint(node.inputs)
                layer = BoundLayer(
                    node, self.values, held, reads_shared_sum, portable, self.precision
                )
                inputs = [tensors[source] for source in node.inputs]
                # A profile finds layers by it; the slash keeps it equal in both halves.
                with tf.name_scope(f"{node.path}/"):
                    tensors[node.index] = EMITTERS[node.op](layer, inputs)
        return {name: tensors[index] for name, index in self.ends.items()}


def program(
    engine: Engine,
    graph: Graph,
    values: Values,
    ends: Mapping[str, int],
    steps: tuple[Step, ...] = (),
    precision: str = FLOAT32,
) -> Program:
    """What an engine of TensorFlow makes of a graph.

    Args:
        engine: a value of ``engines.ENGINES``.
        graph: the network, rewritten as the engine wants it.
        values: the weights that the outputs depend on.
        ends: the outputs, nodes by name.
        steps: how the graph was rewritten.
        precision: what it computes in.

    Raises:
        SpecError: a layer needs a known size (E0407).
    """
    if engine.layers:
        with computing_in(precision):
            model = build(graph, None if "" in ends else tuple(ends))
        assign(model, graph, values)
        return Program(graph, ends, values, model=model, precision=precision)
    return Program(graph, ends, values, steps, engine.split_batch, precision=precision)


def kept_as(engine: Engine, precision: str = FLOAT32) -> Callable[[Any], Any] | None:
    """How a weight is kept: kernels as tensors in a process whose weights are frozen."""
    if not (engine.weights_as_inputs and weights_frozen()):
        return None

    def as_tensor(value: Any) -> Any:
        """A kernel as a tensor that exists already: a function that reads it does not copy it."""
        return tf.constant(value, precision) if value.ndim > 1 else value

    return as_tensor
