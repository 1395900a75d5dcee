"""How a network comes to a precision below float32, as it is asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

from inceptionspec.backends.engines import FLOAT32

AUTO = "auto"
"""Among the layers that stay in float32: those that a search finds."""
PASSES_FOR_INTEGERS = ("dead-code-elimination", "flatten-concat", "fold-batch-norm", "fuse-linear")
"""Rewrites that leave fewer operators between products, by the names of ``rewrite.PASSES``."""


class Lowering(NamedTuple):
    """How a network is lowered.

    Fields:
        precision: what it computes in, a name of ``engines.PRECISIONS``.
        calibrate: pictures, or the path of a folder of them; None for noise.
        keep_float: in int8, patterns of the paths of layers that stay in float32; ``auto`` stands
            for as few as a bound of the deviation needs.
        any_deviation: whether a network that loses most of its answers is taken all the same.
    """

    precision: str = FLOAT32
    calibrate: Any = None
    keep_float: tuple[str, ...] = ()
    any_deviation: bool = False

    @property
    def lowers(self) -> bool:
        """Whether it is another precision than that of the weights."""
        return self.precision != FLOAT32


IN_FLOAT32 = Lowering()
