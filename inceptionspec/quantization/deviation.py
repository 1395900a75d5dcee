"""How far one computation of a network is from another, and which layers contribute most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inceptionspec.ir.graph import Graph

#: A NumPy array.
Array = Any


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far logits are from those of a reference.

    Attributes:
        images: over how many images.
        largest: the largest error of a logit, of the largest magnitude of a logit.
        mean: the mean error of a logit, of the same.
        agreement: the share of images, or pixels of maps, whose largest logit is the same class's.
    """

    images: int
    largest: float
    mean: float
    agreement: float


@dataclass(frozen=True, slots=True)
class LayerShare:
    """What a layer contributes to the error.

    Attributes:
        path: of the layer.
        share: of the error of the last layer, from 0 to 1.
    """

    path: str
    share: float


def deviation(reference: Array, found: Array) -> Deviation:
    """Compare logits, images x classes or maps with the classes last."""
    errors = np.abs(np.asarray(found, np.float64) - reference)
    magnitude = float(np.abs(reference).max()) or 1.0
    same = np.argmax(found, -1) == np.argmax(reference, -1)
    return Deviation(
        len(reference),
        float(errors.max()) / magnitude,
        float(errors.mean()) / magnitude,
        float(same.mean()),
    )


def layer_shares(
    graph: Graph, reference: Mapping[str, Array], found: Mapping[str, Array], most: int = 5
) -> tuple[LayerShare, ...]:
    """The layers that contribute most to the error of the last layer that both sides have.

    Args:
        graph: the network.
        reference: what layers yield, by path, in any layout.
        found: what they yield in the other computation, in the same layout.
        most: how many layers at most.
    """
    errors = LayerErrors()
    errors.add(reference, found)
    return errors.shares(graph, most)


class LayerErrors:
    """The errors of layers over many pictures, without keeping what the layers yield.

    The error of some numbers is the sum of the squares of their differences, over the sum of their
    squares. A layer whose error is larger than that of all it reads adds the difference; one whose
    error is smaller damps what it reads, all parts alike. What came from several inputs counts by
    the squares of their numbers. So the error of each layer is the sum of what it and those before
    it contribute: exactly so for layers that move numbers, such as a concat, and by this rule for
    others.
    """

    def __init__(self) -> None:
        self._wrong: dict[str, float] = {}
        self._power: dict[str, float] = {}

    def add(self, reference: Mapping[str, Array], found: Mapping[str, Array]) -> None:
        """Take in some pictures: what layers yield on both sides, by path."""
        for path in reference.keys() & found.keys():
            wanted = np.asarray(reference[path], np.float64)
            wrong = float(np.square(found[path] - wanted).sum())
            self._wrong[path] = self._wrong.get(path, 0.0) + wrong
            self._power[path] = self._power.get(path, 0.0) + float(np.square(wanted).sum())

    def shares(self, graph: Graph, most: int | None = None) -> tuple[LayerShare, ...]:
        """The layers that contribute most to the error of the last layer, the first first."""
        power = np.zeros(len(graph.nodes))
        wrong = np.zeros(len(graph.nodes))
        parts = np.zeros((len(graph.nodes), len(graph.nodes)))
        last = 0
        for node in graph.nodes:
            at, inputs = node.index, list(node.inputs)
            read = float(power[inputs].sum())
            if read:
                parts[at] = power[inputs] @ parts[inputs] / read
            if not self._power.get(node.path):  # not measured, or nothing but zeros
                power[at], wrong[at] = read, wrong[inputs].sum()
                continue
            power[at], wrong[at] = self._power[node.path], self._wrong[node.path]
            own, before = wrong[at] / power[at], parts[at].sum()
            if own < before:
                parts[at] *= own / before
            parts[at, at] += max(own - before, 0.0)
            last = at
        found = parts[last]
        ranked = [int(place) for place in np.argsort(-found, kind="stable") if found[place] > 0]
        return tuple(
            LayerShare(graph.nodes[place].path, float(found[place] / found.sum()))
            for place in ranked[:most]
        )
