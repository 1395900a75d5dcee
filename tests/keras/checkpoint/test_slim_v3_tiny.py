"""A checkpoint that TF-Slim's own V3 wrote, and what that network computed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from support import REFERENCE
from weights_into import load_into

import inceptionspec
from inceptionspec.backends.keras import build

FOLDER = REFERENCE / "slim_v3_tiny"
END_POINTS = json.loads((FOLDER / "end_points.json").read_text(encoding="utf-8"))
#: TF-Slim's name of the pool before the logits, which V3 reads under its path.
PATHS = {"AvgPool_1a": "Logits/AvgPool_1a_8x8"}


@pytest.fixture(scope="module")
def computed():
    """Every end point of the network that TF-Slim ran, for the same images."""
    net = inceptionspec.load("inception_v3", width=0.125, min_filters=8, classes=11)
    paths = {name: PATHS.get(name, name) for name in END_POINTS}
    model = build(net.graph, list(paths.values()))
    assert load_into(model, net, str(FOLDER / "slim_v3_tiny.ckpt")).warnings == ()
    images = np.random.default_rng(7).uniform(-1, 1, (2, 299, 299, 3)).astype("float32")
    tensors = model(images)
    return {name: np.asarray(tensors[path]) for name, path in paths.items()}


@pytest.mark.parametrize("name", ["Logits", "AuxLogits", "PreLogits", "AvgPool_1a", "Predictions"])
def test_outputs(computed, name):
    expected = np.load(FOLDER / "outputs.npz")[name]
    assert computed[name].shape == expected.shape
    largest = np.abs(expected).max()
    assert np.abs(computed[name] - expected).max() <= 1e-4 * largest


@pytest.mark.parametrize("name", END_POINTS)
def test_end_points(computed, name):
    expected = END_POINTS[name]
    assert list(computed[name].shape) == expected["shape"]
    assert computed[name].mean() == pytest.approx(expected["mean"], rel=1e-3, abs=1e-6)
    assert computed[name].std() == pytest.approx(expected["std"], rel=1e-3)
