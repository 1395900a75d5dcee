"""The loss of one head for each image."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def image_losses(kind: str, logits: Any, labels: Any, smoothing: float) -> Any:
    """The loss of each image, in float32; the mean over positions where logits are a map.

    Args:
        kind: ``softmax`` for the cross-entropy of one class, ``sigmoid`` for the mean over
            classes of the cross-entropy of each by itself, as Keras' binary cross-entropy.
        logits: batch x classes, or batch x height x width x classes.
        labels: batch, the number of a class each; or batch x classes, a share of each class.
        smoothing: the share of the label that is spread over all classes; for ``sigmoid``, that
            is drawn to a half.

    Returns:
        A vector of the batch.
    """
    logits = tf.cast(logits, tf.float32)
    classes = logits.shape[-1]
    shares = one_hot(labels, classes)
    if kind == "sigmoid":
        shares = shares * (1 - smoothing) + smoothing / 2
    else:
        shares = shares * (1 - smoothing) + smoothing / classes
    while shares.shape.rank < logits.shape.rank:  # the same label at every position of a map
        shares = tf.expand_dims(shares, -2)
    shares = tf.broadcast_to(shares, tf.shape(logits))
    if kind == "sigmoid":
        each = tf.nn.sigmoid_cross_entropy_with_logits(shares, logits)
        losses = tf.reduce_mean(each, -1)
    else:
        losses = tf.nn.softmax_cross_entropy_with_logits(shares, logits)
    return tf.reduce_mean(losses, axis=list(range(1, losses.shape.rank)))


def one_hot(labels: Any, classes: int) -> Any:
    """Labels as shares of classes, in float32: batch x classes."""
    labels = tf.convert_to_tensor(labels)
    if labels.shape.rank == 1:
        return tf.one_hot(labels, classes)
    return tf.cast(labels, tf.float32)
