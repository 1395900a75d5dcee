"""Optimizers against sequences by hand, and against TensorFlow 1's own RMSProp."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from inceptionspec.training.optimizers import keras_optimizer
from inceptionspec.training.recipe import Adam, Optimizer, RmsProp, Sgd, WeightDecay

GRADIENTS = np.random.default_rng(5).normal(0, 1, (20, 3)).astype("float32")
START = np.array([0.5, -2.0, 3.0], "float32")
NO_DECAY = WeightDecay("none")


def ours(optimizer: Optimizer, rate: Any, decay: WeightDecay = NO_DECAY) -> list[np.ndarray]:
    """The weights after each of twenty updates."""
    # A kernel has at least two axes: a scale of one axis does not decay.
    variable = keras.Variable(START[:, None], name="kernel")
    made = keras_optimizer(optimizer, rate, decay, [variable], "float32")
    seen = []
    for gradient in GRADIENTS:
        made.apply([tf.constant(gradient[:, None])], [variable])
        seen.append(variable.numpy()[:, 0].copy())
    return seen


def same(found: list[np.ndarray], expected: Iterator[np.ndarray]) -> None:
    for mine, its in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, its, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize(("epsilon", "initial"), [(1.0, 1.0), (1e-3, 1.0), (1.0, 0.0)])
def test_rmsprop_by_hand(momentum: float, epsilon: float, initial: float) -> None:
    def by_hand() -> Iterator[np.ndarray]:
        w, s, v = START.astype("float64"), np.full(3, initial), np.zeros(3)
        for g in GRADIENTS.astype("float64"):
            s = 0.8 * s + 0.2 * g * g
            v = momentum * v + 0.045 * g / np.sqrt(s + epsilon)
            w = w - v
            yield w

    same(ours(RmsProp(0.8, momentum, epsilon, initial), 0.045), by_hand())


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_rmsprop_is_tensorflow_1s(momentum: float) -> None:
    """Twenty updates of the optimizer that trained Inception V3."""
    theirs = tf.compat.v1.train.RMSPropOptimizer(0.045, 0.9, momentum=momentum, epsilon=1.0)
    variable = tf.Variable(START)

    def updates() -> Iterator[np.ndarray]:
        for gradient in GRADIENTS:
            theirs.apply_gradients([(tf.constant(gradient), variable)])
            yield variable.numpy()

    same(ours(RmsProp(0.9, momentum, 1.0), 0.045), updates())
    kerass = keras.optimizers.RMSprop(0.045, rho=0.9, momentum=momentum, epsilon=1.0)
    other = keras.Variable(START)
    kerass.apply([tf.constant(GRADIENTS[0])], [other])
    # Keras starts the mean at 0, so that its first update is larger.
    assert (
        np.abs(other.numpy() - START).sum()
        > np.abs(ours(RmsProp(0.9, momentum, 1.0), 0.045)[0] - START).sum()
    )


@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd_by_hand(nesterov: bool) -> None:
    def by_hand() -> Iterator[np.ndarray]:
        w, v = START.astype("float64"), np.zeros(3)
        for g in GRADIENTS.astype("float64"):
            v = 0.9 * v - 0.1 * g
            w = w + (0.9 * v - 0.1 * g if nesterov else v)
            yield w

    same(ours(Sgd(0.9, nesterov), 0.1), by_hand())


def test_adam_with_decoupled_decay_by_hand() -> None:
    def by_hand() -> Iterator[np.ndarray]:
        w, m, v = START.astype("float64"), np.zeros(3), np.zeros(3)
        for number, g in enumerate(GRADIENTS.astype("float64"), 1):
            w = w - 0.01 * 0.1 * w
            m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
            rate = 0.01 * np.sqrt(1 - 0.99**number) / (1 - 0.9**number)
            w = w - rate * m / (np.sqrt(v) + 1e-7)
            yield w

    same(ours(Adam(0.9, 0.99), 0.01, WeightDecay("decoupled", 0.1)), by_hand())


def test_what_is_no_kernel_does_not_decay() -> None:
    bias = keras.Variable(START, name="bias")
    made = keras_optimizer(Sgd(), 0.1, WeightDecay("decoupled", 0.5), [bias], "float32")
    made.apply([tf.zeros(3)], [bias])
    np.testing.assert_array_equal(bias.numpy(), START)
