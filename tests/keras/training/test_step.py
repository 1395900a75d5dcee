"""One update: against Keras' own, by hand head by head, and what is frozen, clipped, averaged."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from recipes import fitted

from inceptionspec.training.averages import WeightAverages
from inceptionspec.training.fitting import Fitted
from inceptionspec.training.step import TrainStep, training_model

RNG = np.random.default_rng(7)
IMAGES = RNG.uniform(-1, 1, (6, 8, 8, 3)).astype("float32")
LABELS = RNG.integers(0, 4, 6)


def made(text: str = "", **settings: Any) -> tuple[Any, TrainStep, Fitted]:
    one = fitted(text, **settings)
    model = training_model(one)
    return model, TrainStep(model, one, one.recipe.phases[0], 10), one


def arrays(model: Any) -> list[np.ndarray]:
    return [weight.numpy().copy() for weight in model.weights]


SGD = "optimizer: {kind: sgd, momentum: 0.9}\nschedule: {kind: constant, rate: 0.1}"
RMSPROP = """
optimizer: {kind: rmsprop, decay: 0.9, momentum: 0.9, epsilon: 1, initial: 0}
schedule: {kind: exponential, rate: 0.045, factor: 0.94, every: 2 steps}
clip: {kind: global_norm, at: 2}
"""


#: The start of V3, with the first block of each size of map.
SHORT_V3 = """
spec: 1
extends: inception_v3_keras
name: Short
override:
  Mixed_5c: delete
  Mixed_5d: delete
  Mixed_6b: delete
  Mixed_6c: delete
  Mixed_6d: delete
  Mixed_6e: delete
  Mixed_7b: delete
  Mixed_7c: delete
  Logits: {set: {from: Mixed_7a}}
"""


def test_five_updates_of_v3_are_those_of_keras_train_on_batch() -> None:
    """With the same loss, optimizer and data, weights agree within 1e-6."""
    settings = {"width": 0.1, "min_filters": 4, "input": 75, "classes": 5}
    model, step, one = made(
        f"{RMSPROP}\nloss: {{label_smoothing: 0.1}}", network=SHORT_V3, **settings
    )
    other = training_model(one)
    other.set_weights(model.get_weights())
    schedule = keras.optimizers.schedules.ExponentialDecay(0.045, 2, 0.94, staircase=True)
    optimizer = keras.optimizers.RMSprop(
        schedule, rho=0.9, momentum=0.9, epsilon=1.0, global_clipnorm=2.0
    )
    head = one.terms[0].head
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    other.compile(optimizer, loss={head: loss})
    for _ in range(5):
        images = RNG.uniform(-1, 1, (4, 75, 75, 3)).astype("float32")
        labels = RNG.integers(0, 5, 4)
        ours = step(images, labels)
        theirs = other.train_on_batch(images, {head: keras.utils.to_categorical(labels, 5)})
        assert float(ours.loss) == pytest.approx(float(theirs), rel=1e-5)
    for mine, its in zip(arrays(model), arrays(other), strict=True):
        np.testing.assert_allclose(mine, its, rtol=0, atol=1e-6)


def test_each_head_sends_its_weight_times_the_gradient_of_its_loss() -> None:
    """Against a step by hand: the main loss, and 0.3 times each auxiliary one."""
    model, step, _ = made(f"{SGD}\nloss: {{auxiliary: 0.3}}\nweight_decay: none")
    before = arrays(model)
    variables = [one.value for one in model.trainable_variables]
    sent = {}
    for head, smoothing in (("Logits", 0.1), ("Aux", 0.0)):
        with tf.GradientTape() as tape:
            logits = model(IMAGES, training=True)[head]
            logarithms = logits - tf.reduce_logsumexp(logits, -1, keepdims=True)
            shares = tf.one_hot(LABELS, 4) * (1 - smoothing) + smoothing / 4
            loss = -tf.reduce_sum(shares * logarithms) / 6
        sent[head] = [
            np.zeros(variable.shape) if one is None else one.numpy()
            for variable, one in zip(variables, tape.gradient(loss, variables), strict=True)
        ]
    model.set_weights(before)  # moving statistics
    step(IMAGES, LABELS)
    moved = {variable.path: variable.numpy() for variable in model.trainable_variables}
    start = dict(zip([one.path for one in model.weights], before, strict=True))
    for variable, main, aux in zip(
        model.trainable_variables, sent["Logits"], sent["Aux"], strict=True
    ):
        expected = start[variable.path] - 0.1 * (main + 0.3 * aux)
        np.testing.assert_allclose(moved[variable.path], expected, rtol=0, atol=1e-6)
    first = next(i for i, v in enumerate(model.trainable_variables) if "First" in v.path)
    assert np.abs(sent["Aux"][first]).max() > 1e-4  # the auxiliary head does send something


def test_losses_are_reported_without_their_weights() -> None:
    model, step, one = made(
        f"{SGD}\nloss: {{auxiliary: 0.3}}\nweight_decay: {{kind: spec, amount: 0.5}}"
    )
    kernels = {v.path: v.numpy() for v in model.trainable_variables if v.name == "kernel"}
    result = step(IMAGES, LABELS)
    assert set(result.heads) == {"Logits", "Aux"}
    factors = {"First": 1e-2, "Second": 1e-2, "Logits.Dense": 1e-3}
    by_hand = 0.5 * sum(
        factors[path.partition("/")[0]] * np.square(kernel).sum()
        for path, kernel in kernels.items()
        if path.partition("/")[0] in factors
    )
    assert float(result.regularization) == pytest.approx(by_hand, rel=1e-5)
    total = result.heads["Logits"] + 0.3 * result.heads["Aux"] + result.regularization
    assert float(result.loss) == pytest.approx(float(total), rel=1e-6)
    assert [term.weight for term in one.terms] == [0.3, 1.0]


@pytest.mark.parametrize(
    ("decay", "expected"),
    [
        ("none", lambda w: w),
        ("{kind: spec}", lambda w: w - 0.1 * 2 * 1e-2 * w),
        ("{kind: l2, amount: 0.05}", lambda w: w - 0.1 * 2 * 0.05 * w),
        ("{kind: decoupled, amount: 0.05}", lambda w: w - 0.1 * 0.05 * w),
    ],
)
def test_weights_decay_once_and_norms_and_biases_never(decay: str, expected: Any) -> None:
    """Images of zeros send the first kernel no gradient, so that decay alone moves it."""
    plain = "optimizer: {kind: sgd}\nschedule: {kind: constant, rate: 0.1}"
    model, step, _ = made(f"{plain}\nweight_decay: {decay}")
    kernel = next(v for v in model.trainable_variables if v.path == "First/kernel")
    gamma = next(v for v in model.trainable_variables if v.path == "First.BatchNorm/gamma")
    before = kernel.numpy().copy()
    step(np.zeros_like(IMAGES), LABELS)
    np.testing.assert_allclose(kernel.numpy(), expected(before), rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(gamma.numpy(), 1)


@pytest.mark.parametrize("kind", ["value", "norm", "global_norm"])
def test_gradients_are_clipped(kind: str) -> None:
    plain = "optimizer: {kind: sgd}\nschedule: {kind: constant, rate: 1}\nweight_decay: none"
    free, free_step, _ = made(plain)
    model, step, _ = made(f"{plain}\nclip: {{kind: {kind}, at: 0.05}}")
    model.set_weights(free.get_weights())
    before = [v.numpy().copy() for v in model.trainable_variables]
    norm = float(free_step(IMAGES, LABELS).gradient_norm)
    assert float(step(IMAGES, LABELS).gradient_norm) == pytest.approx(norm, rel=1e-6)
    sent = [a - v.numpy() for a, v in zip(before, free.trainable_variables, strict=True)]
    kept = [a - v.numpy() for a, v in zip(before, model.trainable_variables, strict=True)]
    together = np.sqrt(sum(np.square(one).sum() for one in sent))
    assert together == pytest.approx(norm, rel=1e-4)
    for one, clipped in zip(sent, kept, strict=True):
        own = np.sqrt(np.square(one).sum())
        expected = {
            "value": np.clip(one, -0.05, 0.05),
            "norm": one * min(1, 0.05 / max(own, 1e-12)),
            "global_norm": one * min(1, 0.05 / together),
        }[kind]
        np.testing.assert_allclose(clipped, expected, rtol=1e-3, atol=1e-6)


def test_frozen_layers_stay_as_they_are_statistics_included() -> None:
    model, step, _ = made(f"{SGD}\nfreeze: [First]")
    before = {v.path: v.numpy().copy() for v in model.weights}
    step(IMAGES, LABELS)
    changed = {v.path for v in model.weights if (v.numpy() != before[v.path]).any()}
    assert changed == {
        "Second/kernel", "Second/bias", "Logits.Dense/kernel", "Logits.Dense/bias",
        "Aux.Dense/kernel", "Aux.Dense/bias",
    }  # fmt: skip
    # The norm is that of inference: the logits are those that a prediction sees.
    np.testing.assert_array_equal(
        model(IMAGES, training=True)["Aux"].numpy(), model(IMAGES, training=False)["Aux"].numpy()
    )


def test_a_later_phase_thaws_what_an_earlier_one_froze() -> None:
    phases = """
optimizer: {kind: sgd}
schedule: {kind: constant, rate: 0.1}
phases:
  - {name: heads, epochs: 1, freeze: body, freeze_norms: true}
  - {name: everything, epochs: 1, freeze_norms: true}
"""
    model, step, one = made(phases)
    assert {v.path.partition("/")[0] for v in step.variables} == {"Aux.Dense", "Logits.Dense"}
    second = TrainStep(model, one, one.recipe.phases[1], 10)
    assert {v.path.partition("/")[0] for v in second.variables} == {
        "First", "Second", "Aux.Dense", "Logits.Dense",
    }  # fmt: skip
    mean = next(v for v in model.weights if v.name == "moving_mean").numpy().copy()
    second(IMAGES, LABELS)
    np.testing.assert_array_equal(
        next(v for v in model.weights if v.name == "moving_mean").numpy(), mean
    )


@pytest.mark.parametrize(("averaging", "kind"), [
    ("{kind: exponential, decay: 0.9}", "ramp"),
    ("{kind: exponential, decay: 0.9, ramp: false}", "plain"),
    ("{kind: uniform}", "uniform"),
])  # fmt: skip
def test_averages_are_those_of_tensorflow_and_of_a_mean(averaging: str, kind: str) -> None:
    one = fitted(f"{SGD}\naveraging: {averaging}")
    model = training_model(one)
    assert one.recipe.averaging is not None
    averages = WeightAverages(model, one.recipe.averaging)
    step = TrainStep(model, one, one.recipe.phases[0], 10, averages)
    count = tf.Variable(0)
    theirs = tf.train.ExponentialMovingAverage(0.9, num_updates=count if kind == "ramp" else None)
    kept = [tf.Variable(weight.numpy()) for weight in model.weights]
    theirs.apply(kept)
    seen = []
    for number in range(12):
        step(IMAGES, LABELS)
        count.assign(number + 1)
        for variable, weight in zip(kept, model.weights, strict=True):
            variable.assign(weight.numpy())
        theirs.apply(kept)
        seen.append(arrays(model))
    for number, average in enumerate(averages.averages):
        if kind == "uniform":
            expected = np.mean([weights[number] for weights in seen], axis=0)
        else:
            expected = theirs.average(kept[number]).numpy()
        np.testing.assert_allclose(average.numpy(), expected, rtol=1e-5, atol=1e-6)
    last, mean = arrays(model), averages.averages[0].numpy()
    averages.swap()
    np.testing.assert_array_equal(model.weights[0].numpy(), mean)
    averages.swap()
    for mine, its in zip(arrays(model), last, strict=True):
        np.testing.assert_array_equal(mine, its)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_lower_precision_keeps_float32_weights_and_nearly_the_gradients(precision: str) -> None:
    whole, whole_step, _ = made(SGD)
    model, step, _ = made(f"{SGD}\nprecision: {precision}")
    model.set_weights(whole.get_weights())
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
    exact, near = whole_step(IMAGES, LABELS), step(IMAGES, LABELS)
    assert float(near.loss) == pytest.approx(float(exact.loss), rel=0.02)
    assert float(near.gradient_norm) == pytest.approx(float(exact.gradient_norm), rel=0.05)
    for mine, its in zip(arrays(model), arrays(whole), strict=True):
        np.testing.assert_allclose(mine, its, atol=5e-3)


def test_float16_skips_an_update_that_overflows_and_halves_its_scale() -> None:
    model, step, _ = made(f"{SGD}\nprecision: float16\nweight_decay: none")
    before = [v.numpy().copy() for v in model.trainable_variables]
    scale = float(step.optimizer.dynamic_scale.numpy())
    step(np.full_like(IMAGES, np.inf), LABELS)
    assert float(step.optimizer.dynamic_scale.numpy()) == scale / 2
    for variable, value in zip(model.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_several_labels_an_image_are_a_sigmoid_each() -> None:
    model, step, _ = made(
        f"{SGD}\nloss: {{kind: sigmoid, label_smoothing: 0.2}}\nweight_decay: none"
    )
    labels = RNG.integers(0, 2, (6, 4)).astype("float32")
    logits = model(IMAGES, training=True)["Logits"].numpy()
    result = step(IMAGES, labels)
    expected = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2)
    assert float(result.heads["Logits"]) == pytest.approx(float(expected(labels, logits)), rel=1e-5)
