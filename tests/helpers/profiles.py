"""A small network with two heads, and a profile whose figures are easy to work out by hand."""

from __future__ import annotations

from typing import Any

from inceptionspec.bench.machine.peaks import Peaks, Rate
from inceptionspec.bench.request.identity import RunIdentity
from inceptionspec.bench.tracing.attribution import layer_profiles
from inceptionspec.bench.tracing.profile import Profile
from inceptionspec.frontend.load import LoadedSpec

TWO_HEADS = """
spec: 1
name: Tiny
input: {size: 8x8, channels: 3, range: [-1, 1]}
main: Logits
network:
  - {op: conv, name: Stem, kernel: 3x3, filters: 4, norm: none, activation: relu}
  - {op: conv, name: Last, kernel: 1x1, filters: 2, norm: none, activation: none}
heads:
  Aux:
    from: Stem
    loss_weight: 0.4
    label_smoothing: 0.1
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Dense, units: 5}
  Logits:
    from: Last
    loss_weight: 1
    predictions: softmax
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Dense, units: 3}
"""
LIMITS = Peaks(
    matrix=Rate(2e6, "NumPy 2.4, some BLAS", "2048 x 2048"),
    memory=Rate(1e6, "NumPy 2.4", "STREAM Add, arrays of 128 MiB"),
    threads=2,
    others=(Rate(1e6, "TensorFlow 2.21.0, Eigen", "4096 x 4096"),),
)
SECONDS = {"Stem": 0.02, "Last": 0.006, "Logits/Pool": 0.002, "Logits/Dense": 0.0, "Predictions": 0}
ALONE = {path: ((path, 1.0),) for path in SECONDS}


def profile_of(network: LoadedSpec, environment: Any, **changes: Any) -> Profile:
    """2 images by the network of ``TWO_HEADS``: 30 ms a step, 33 ms with a trace."""
    given: dict[str, Any] = {
        "spec": RunIdentity(
            network.name, "=nets/tiny.yaml", *network.digests.values(), commit=None
        ),
        "mode": "forward",
        "head": "Logits",
        "batch": 2,
        "engine": "keras",
        "layers": layer_profiles(
            network.graph,
            [network.graph.names[path] for path in SECONDS],
            2,
            SECONDS,
            ALONE,
        ),
        "untraced": (0.029, 0.031, 0.03, 0.03, 0.030),
        "traced_seconds": 0.033,
        "outside_seconds": 0.001,
        "idle_seconds": 0.003,
        "overlapped_seconds": 0.0066,
        "peaks": LIMITS,
        "environment": environment,
    }
    return Profile(**{**given, **changes})
