"""What every reader of a foreign model yields: its layers in our operators' terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class ImportedLayer:
    """One layer of a foreign model, one of our operators.

    Norms, activations and biases may stand alone (``batch_norm``, ``activation``) or be
    attributes; joining them is the writer's work.

    Attributes:
        name: the layer's name in the source, unique in it; need not be a name that specs admit.
        op: a name of ``OPS``.
        attributes: in YAML terms, as an ``op:`` line gives them. What is left out has the
            operator's own default.
        inputs: names of the layers that it reads, in order; ``""`` is the network's input.
        weights: the name of each array in the operator's record to its values, an array of
            NumPy in our layout (TensorFlow's), or a callable that reads it. Empty where the
            source holds none.
    """

    name: str
    op: str
    attributes: Mapping[str, Any]
    inputs: tuple[str, ...]
    weights: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportedNetwork:
    """A foreign model: layers before their readers, and what it puts out.

    Attributes:
        name: what the source calls it, or the file's name without its suffix.
        size: height and width of the input in pixels; None where open.
        channels: those of the input.
        layers: in an order in which inputs come before their readers.
        outputs: names of the layers that are put out, in the order of the source.
        source: what was read, for ``sources:`` (a file's name without folders, ``keras:NAME``).
        notes: what it says that a spec cannot hold, in words.
        idle_factors: whether the factors of all norms are 1, so that these may have none.
        trains: whether the source holds what matters in training alone: initializers, L2, dropout.
    """

    name: str
    size: tuple[int | None, int | None]
    channels: int
    layers: tuple[ImportedLayer, ...]
    outputs: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    idle_factors: bool = False
    trains: bool = True

    def without_factors(self) -> ImportedNetwork:
        """The same with norms that have no factors."""
        layers = tuple(_without_factors(layer) for layer in self.layers)
        return replace(self, layers=layers, idle_factors=False)


def _without_factors(layer: ImportedLayer) -> ImportedLayer:
    if layer.op != "batch_norm":
        return layer
    weights = {name: array for name, array in layer.weights.items() if name != "gamma"}
    return replace(layer, attributes={**layer.attributes, "scale": False}, weights=weights)
