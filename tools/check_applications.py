"""Load what Keras saves of its applications, and compare the logits.

    python tools/check_applications.py [NAME ...]

For each network that both have, its weights and norm statistics are drawn, Keras saves the model
as `.weights.h5`, the same without names of layers as Keras before 3.10 wrote it, `.h5` and
`.keras`, and our spec reads each file. Prints the largest deviation of the logits, as a share of
the largest logit, and exits with 1 if one is above 1e-5.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np

import inceptionspec
from inceptionspec.backends.keras import assign, build
from inceptionspec.weights import load_weights

LARGEST_DEVIATION = 1e-5
APPLICATIONS = {
    "inception_v3_keras": "InceptionV3",
    "inception_resnet_v2_keras": "InceptionResNetV2",
    "xception": "Xception",
    "mobilenet_v2": "MobileNetV2",
    "resnet50": "ResNet50",
    "resnet50_v2": "ResNet50V2",
    "densenet121": "DenseNet121",
    "vgg16": "VGG16",
    "nasnet_mobile": "NASNetMobile",
    "efficientnet_b0": "EfficientNetB0",
    "mobilenet_v3_large": "MobileNetV3Large",
    "convnext_tiny": "ConvNeXtTiny",
}


def main(names: list[str]) -> int:
    """Check some networks; the exit code."""
    worst = 0.0
    for name in names or list(APPLICATIONS):
        keras.utils.clear_session()
        model = getattr(keras.applications, APPLICATIONS[name])(
            weights=None, classifier_activation=None
        )
        draw_weights(model)
        draw = np.random.default_rng(1)
        images = draw.uniform(-1, 1, (1, *model.input_shape[1:])).astype("float32")
        expected = model.predict(images, verbose=0)
        network = inceptionspec.load(name)
        ours = build(network.graph, "Logits")
        with tempfile.TemporaryDirectory() as folder:
            for file in saved(model, Path(folder)):
                found = load_weights(network.loaded, str(file))
                assign(ours, network.graph, found.arrays)
                logits = ours.predict(images, verbose=0)
                deviation = float(np.abs(logits - expected).max() / np.abs(expected).max())
                worst = max(worst, deviation)
                print(
                    f"{name:26} {file.name:22} {found.report.scheme:26} "
                    f"{len(found.report.matched):4} weights  {deviation:.1e}",
                    flush=True,
                )
                file.unlink()
    return int(worst > LARGEST_DEVIATION)


def draw_weights(model: Any, seed: int = 1) -> None:
    """Give norms and biases values that show which is which."""
    draw = np.random.default_rng(seed)
    for variable in model.weights:
        if variable.name in ("gamma", "moving_variance"):
            variable.assign(draw.uniform(0.5, 1.5, variable.shape))
        elif variable.name in ("beta", "bias", "moving_mean"):
            variable.assign(draw.normal(size=variable.shape) * 0.1)


def saved(model: Any, folder: Path) -> Iterator[Path]:
    """The files that Keras writes of a model, one at a time."""
    for name in ("named.weights.h5", "unnamed.weights.h5"):
        file = folder / name
        model.save_weights(file)
        if name.startswith("un"):
            drop_names(file)
        yield file
    for name in ("model.h5", "model.keras"):
        model.save(folder / name)
        yield folder / name


def drop_names(file: Path) -> None:
    """Take the names of layers out of a `.weights.h5`, as Keras before 3.10 wrote none."""

    def drop(_: str, part: Any) -> None:
        part.attrs.pop("name", None)

    with h5py.File(file, "a") as opened:
        opened.visititems(drop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
