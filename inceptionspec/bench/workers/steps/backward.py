"""Forward and backward passes: the gradients of a loss, with or without an update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inceptionspec.bench.request.training import (
    LOSS_CONVENTION,
    OPTIMIZER_TEXT,
    Term,
    describe_loss,
    optimizer,
)
from inceptionspec.bench.workers.data import images, labels
from inceptionspec.bench.workers.steps.step import (
    Model,
    PreparedStep,
    outputs_of,
    trace_function,
)
from inceptionspec.ir.graph import Graph

TRAINING = (
    "batch norms use the batch's statistics and update the moving ones; dropout draws its "
    "random numbers inside the step"
)


def gradients(
    model: Model, graph: Graph, terms: Sequence[Term], batch: int, *, jit: bool
) -> PreparedStep:
    """The loss and its gradients for all trainable variables, which are not updated."""
    return _step(model, graph, terms, batch, update=False, jit=jit)


def train(
    model: Model, graph: Graph, terms: Sequence[Term], batch: int, *, jit: bool
) -> PreparedStep:
    """The loss, its gradients, and the optimizer's update of all trainable variables."""
    return _step(model, graph, terms, batch, update=True, jit=jit)


def _step(
    model: Model, graph: Graph, terms: Sequence[Term], batch: int, *, update: bool, jit: bool
) -> PreparedStep:
    import tensorflow as tf

    noise = images(graph, batch)
    inputs = tf.constant(noise)
    targets = [one_hot(graph, term, batch) for term in terms]
    rule = optimizer() if update else None
    variables = [variable.value for variable in model.keras.trainable_variables]
    if rule is not None:
        rule.build(model.keras.trainable_variables)

    def compute() -> tuple[Any, list[Any]]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            logits = model(inputs, training=True)
            loss = tf.add_n(
                [
                    term.weight * cross_entropy(labels, output)
                    for term, labels, output in zip(terms, targets, logits, strict=True)
                ]
                + [tf.cast(penalty, logits[0].dtype) for penalty in model.keras.losses]
            )
        slopes = tape.gradient(loss, variables)
        if rule is None:
            # Nothing may be pruned: waiting for the loss waits for all gradients.
            with tf.control_dependencies(slopes):
                return tf.identity(loss), slopes
        rule.apply_gradients(zip(slopes, model.keras.trainable_variables, strict=True))
        return tf.identity(loss), []

    concrete, seconds = trace_function(
        tf.function(compute, input_signature=[], autograph=False, jit_compile=jit)
    )

    def step() -> Any:
        loss, _ = concrete()
        return loss.numpy()

    facts = {"loss": f"{describe_loss(tuple(terms))}; {LOSS_CONVENTION}", "training": TRAINING}
    if update:
        facts["optimizer"] = OPTIMIZER_TEXT
    return PreparedStep(step, seconds, outputs=lambda: outputs_of(model, noise), facts=facts)


def one_hot(graph: Graph, term: Term, batch: int) -> Any:
    """Random labels for a head as shares of its classes, smoothed as the head asks."""
    import tensorflow as tf

    classes = graph.nodes[graph.names[term.path]].shape[-1]
    smoothing = term.label_smoothing
    shares = tf.one_hot(labels(graph, term.path, batch), classes)
    return shares * (1 - smoothing) + smoothing / (classes or 1)


def cross_entropy(labels: Any, logits: Any) -> Any:
    """The mean over images, and over positions where logits are a map."""
    import tensorflow as tf

    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels, logits))
