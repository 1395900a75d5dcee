"""Moves that change nothing at inference: the variant as a Keras model, with its base's weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import inceptionspec

SETTINGS = {"width": 0.1, "min_filters": 4, "classes": 7, "head": "Logits"}


def _outputs(model: object, images: object) -> np.ndarray:
    return np.asarray(model(images))  # type: ignore[operator]


@pytest.mark.filterwarnings("ignore:weights of the base")
@pytest.mark.parametrize(
    ("name", "at", "kind", "size"),
    [
        ("inception_v1_paper", "Conv* Mixed_*/*/Conv* Logits/Dropout_0b", "equivalent", 64),
        ("squeezenet", "", "equivalent", 64),
    ],
)
def test_norms_in_and_dropout_out_change_no_output(
    name: str, at: str, kind: str, size: int, tmp_path: Path
) -> None:
    given = {**SETTINGS, "input": size}
    if name == "squeezenet":
        given.pop("head")
    moved = inceptionspec.load(name, **given).move("batch-norm", at=at)
    assert moved.kind == kind
    base = inceptionspec.load(name, **given).to_keras("Logits")
    file = str(tmp_path / "base.keras")
    base.save(file)
    variant = moved.network.to_keras("Logits", weights=file)
    images = np.random.default_rng(3).uniform(-1, 1, (2, size, size, 3)).astype("float32")
    expected = _outputs(base, images)
    assert variant.count_params() > base.count_params()
    assert np.abs(_outputs(variant, images) - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.filterwarnings("ignore:weights of the base")
def test_an_approximate_move_starts_nothing_fresh(tmp_path: Path) -> None:
    network = inceptionspec.load("squeezenet", width=0.25, classes=7, input=64)
    base = network.to_keras("Logits")
    file = str(tmp_path / "base.keras")
    base.save(file)
    moved = network.move("separable", at="fire*/expand3x3")
    images = np.random.default_rng(3).uniform(-1, 1, (2, 64, 64, 3)).astype("float32")
    expected = _outputs(base, images)
    found = _outputs(moved.network.to_keras("Logits", weights=file), images)
    fresh = _outputs(moved.network.to_keras("Logits"), images)
    assert np.abs(found - expected).max() > 1e-5 * np.abs(expected).max()
    assert np.abs(found - expected).max() < np.abs(fresh - expected).max()
