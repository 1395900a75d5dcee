"""A variant with its base's weights, both as Keras models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from support import REFERENCE, loaded

from inceptionspec.backends.keras import assign, build
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
    outputs = []
    images = np.random.default_rng(7).uniform(-1, 1, (2, 299, 299, 1)).astype("float32")
    for network, read in (
        (loaded("inception_v3", **given), np.repeat(images, 3, -1)),
        (loaded(str(file), **given), images),
    ):
        found = load_weights(network, CHECKPOINT)
        model = build(network.graph, "Logits")
        assign(model, network.graph, {**found.arrays})
        outputs.append(np.asarray(model(read)))
    transferred = found.transferred
    assert transferred is not None
    assert all(layer.exact for layer in transferred.layers)
    statuses = {layer.path: layer.status for layer in transferred.layers if layer.steps}
    assert len(statuses) == 9
    assert transferred.outputs == {"Logits": True}
    assert np.abs(outputs[1] - outputs[0]).max() <= 1e-5 * np.abs(outputs[0]).max()
