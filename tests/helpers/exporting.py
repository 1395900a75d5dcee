"""A small network to export, and its seeded weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from support import spec

import inceptionspec
from inceptionspec.export.export import Exported, ExportOptions, export, needed_nodes
from inceptionspec.export.formats import FORMATS, format_of
from inceptionspec.frontend.load import LoadedSpec

TEXT = spec(
    """
- {op: conv, name: stem, kernel: 3x3, filters: 6, stride: 2, norm: batch_norm, activation: relu}
- {block: mixed, name: mixed_1, with: {filters: 4}}
- {block: mixed, name: mixed_2, with: {filters: 5}}
""",
    size="16x16",
    rest="""
blocks:
  mixed:
    args: {filters: int}
    branches:
      left:
        - {op: conv, name: one, kernel: 1x1, filters: $filters, activation: relu}
      right:
        - {op: avg_pool, name: pool, kernel: 3x3}
        - {op: conv, name: two, kernel: 3x3, filters: $filters, padding: 1, norm: batch_norm}
main: Logits
heads:
  Logits:
    from: mixed_2
    predictions: softmax
    layers:
      - {op: global_avg_pool, name: mean}
      - {op: dropout, name: drop, rate: 0.5}
      - {op: dense, name: classes, units: 3}
""",
).replace(
    "channels: 3}",
    "channels: 3, preprocessing: {scale: 1/127.5, mean: 1, channel_order: BGR, std: [1, 2, 1]}}",
)
NAMES = tuple(FORMATS)


def loaded(text: str = TEXT, **settings: Any) -> LoadedSpec:
    return inceptionspec.load(text, **settings).loaded


def seeded_values(network: LoadedSpec, nodes: list[int] | None = None) -> dict[Any, Any]:
    """Weights of a size that keeps maps alike, no two of them equal."""
    generator = np.random.default_rng(4)
    values = {}
    for node in network.graph.nodes:
        for weight in node.weights:
            drawn = generator.normal(size=weight.shape)
            if weight.name == "moving_variance":
                drawn = np.abs(drawn) + 0.5
            elif "kernel" in weight.name:
                drawn *= np.sqrt(2 / max(np.prod(weight.shape[:-1]), 1))
            if nodes is None or node.index in nodes:
                values[node.path, weight.name] = drawn.astype(np.float32)
    return values


def exported(
    file: Path, network: LoadedSpec | None = None, weights: str | None = None, **options: Any
) -> Exported:
    """Export a network to a file."""
    network = network or loaded()
    form = format_of(str(file), options.get("form"), None)  # type: ignore[arg-type]
    nodes = needed_nodes(network, form, options.get("outputs"))
    values = seeded_values(network, nodes)
    return export(network, str(file), values, ExportOptions(**options), weights=weights)
