"""Files of weights, read to arrays by a layer's path and a weight's name.

Nothing in a file is executed, unpickled or handed to a framework to parse.
"""

from __future__ import annotations

from inceptionspec.weights.load import load_weights
from inceptionspec.weights.options import DEFAULT_WEIGHT_OPTIONS, WeightOptions
from inceptionspec.weights.report import LoadedWeights, MatchReport

__all__ = [
    "DEFAULT_WEIGHT_OPTIONS",
    "LoadedWeights",
    "MatchReport",
    "WeightOptions",
    "load_weights",
]
