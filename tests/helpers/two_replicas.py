"""Trains with one replica and with two, in a process that has two CPU devices.

    python two_replicas.py

Prints the differences as JSON. TensorFlow counts its devices once, when it starts.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from recipes import fitted
from safetensors.numpy import load_file
from training_runs import WILD, small_run, write_data

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.training.averages import WeightAverages
from inceptionspec.training.journal import Journal
from inceptionspec.training.step import TrainStep, training_model
from inceptionspec.training.strategies.devices import Devices
from inceptionspec.training.train import train

RECIPE = """
optimizer: {kind: rmsprop, momentum: 0.9, epsilon: 1}
schedule: {kind: constant, rate: 0.1}
clip: {kind: global_norm, at: 0.05}
averaging: {kind: exponential}
"""
#: Shares of three and four images, two phases, and all that is a sum over the batch.
SHARED = f"""
recipe: 1
name: Shared
batch: 7
epochs: 2
{RECIPE.strip()}
phases:
  - {{name: heads, epochs: 1, freeze: body}}
  - {{name: all, epochs: 1}}
augmentation: {{mirror: true, mixup: 0.2}}
"""


def half_precision() -> dict[str, float]:
    """Three updates with a scaled loss, of shares of four and two images, against all six."""
    one = fitted(RECIPE + "precision: float16")
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


def mirrored_run() -> dict[str, float]:
    """A run on both devices against one on the first: every figure of every step, and weights."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        data = write_data(Path(folder) / "data.npz")
        runs = [small_run(data, Path(folder) / name, SHARED) for name in ("one", "two")]
        told: list[Any] = []
        train(runs[0])
        both = Devices(mirrored=True)
        train(runs[1], devices=both, tell=told.append, foretell=lambda one: told.append(one.steps))
        assert told == ["2 devices share each batch", 8]
        one, two = (Journal(run.folder, run.place).records for run in runs)
        assert len(one) == len(two) == 10
        found["records"] = max(
            abs(a[key] - b[key])
            for a, b in zip(one, two, strict=True)
            for key in a
            if key != "kind"
        )
        mine, its = (load_file(run.folder / "weights.safetensors") for run in runs)
        found["weights"] = max(float(np.abs(mine[key] - its[key]).max()) for key in mine)
    return found


def fault() -> str:
    """What both devices say of a step that is not finite."""
    with tempfile.TemporaryDirectory() as folder:
        run = small_run(write_data(Path(folder) / "data.npz"), Path(folder) / "wild", WILD)
        try:
            train(run, devices=Devices(mirrored=True))
        except SpecError as error:
            return f"{error.findings[0].code}: {error.findings[0].message}"
    return "every step was finite"


if __name__ == "__main__":
    device = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(device, [tf.config.LogicalDeviceConfiguration()] * 2)
    parts = (half_precision, mirrored_run, fault)
    print(json.dumps({part.__name__: part() for part in parts}))
