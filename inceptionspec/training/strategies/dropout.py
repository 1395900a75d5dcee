"""Dropout that depends on an image's place in the batch, not on which device computes it."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import tensorflow as tf


def share_dropout(model: Any, batch: int) -> None:
    """Let every dropout layer of a model drop the same elements on any number of devices.

    Each device draws for the whole batch, as a device alone would, and takes its own images' part.

    Args:
        model: a Keras model that was built in the scope of a strategy.
        batch: images in a batch, over all devices.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout) and layer.rate:
            layer.call = partial(_dropped, layer, batch)


def _dropped(layer: Any, batch: int, inputs: Any, training: bool = False) -> Any:
    if not training:
        return inputs
    replica = tf.distribute.get_replica_context()
    rank, count = replica.replica_id_in_sync_group, replica.num_replicas_in_sync
    first = rank * batch // count if count > 1 else 0
    given = tf.shape(inputs)
    shape = [batch, *tf.unstack(given)[1:]]
    for axis, size in enumerate(layer.noise_shape or ()):
        if size is not None:
            shape[axis] = size
    mask = keras.random.dropout(tf.ones(shape, inputs.dtype), layer.rate, seed=layer.seed_generator)
    if shape[0] == batch:
        mask = mask[first : first + given[0]]
    return inputs * mask
