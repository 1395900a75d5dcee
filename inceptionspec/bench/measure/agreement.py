"""Whether two sides compute the same, which is checked before either is timed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

TOLERANCE = 1e-4
"""How much float32 outputs may differ, relative to the largest magnitude."""
TELLING = 1e-3
"""How much the outputs for two images must differ, likewise, for a comparison to mean anything."""


class Agreement(NamedTuple):
    """The result of comparing outputs.

    Attributes:
        deviation: the largest difference over the largest magnitude; None where the
            shapes differ or a number is not finite.
        telling: whether the outputs depend on the images at all.
    """

    deviation: float | None
    telling: bool

    @property
    def same(self) -> bool:
        """Whether both sides compute the same, as far as outputs can show."""
        return self.deviation is not None and self.deviation <= TOLERANCE


def write_outputs(file: str, outputs: Sequence[Any]) -> None:
    """Write the outputs of one side for the other side to compare."""
    import numpy as np

    with open(file, "wb") as stream:
        np.savez(stream, *outputs)


def compare_outputs(file: str, outputs: Sequence[Any]) -> Agreement:
    """Compare outputs with those that the other side wrote."""
    import numpy as np

    with np.load(file) as archive:
        expected = [archive[name] for name in archive.files]
    if [array.shape for array in outputs] != [array.shape for array in expected]:
        return Agreement(None, False)
    deviation, telling = 0.0, True
    for ours, theirs in zip(outputs, expected, strict=True):
        largest = float(np.abs(theirs).max())
        if not (np.isfinite(ours).all() and np.isfinite(theirs).all()) or largest == 0:
            return Agreement(None, False)
        deviation = max(deviation, float(np.abs(ours - theirs).max()) / largest)
        if len(theirs) > 1:
            telling = telling and float(np.abs(theirs[0] - theirs[1]).max()) > TELLING * largest
    return Agreement(deviation, telling)
