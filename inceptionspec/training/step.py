"""One update: a forward pass, the loss of every head, gradients, clipping, averages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from inceptionspec.backends.keras.model import build
from inceptionspec.backends.keras.precision import computing_in
from inceptionspec.backends.keras.shared import NORM, layer_name
from inceptionspec.ir.graph import Graph
from inceptionspec.training.averages import WeightAverages
from inceptionspec.training.fitting import Fitted, HeadTerm
from inceptionspec.training.losses import image_losses
from inceptionspec.training.optimizers import is_kernel, keras_optimizer
from inceptionspec.training.recipe import Clip, Phase, WeightDecay
from inceptionspec.training.schedules import keras_schedule
from inceptionspec.training.strategies.dropout import share_dropout


class StepResult(NamedTuple):
    """What one update measured, over all replicas.

    Attributes:
        loss: what was minimized: heads times their weights, and the regularization.
        heads: the loss of each head without its weight, by the head's name.
        regularization: the penalties on weights.
        gradient_norm: the norm of all gradients together, before clipping.
    """

    loss: Any
    heads: dict[str, Any]
    regularization: Any
    gradient_norm: Any


def training_model(fitted: Fitted) -> Any:
    """A new Keras model of the heads in the loss, whose outputs are logits by head.

    Its weights are float32, whatever the recipe's precision of computation is. In the scope of a
    strategy with several replicas, batch norms use the statistics of the whole batch, and dropout
    drops what it would drop on one device.
    """
    with computing_in(fitted.recipe.precision):
        model = build(fitted.graph, [term.head for term in fitted.terms])
    if tf.distribute.get_strategy().num_replicas_in_sync > 1:
        for layer in model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.synchronized = True
        share_dropout(model, fitted.recipe.batch)
    return model


class TrainStep:
    """The update of one phase, to be called with a batch.

    Under a strategy of `tf.distribute`, make it in the strategy's scope and run ``update`` in
    its replicas. Each then has its share of the batch, and results and gradients are those of
    the whole batch, however it is shared out. The step of the next phase freezes other layers of
    the same model: make it when this one is done.

    Attributes:
        model: what is trained.
        optimizer: Keras'; its iterations count the steps of the phase.
        variables: the model's that are trained in this phase.
    """

    def __init__(
        self,
        model: Any,
        fitted: Fitted,
        phase: Phase,
        steps_per_epoch: int,
        averages: WeightAverages | None = None,
    ) -> None:
        """Freeze what the phase freezes, and make its optimizer.

        Args:
            model: of ``training_model``.
            fitted: the recipe for the network.
            phase: one of the recipe's.
            steps_per_epoch: updates in an epoch.
            averages: what to update after the weights.
        """
        recipe = fitted.recipe
        freeze(model, fitted.graph, fitted.frozen[phase.name], norms=phase.freeze_norms)
        self.model = model
        self.variables = list(model.trainable_variables)
        self.optimizer = keras_optimizer(
            phase.optimizer,
            keras_schedule(phase, steps_per_epoch),
            recipe.weight_decay,
            self.variables,
            recipe.precision,
        )
        self._terms: Sequence[HeadTerm] = fitted.terms
        self._kind = recipe.loss.kind
        self._decay = recipe.weight_decay
        self._precision = recipe.precision
        self._clip = recipe.clip
        self._averages = averages
        self._compiled = tf.function(self.update, autograph=False)

    def __call__(self, images: Any, labels: Any) -> StepResult:
        """One update by a batch: images, and a label or shares of classes for each."""
        result: StepResult = self._compiled(images, labels)
        return result

    def update(self, images: Any, labels: Any) -> StepResult:
        """The same without a function of its own, in a replica."""
        replicas = tf.distribute.get_replica_context()
        count = replicas.num_replicas_in_sync
        batch = _summed(tf.cast(tf.shape(images)[0], tf.float32), count)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in self.variables])
            logits = self.model(images, training=True)
            heads = {
                term.head: tf.reduce_sum(
                    image_losses(self._kind, logits[term.head], labels, term.label_smoothing)
                )
                / batch
                for term in self._terms
            }
            # Each replica adds its part to the sum of all.
            penalty = regularization(self.model, self._decay) / count
            loss = tf.add_n([term.weight * heads[term.head] for term in self._terms]) + penalty
            scaled = self.optimizer.scale_loss(loss)
        gradients = tape.gradient(
            scaled,
            [variable.value for variable in self.variables],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        gradients = _summed(gradients, count)
        scale = self.optimizer.scale_loss(1.0)
        norm = tf.linalg.global_norm(gradients) / scale
        gradients = clipped(gradients, self._clip, norm, scale)
        if count > 1:
            # Keras sums over the replicas once more. Without the condition below, a step that is
            # not finite must at least leave the weights finite, so that its cause can be found.
            finite = tf.math.is_finite(norm) | (self._precision == "float16")
            gradients = [tf.where(finite, one / count, 0.0) for one in gradients]

        def update() -> Any:
            self.optimizer.apply(gradients, self.variables)
            if self._averages is not None:
                self._averages.update()
            return True

        if count > 1 or self._precision == "float16":  # whose optimizer skips such a step itself
            update()
        else:
            # A step that is not finite changes nothing, so that its cause can be found.
            tf.cond(tf.math.is_finite(norm + loss), update, lambda: False)
        total, heads, penalty = _summed((loss, heads, penalty), count)
        return StepResult(total, heads, penalty, norm)


def freeze(model: Any, graph: Graph, frozen: frozenset[str], *, norms: bool) -> None:
    """Say which layers of a model are trained; those of other paths are.

    A frozen batch norm uses its moving statistics and leaves them.

    Args:
        model: a model that was built of the graph.
        graph: the network.
        frozen: paths of layers whose weights stay as they are.
        norms: whether every batch norm is frozen.
    """
    layers = {layer.name: layer for layer in model.layers}
    for node in graph.nodes:
        for name in (layer_name(node), layer_name(node, NORM)):
            if name in layers:
                layer = layers[name]
                is_norm = isinstance(layer, keras.layers.BatchNormalization)
                layer.trainable = node.path not in frozen and not (norms and is_norm)


def regularization(model: Any, decay: WeightDecay) -> Any:
    """The penalty of a recipe on the weights that are trained; 0 where it has none."""
    if decay.kind == "spec" and decay.amount:
        penalties = [tf.cast(one, tf.float32) for one in model.losses]
    elif decay.kind == "l2" and decay.amount:
        kernels = [one for one in model.trainable_variables if is_kernel(one)]
        penalties = [tf.reduce_sum(tf.square(one.value)) for one in kernels]
    else:
        penalties = []
    return decay.amount * tf.add_n(penalties) if penalties else tf.constant(0.0)


def clipped(gradients: list[Any], clip: Clip | None, norm: Any, scale: Any = 1.0) -> list[Any]:
    """Gradients within a recipe's bound.

    Args:
        gradients: of all variables, times ``scale``.
        clip: the bound; None for none.
        norm: that of all gradients together, without ``scale``.
        scale: that of the loss.
    """
    if clip is None:
        return gradients
    bound = clip.at * scale
    if clip.kind == "value":
        return [tf.clip_by_value(one, -bound, bound) for one in gradients]
    if clip.kind == "norm":
        return [tf.clip_by_norm(one, bound) for one in gradients]
    return list(tf.clip_by_global_norm(gradients, bound, use_norm=norm * scale)[0])


def _summed(values: Any, replicas: int) -> Any:
    """Values summed over all replicas."""
    if replicas == 1:
        return values
    context = tf.distribute.get_replica_context()
    flat = context.all_reduce(tf.distribute.ReduceOp.SUM, tf.nest.flatten(values))
    return tf.nest.pack_sequence_as(values, flat)
