"""Whether two sides compute the same, before anybody asks which is faster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

TOLERANCE = 1e-4
"""How far outputs of float32 may lie apart, relative to the largest magnitude."""
TELLING = 1e-3
"""By how much of the largest magnitude two images' outputs must differ to tell something."""


class Agreement(NamedTuple):
    """What a comparison of outputs found.

    Attributes:
        deviation: the largest difference over the largest magnitude; None where the
            shapes differ or a number is not finite.
        telling: whether the outputs hang on the images at all.
    """

    deviation: float | None
    telling: bool

    @property
    def same(self) -> bool:
        """Whether both sides compute the same, as far as outputs can tell."""
        return self.deviation is not None and self.deviation <= TOLERANCE


def write(file: str, outputs: Sequence[Any]) -> None:
    """Keep outputs for the other side."""
    import numpy as np

    with open(file, "wb") as opened:
        np.savez(opened, *outputs)


def agreement(file: str, outputs: Sequence[Any]) -> Agreement:
    """Hold outputs against those that the other side wrote."""
    import numpy as np

    with np.load(file) as held:
        others = [held[name] for name in held.files]
    worst, telling = 0.0, True
    if [one.shape for one in outputs] != [one.shape for one in others]:
        return Agreement(None, False)
    for one, other in zip(outputs, others, strict=True):
        most = float(np.abs(other).max())
        if not (np.isfinite(one).all() and np.isfinite(other).all()) or most == 0:
            return Agreement(None, False)
        worst = max(worst, float(np.abs(one - other).max()) / most)
        if len(other) > 1:
            telling = telling and float(np.abs(other[0] - other[1]).max()) > TELLING * most
    return Agreement(worst, telling)
