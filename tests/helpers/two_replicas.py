"""Trains with one replica and with two, in a process that has two CPU devices.

    python two_replicas.py

Prints the differences as JSON. TensorFlow counts its devices once, when it starts.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from recipes import fitted

from inceptionspec.training.averages import WeightAverages
from inceptionspec.training.step import TrainStep, training_model

RECIPE = """
optimizer: {kind: rmsprop, momentum: 0.9, epsilon: 1}
schedule: {kind: constant, rate: 0.1}
clip: {kind: global_norm, at: 0.05}
averaging: {kind: exponential}
precision: PRECISION
"""


def differences(precision: str) -> dict[str, float]:
    """Three updates, of shares of four and two images, against those of all six."""
    one = fitted(RECIPE.replace("PRECISION", precision))
    assert one.recipe.averaging is not None
    generator = np.random.default_rng(3)
    images = generator.uniform(-1, 1, (6, 8, 8, 3)).astype("float32")
    labels = generator.integers(0, 4, 6)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])

    def made() -> tuple[Any, WeightAverages, TrainStep]:
        keras.utils.set_random_seed(1)
        model = training_model(one)
        averages = WeightAverages(model, one.recipe.averaging)
        return model, averages, TrainStep(model, one, one.recipe.phases[0], 10, averages)

    model, averages, step = made()
    with strategy.scope():
        shared, shared_averages, second = made()
    run = tf.function(lambda images, labels: strategy.run(second.update, (images, labels)))

    def share(value: np.ndarray) -> Any:
        parts = [value[:4], value[4:]]
        return strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(parts[context.replica_id_in_sync_group])
        )

    found = {"loss": 0.0, "norm": 0.0, "weights": 0.0}
    for _ in range(3):
        whole, parts = step(images, labels), run(share(images), share(labels))
        for key, mine, its in (
            ("loss", whole.loss, parts.loss),
            ("norm", whole.gradient_norm, parts.gradient_norm),
        ):
            for local in strategy.experimental_local_results(its):
                found[key] = max(found[key], abs(float(local) - float(mine)))
    pairs = zip(
        [*model.weights, *averages.variables],
        [*shared.weights, *shared_averages.variables],
        strict=True,
    )
    for mine, its in pairs:
        found["weights"] = max(found["weights"], float(np.abs(mine.numpy() - its.numpy()).max()))
    return found


if __name__ == "__main__":
    device = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(device, [tf.config.LogicalDeviceConfiguration()] * 2)
    print(json.dumps({name: differences(name) for name in ("float32", "float16")}))
