"""A small network with two heads, and a run whose figures are easy to work out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inceptionspec import Network, load
from inceptionspec.runs.run import Identity, Run

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
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Dense, units: 5}
  Logits:
    from: Last
    predictions: softmax
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Dense, units: 3}
"""

ENVIRONMENT: dict[str, Any] = {
    "cores": {"logical": 4, "physical": None},
    "cpu": "A processor\x1b[31m of some maker",
    "dtype": "float32",
    "gpus": [],
    "inceptionspec": "0.1.0",
    "jit_compile": False,
    "keras": "3.15.1",
    "load_average": [0.5, 0.25, 0.0],
    "onednn": {"TF_ENABLE_ONEDNN_OPTS": "1", "effective": True},
    "platform": "Linux-6.18-x86_64-with-glibc2.36",
    "python": "3.11.7",
    "tensorflow": "2.21.0",
    "threads": {"OMP_NUM_THREADS": None, "inter_op": 0, "intra_op": 2},
    "xla": {"TF_XLA_FLAGS": None, "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false " * 4},
}


@pytest.fixture
def network() -> Network:
    """The small network."""
    return load(TWO_HEADS)


@pytest.fixture
def run() -> Run:
    """50 steps of 0.1 to 5.0 s on batches of 51: 20 images/s, at 2 GFLOPs an image."""
    started = datetime(2026, 11, 22, 23, 9, 0, tzinfo=UTC)
    return Run(
        spec=Identity("Tiny", "nets/tiny.yaml", "0" * 64, "f" * 64),
        mode="forward",
        head="Logits",
        batch=51,
        burn_in=10,
        durations=tuple(number / 10 for number in range(1, 51)),
        first_step_seconds=6.25,
        macs=1_000_000_000,
        flops=2_000_000_000,
        started=started,
        finished=started + timedelta(seconds=60, microseconds=123456),
        environment=ENVIRONMENT,
    )
