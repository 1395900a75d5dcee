"""What a precision below float32 costs, as data that is printed with every figure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NOISE = "the pictures are noise: name a folder of real ones to calibrate with"
_NAMED = 5
"""How many layers that stay in float32 are named."""


@dataclass(frozen=True, slots=True, repr=False)
class PrecisionCost:
    """What a precision costs.

    Attributes:
        precision: what the network computes in.
        engine: what computed it, in this precision and in float32.
        folder: of the pictures; ``memory`` for arrays, empty for noise.
        images: how many pictures there were.
        largest: the largest error of a logit, of the largest magnitude of a logit in float32.
        mean: the mean error of a logit, of the same.
        agreement: the share of pictures whose likeliest class stays the same.
        layers: those that contribute most to the error, each with its share of what all layers
            add, the largest first.
        kept: in int8, the layers that stay in float32.
        trained: whether the weights are the network's own, so that answers mean something.
    """

    precision: str
    engine: str
    folder: str
    images: int
    largest: float
    mean: float
    agreement: float
    layers: Mapping[str, float]
    kept: tuple[str, ...]
    trained: bool

    def __repr__(self) -> str:
        errors = f"at most {self.largest:.1e}, {self.agreement:.0%} agree"
        return f"<PrecisionCost {self.engine} in {self.precision}: {errors}>"

    @property
    def source(self) -> str:
        """On what it was measured."""
        if not self.folder:
            return f"{self.images} pictures of noise"
        return f"{self.images} pictures" + ("" if self.folder == "memory" else f" of {self.folder}")

    @property
    def line(self) -> str:
        """It in a line."""
        return (
            f"at most {self.largest:.1e} of the largest logit, {self.mean:.1e} in the mean; "
            f"the likeliest class stays for {self.agreement:.0%} of {self.source} "
            f"({self.engine}, {self.precision} against float32)"
        )

    def data(self) -> dict[str, Any]:
        """The same as plain data for JSON."""
        return dataclasses.asdict(self)

    def rows(self) -> Iterator[tuple[str, str]]:
        """The same in words, each with a name."""
        yield "deviation", self.line
        if self.layers:
            shown = ", ".join(f"{path} {share:.0%}" for path, share in self.layers.items())
            yield "error from", f"{shown} of what all layers add"
        if self.kept:
            more = len(self.kept) - _NAMED
            named = ", ".join(self.kept[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            yield "in float32", named
        for doubt in self.doubts():
            yield "doubt", doubt

    def doubts(self) -> Iterator[str]:
        """What makes it say little."""
        if not self.folder:
            yield NOISE
        if not self.trained:
            yield "the weights are random: trained ones deviate by another amount"


def cost_of(data: Mapping[str, Any]) -> PrecisionCost:
    """A cost from plain data."""
    return PrecisionCost(**{**data, "kept": tuple(data["kept"])})
