"""Load trained trunks with heads of their own, as Keras saves them, and compare the logits.

    python tools/check_application_heads.py [NAME ...]

Trunks of `keras.applications` get a head of 7 classes: nested as one layer, inlined, in a
sequential model, behind a rescaling, with dropout, with a dense layer in between. Other models were
built before, so that Keras' numbers are shifted. Each model is saved as `.h5`, `.keras`,
`.weights.h5`, weights of the legacy layout, a TensorFlow 2 checkpoint and a SavedModel. A variant
of our spec reads each file. Prints the deviation of the logits, as a share of the largest, and
exits with 1 if one is above 1e-5.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import inceptionspec
from inceptionspec.backends.keras import assign, build
from inceptionspec.weights import load_weights

LARGEST_DEVIATION = 1e-5
CLASSES, HIDDEN = 7, 256
#: By spec: the application, the side of its pictures here, the path of the last layer.
TRUNKS = {
    "inception_v3_keras": ("InceptionV3", 75, "Logits/Dense_1c"),
    "xception": ("Xception", 71, "Logits/predictions"),
    "resnet50": ("ResNet50", 64, "Logits/predictions"),
    "mobilenet_v2": ("MobileNetV2", 64, "Logits/predictions"),
}
_HIDDEN_LAYER = """\
spec: 1
extends: {base}
name: WithHidden
override:
  args.classes: {{set: {classes}}}
  {last}: {{before: [{{op: dense, name: Hidden, units: {hidden}, activation: relu}}]}}
"""


def main(names: list[str]) -> int:
    """Check some trunks; the exit code."""
    worst = 0.0
    for name in names or list(TRUNKS):
        kind, side, _ = TRUNKS[name]
        for what, model, hidden in models(kind, side):
            network = spec_of(name, side, hidden=hidden)
            images = np.random.default_rng(1).uniform(-1, 1, (1, side, side, 3)).astype("float32")
            expected = np.asarray(model(images))
            ours = build(network.graph, "Logits")
            with tempfile.TemporaryDirectory() as folder:
                for file in saved(model, Path(folder)):
                    try:
                        found = load_weights(network.loaded, str(file))
                    except inceptionspec.SpecError as error:
                        print(f"{name:20} {what:22} {file.name:16} {error.findings[0].message}")
                        worst = 1.0
                        continue
                    assign(ours, network.graph, found.arrays)
                    got = np.asarray(ours(images)).reshape(expected.shape)
                    deviation = float(np.abs(got - expected).max() / np.abs(expected).max())
                    worst = max(worst, deviation)
                    print(
                        f"{name:20} {what:22} {file.name:16} {found.report.scheme:40} "
                        f"{deviation:.1e}",
                        flush=True,
                    )
    return int(worst > LARGEST_DEVIATION)


def spec_of(name: str, side: int, *, hidden: bool) -> inceptionspec.Network:
    """The variant that a model is."""
    if not hidden:
        return inceptionspec.load(name, classes=CLASSES, input=side)
    text = _HIDDEN_LAYER.format(base=name, last=TRUNKS[name][2], classes=CLASSES, hidden=HIDDEN)
    return inceptionspec.loads(text, input=side)


def models(kind: str, side: int) -> Iterator[tuple[str, Any, bool]]:
    """Models with a trunk of a kind: what is told of them, and whether they have a hidden layer."""
    layers = keras.layers
    shape = (side, side, 3)

    def trunk(images: Any = None) -> Any:
        options = {"include_top": False, "weights": None}
        made = getattr(keras.applications, kind)(
            **options, **({"input_shape": shape} if images is None else {"input_tensor": images})
        )
        draw_weights(made)
        return made

    def head(x: Any, *, hidden: bool = False) -> Any:
        x = layers.GlobalAveragePooling2D()(x)
        if hidden:
            x = layers.Dropout(0.4)(layers.Dense(HIDDEN, activation="relu")(x))
        return layers.Dense(CLASSES)(x)

    made = trunk()
    yield "inlined", keras.Model(made.input, head(made.output)), False
    images = keras.Input(shape)
    yield "nested", keras.Model(images, head(trunk()(images))), False
    images = keras.Input(shape)
    scaled = layers.Rescaling(1.0)(images)
    yield "nested, rescaling", keras.Model(images, head(trunk()(scaled), hidden=True)), True
    made = trunk(layers.Rescaling(1.0)(keras.Input(shape)))
    yield "inlined, rescaling", keras.Model(made.input, head(made.output, hidden=True)), True
    pool, dropout, dense = (
        layers.GlobalAveragePooling2D(),
        layers.Dropout(0.2),
        layers.Dense(CLASSES),
    )
    yield "sequential", keras.Sequential([trunk(), pool, dropout, dense]), False


def draw_weights(model: Any) -> None:
    """Give norms values that show which is which."""
    draw = np.random.default_rng(1)
    for variable in model.weights:
        if variable.name in ("gamma", "moving_variance"):
            variable.assign(draw.uniform(0.5, 1.5, variable.shape))
        elif variable.name in ("beta", "moving_mean"):
            variable.assign(draw.normal(size=variable.shape) * 0.1)


def saved(model: Any, folder: Path) -> Iterator[Path]:
    """The files that Keras and TensorFlow save of a model."""
    for name in ("model.h5", "model.keras"):
        model.save(folder / name)
        yield folder / name
    model.save_weights(folder / "model.weights.h5")
    yield folder / "model.weights.h5"
    tf.train.Checkpoint(model=model).write(str(folder / "model.ckpt"))
    yield folder / "model.ckpt"
    model.export(folder / "saved_model", verbose=False)
    yield folder / "saved_model"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
