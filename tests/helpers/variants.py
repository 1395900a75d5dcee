"""A base, its variant, and what the variant computes with the base's weights."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy_network import outputs_of
from rewriting import random_values
from support import loaded, spec

from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import resolve_outputs
from inceptionspec.weights.transfer import Step, Transferred, line_up, transfer


@dataclass
class Edited:
    """A variant with the weights of its base."""

    base: LoadedSpec
    variant: LoadedSpec
    values: dict[tuple[str, str], Any]
    result: Transferred

    def steps(self) -> dict[str, tuple[Step, ...]]:
        """What was done, by path, without the layers that were kept."""
        return {row.path: row.steps for row in self.result.layers if row.steps}

    def kinds(self) -> dict[str, list[str]]:
        """The kinds of what was done, by path."""
        return {path: [step.kind for step in steps] for path, steps in self.steps().items()}

    def fresh(self) -> dict[str, str]:
        """The reasons of what starts fresh."""
        return {row.path: row.words for row in self.result.layers if row.status == "fresh"}

    def deviation(self, images: Any = None, of_base: Any = None) -> float:
        """How far the outputs of both are apart, relative to the base's largest.

        Args:
            images: what the variant reads.
            of_base: what the base reads, where that is not the same.
        """
        if images is None:
            shape = [side or 7 for side in self.variant.graph.nodes[0].shape]
            images = np.random.default_rng(3).normal(size=(2, *shape))
        before = _outputs(self.base, self.values, images if of_base is None else of_base)
        after = _outputs(self.variant, self.result.arrays, images)
        worst = 0.0
        for name, value in after.items():
            largest = np.abs(before[name]).max()
            worst = max(worst, float(np.abs(before[name] - value).max() / largest))
        return worst


def _outputs(spec: LoadedSpec, weights: Any, images: Any) -> dict[str, Any]:
    return outputs_of(spec.graph, resolve_outputs(spec.graph), weights, images)


def edited(base: LoadedSpec | str, variant: LoadedSpec | str, seed: int = 5) -> Edited:
    """A variant with the weights of its base, which are random."""
    base = loaded(base) if isinstance(base, str) else base
    variant = loaded(variant) if isinstance(variant, str) else variant
    values = {
        key: value.astype("float32") for key, value in random_values(base.graph, seed).items()
    }
    lined_up = line_up(base, variant)
    every = range(len(variant.graph.nodes))
    result = transfer(base, variant, lined_up, values, every)
    for node in variant.graph.nodes:
        for weight in node.weights:
            array = result.arrays[node.path, weight.name]
            assert array.shape == weight.shape
            assert array.dtype == np.float32
            assert np.isfinite(array).all()
    assert [row.path for row in result.layers] == [
        node.path for node in variant.graph.nodes if node.weights
    ]
    return Edited(base, variant, values, result)


def inherit(
    base: str,
    variant: str,
    asked: Sequence[str] = (),
    fresh: Mapping[str, str] | None = None,
    missing: Collection[str] = (),
) -> Transferred:
    """The transfer alone: of some layers, with some that start fresh or that the file lacks."""
    first, second = loaded(base), loaded(variant)
    values = {
        key: value for key, value in random_values(first.graph).items() if key[0] not in missing
    }
    numbers = {node.path: node.index for node in second.graph.nodes}
    indices = [numbers[path] for path in asked or numbers]
    starts = {numbers[path]: why for path, why in (fresh or {}).items()}
    return transfer(first, second, line_up(first, second), values, indices, starts)


#: A network with what edits are about: a stem, branches that meet, a layer after them, a head.
NETWORK = """
- {op: conv, name: stem, kernel: 3, filters: 8, norm: batch_norm, activation: relu}
- name: Mix
  branches:
    a: [{op: conv, name: c, kernel: 1, filters: 4, norm: batch_norm, activation: relu}]
    b:
      - {op: conv, name: c, kernel: 1, filters: 6, norm: batch_norm, activation: relu}
      - {op: conv, name: d, kernel: 5, filters: 6, norm: batch_norm, activation: relu}
    p: [{op: max_pool, name: m, kernel: 3}]
- {op: conv, name: after, kernel: 3, filters: 8, activation: relu}
"""
HEADS = """
heads:
  Logits:
    from: after
    layers: [{op: global_avg_pool, name: g}, {op: dense, name: fc, units: 5}]
"""


def changed(*replacements: tuple[str, str], network: str = NETWORK, heads: str = HEADS) -> Edited:
    """A network and what it is after some replacements in its text, each of which must occur."""
    before = spec(network) + heads
    after = before
    for old, new in replacements:
        assert old in after, old
        after = after.replace(old, new)
    return edited(before, after)
