"""A variant with its base's weights, both as Keras models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support import REFERENCE

import inceptionspec
from inceptionspec.weights import load_weights

CHECKPOINT = str(REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt")
VARIANT = """spec: 1
extends: inception_v3
name: Edited
override:
  input: {set: {channels: 1}}
  AuxLogits: delete
  Conv2d_2a_3x3: {set: {kernel: 5x5, padding: 1}}
  Mixed_5b/Branch_1/Conv2d_0b_5x5: {set: {filters: 192}}
  Mixed_6b/Branch_1/Conv2d_0b_1x7: {set: {norm: none}}
  Mixed_7c/Branch_3/AvgPool_0a_3x3: {after: [{op: batch_norm, name: Norm}]}
"""


def test_every_exact_rule_at_once_in_a_real_network(tmp_path: Path) -> None:
    file = tmp_path / "edited.yaml"
    file.write_text(VARIANT)
    given = {"width": 0.125, "min_filters": 8, "classes": 11}
    images = np.random.default_rng(7).uniform(-1, 1, (2, 299, 299, 1)).astype("float32")
    base, variant = (inceptionspec.load(name, **given) for name in ("inception_v3", str(file)))
    expected = np.asarray(base.to_keras(None, CHECKPOINT)(np.repeat(images, 3, -1))["Logits"])
    with pytest.warns(UserWarning, match="weights of the base InceptionV3:\n  kept 87 of 96"):
        model = variant.to_keras("Logits", CHECKPOINT)
    found = load_weights(variant.loaded, CHECKPOINT)
    transferred = found.transferred
    assert transferred is not None
    assert all(layer.exact for layer in transferred.layers)
    statuses = {layer.path: layer.status for layer in transferred.layers if layer.steps}
    assert len(statuses) == 9
    assert transferred.outputs == {"Logits": True}
    assert np.abs(np.asarray(model(images)) - expected).max() <= 1e-5 * np.abs(expected).max()
