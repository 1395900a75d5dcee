"""Recipes and networks that tests of training start from."""

from __future__ import annotations

from typing import Any

import inceptionspec
from inceptionspec.diagnostics.source import Source
from inceptionspec.training.fitting import Fitted, fit
from inceptionspec.training.recipe import Recipe
from inceptionspec.training.recipes.load import load_recipe

#: Two heads over two convolutions, one with a norm, dropout and L2.
TWO_HEADS = """
spec: 1
name: Two
input: {size: 8x8, channels: 3}
defaults:
  conv: {norm: batch_norm, activation: relu, l2: 1e-2}
  batch_norm: {momentum: 0.9, scale: true}
network:
  - {op: conv, name: First, kernel: 3x3, filters: 6, stride: 2}
  - {op: conv, name: Second, kernel: 3x3, filters: 8, norm: none, bias: true}
main: Logits
heads:
  Aux:
    from: First
    loss_weight: 0.4
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Dense, units: 4}
  Logits:
    from: Second
    loss_weight: 1
    label_smoothing: 0.1
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dropout, name: Dropout, rate: 0.0}
      - {op: dense, name: Dense, units: 4, l2: 1e-3}
"""


def recipe(text: str = "", extends: str = "quick") -> Recipe:
    """A recipe that says some lines over a built-in one."""
    return load_recipe(Source("t.yaml", f"recipe: 1\nextends: {extends}\nname: t\n{text}\n"))


def fitted(text: str = "", network: str = TWO_HEADS, **settings: Any) -> Fitted:
    """Such a recipe for a network."""
    read = inceptionspec.loads if "\n" in network else inceptionspec.load
    return fit(recipe(text), read(network, **settings).graph)
