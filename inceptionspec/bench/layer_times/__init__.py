"""Times of layers, measured once on this machine, and networks' times predicted from them."""

from __future__ import annotations

from inceptionspec.bench.layer_times.layer_times import (
    DEFAULT_ENGINE,
    LayerTimes,
    TimeRequest,
    predict_networks,
    times_of,
)
from inceptionspec.bench.layer_times.network_times import NetworkTimes

__all__ = [
    "DEFAULT_ENGINE",
    "LayerTimes",
    "NetworkTimes",
    "TimeRequest",
    "predict_networks",
    "times_of",
]
