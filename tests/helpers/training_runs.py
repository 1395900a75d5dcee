"""Runs that are small enough for tests."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

import inceptionspec
from inceptionspec.diagnostics.source import Source
from inceptionspec.training.run import Run, Settings, new_run

#: Two heads, norms, dropout, an L2 penalty: all that keeps a state.
NETWORK = """
spec: 1
name: Tiny
input: {size: 8x8, channels: 3, preprocessing: {scale: 1/127.5, mean: 1}}
args: {classes: 4}
defaults:
  conv: {norm: batch_norm, activation: relu, l2: 1e-3}
  batch_norm: {momentum: 0.9, scale: true}
network:
  - {op: conv, name: First, kernel: 3x3, filters: 6, stride: 2}
  - {op: conv, name: Second, kernel: 3x3, filters: 8}
main: Logits
heads:
  Aux:
    from: First
    loss_weight: 0.3
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Dense, units: $classes}
  Logits:
    from: Second
    loss_weight: 1
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dropout, name: Dropout, rate: 0.3}
      - {op: dense, name: Dense, units: $classes}
"""
#: Three epochs of four steps, with two phases, averages, and much that is drawn.
RECIPE = """
recipe: 1
name: Small
batch: 8
epochs: 3
optimizer: {kind: rmsprop, decay: 0.9, momentum: 0.9, epsilon: 1}
schedule: {kind: exponential, rate: 0.1, factor: 0.9, every: 2 steps}
phases:
  - {name: heads, epochs: 1, freeze: body}
  - {name: all, epochs: 2}
averaging: {kind: exponential, decay: 0.9}
augmentation:
  crop: {area: [0.2, 1], aspect: [3/4, 4/3]}
  interpolation: random
  mirror: true
  color: full
  mixup: 0.2
  cutmix: 1
"""
#: Its fourth or fifth step is not finite.
WILD = """
recipe: 1
name: Wild
batch: 8
epochs: 3
optimizer: {kind: sgd}
schedule: {kind: piecewise, rate: 0.01, boundaries: [2 steps], factors: [1e38]}
"""


def write_data(file: Path, count: int = 40, classes: int = 4) -> Path:
    """Pictures of noise on grounds that tell their classes, as an ``.npz`` file."""
    drawn = np.random.default_rng(5)
    labels = np.arange(count) % classes
    noise = drawn.integers(0, 120, (count, 9, 9, 3))
    pictures = noise + (labels * (130 // classes))[:, None, None, None]
    test = {"x_test": pictures[-8:].astype("uint8"), "y_test": labels[-8:]}
    np.savez(file, x_train=pictures[:-8].astype("uint8"), y_train=labels[:-8], **test)
    return file


def small_run(
    data: Path, folder: Path, recipe: str = RECIPE, weights: Any = None, **settings: Any
) -> Run:
    """A run that has not begun."""
    loaded = inceptionspec.loads(NETWORK).loaded
    chosen = Settings(str(data), **settings)
    return new_run(loaded, Source("r.yaml", recipe), chosen, str(folder), weights=weights)


def digest(folder: Path) -> str:
    """Of the weights that a run yields, and of all its variables at the end."""
    last = max((folder / "checkpoints").glob("step-*.safetensors"))
    content = (folder / "weights.safetensors").read_bytes() + last.read_bytes()
    return hashlib.sha256(content).hexdigest()
