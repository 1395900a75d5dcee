"""Averages of a model's weights over the steps, moving statistics included."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from inceptionspec.training.recipe import Averaging


class WeightAverages:
    """An average for every number that a model saves.

    It starts at the weights, and each ``update`` makes ``d x average + (1 - d) x weight`` of it.
    An exponential average has the recipe's d, with ``ramp`` at most (1 + n) / (10 + n) at the
    n-th update, as TensorFlow's ``ExponentialMovingAverage`` with ``num_updates``. A uniform one
    has 1 - 1 / n, which makes it the mean.

    Attributes:
        updates: how often it was updated.
        averages: one for each weight, in the model's order.
    """

    def __init__(self, model: Any, averaging: Averaging) -> None:
        self.averaging = averaging
        self.weights = [
            weight for weight in model.weights if weight.dtype in ("float32", "float64")
        ]
        self.updates = keras.Variable(
            0, dtype="int64", trainable=False, name="average_updates",
            aggregation="only_first_replica",
        )  # fmt: skip
        self.averages = [
            keras.Variable(
                weight.numpy(), dtype=weight.dtype, trainable=False,
                name=f"{weight.path}/average".replace("/", "_"), aggregation="mean",
            )
            for weight in self.weights
        ]  # fmt: skip

    @property
    def variables(self) -> list[Any]:
        """What a checkpoint must hold."""
        return [self.updates, *self.averages]

    def update(self) -> None:
        """Take in the weights as they are now."""
        self.updates.assign_add(1)
        n = tf.cast(self.updates.value, tf.float32)
        if self.averaging.kind == "uniform":
            decay = 1 - 1 / n
        else:
            decay = tf.constant(self.averaging.decay, tf.float32)
            if self.averaging.ramp:
                decay = tf.minimum(decay, (1 + n) / (10 + n))
        for average, weight in zip(self.averages, self.weights, strict=True):
            # As TensorFlow does it: exact where the weight is the average.
            difference = average.value - weight.value
            average.assign(average.value - (1 - decay) * difference)

    def swap(self) -> None:
        """Exchange weights and averages: once before an evaluation, and once after."""
        for average, weight in zip(self.averages, self.weights, strict=True):
            kept = tf.identity(weight.value)
            weight.assign(average.value)
            average.assign(kept)
