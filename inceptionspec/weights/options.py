"""How a file of weights is read into a network."""

from __future__ import annotations

from typing import NamedTuple


class WeightOptions(NamedTuple):
    """How a file of weights is read into a network.

    Attributes:
        average: read the moving averages of the variables instead of the variables.
        fresh: parts of the network that start fresh whatever the file holds: paths, with
            patterns.
        drop_background: leave out the first of the file's classes, which TF-Slim calls background.
        without: parts that the file is not asked for and whose arrays are not counted as left
            over, by the network's paths or the file's names, with patterns. What the network has
            of them starts fresh; it need not have any.
    """

    average: bool = False
    fresh: tuple[str, ...] = ()
    drop_background: bool = False
    without: tuple[str, ...] = ()


DEFAULT_WEIGHT_OPTIONS = WeightOptions()
