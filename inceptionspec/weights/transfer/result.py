"""What became of each layer's weights, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

#: What happens to weights on their way from a base to its variant.
Kind = Literal[
    "fresh",
    "factorized",
    "separated",
    "reshaped",
    "widened",
    "pruned",
    "depth",
    "inputs",
    "kernel",
    "norm",
    "others",
    "moved",
]


class Step(NamedTuple):
    """One thing that was done to a layer's weights.

    Attributes:
        kind: which rule did it.
        words: what was done, as a phrase.
        exact: whether the layer computes at inference what the base's layer computes, where its
            inputs carry what the base's carry.
        error: the norm of what was lost over the norm of the kernel; None where nothing was or
            where it says nothing.
    """

    kind: Kind
    words: str
    exact: bool = True
    error: float | None = None


class LayerTransfer(NamedTuple):
    """What became of the weights of one layer of the variant.

    Attributes:
        path: the layer, in the variant.
        base: the layer of the base whose weights it took, or that it stands for; None for none.
        steps: what was done; empty for a layer that keeps its weights.
    """

    path: str
    base: str | None
    steps: tuple[Step, ...]

    @property
    def status(self) -> Kind | Literal["kept"]:
        """`kept`, or the kind of what changed most."""
        return min((step.kind for step in self.steps), key=KINDS.index) if self.steps else "kept"

    @property
    def exact(self) -> bool:
        """Whether every step is exact."""
        return all(step.exact for step in self.steps)

    @property
    def words(self) -> str:
        """All that was done, in a sentence; for a fresh layer the reason alone."""
        fresh = [step.words for step in self.steps if step.kind == "fresh"]
        return "; ".join(fresh or [step.words for step in self.steps])


class Transferred(NamedTuple):
    """The weights of a variant from those of its base, and what became of each layer.

    Attributes:
        base: the name of the base's network.
        arrays: by a layer's path and a weight's name.
        layers: every layer of the variant that has weights and was asked for, in order.
        removed: the layers of the base with weights that the variant left out.
        outputs: for each output of the variant that was asked for whether it is, at inference,
            what the base puts out for the same input; the last tensor of a network without heads
            has no name.
    """

    base: str
    arrays: dict[tuple[str, str], Any]
    layers: tuple[LayerTransfer, ...]
    removed: tuple[str, ...]
    outputs: Mapping[str, bool]

    @property
    def took_any(self) -> bool:
        """Whether any layer has weights of the base."""
        return any(layer.base is not None and layer.status != "fresh" for layer in self.layers)

    def __repr__(self) -> str:
        kept = sum(not layer.steps for layer in self.layers)
        return f"<Transferred: kept {kept} of {len(self.layers)} layers>"


#: The kinds of steps, what changes a layer most first.
KINDS: tuple[Kind, ...] = (
    "fresh",
    "factorized",
    "separated",
    "reshaped",
    "widened",
    "pruned",
    "depth",
    "kernel",
    "norm",
    "inputs",
    "others",
    "moved",
)
