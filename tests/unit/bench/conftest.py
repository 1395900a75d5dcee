"""The small network with two heads, and a run whose figures are easy to work out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fakes import ENVIRONMENT
from profiles import TWO_HEADS
from support import loaded as load

from inceptionspec.bench.measure.run import Run, Times
from inceptionspec.bench.request.identity import RunIdentity
from inceptionspec.frontend.load import LoadedSpec


@pytest.fixture
def network() -> LoadedSpec:
    """The small network."""
    return load(TWO_HEADS)


@pytest.fixture
def run() -> Run:
    """50 steps of 0.1 to 5.0 s on batches of 51: 20 images/s, at 2 GFLOPs an image."""
    started = datetime(2026, 11, 22, 23, 9, 0, tzinfo=UTC)
    return Run(
        spec=RunIdentity("Tiny", "nets/tiny.yaml", "0" * 64, "f" * 64, "a" * 40),
        side="spec",
        mode="forward",
        engine="keras",
        head="Logits",
        batch=51,
        threads=None,
        burn_in=10,
        durations=tuple(number / 10 for number in range(1, 51)),
        times=Times(prepare=12.5, trace=2.5, first_step=6.25),
        macs=1_000_000_000,
        flops=2_000_000_000,
        peak_bytes=700 << 20,
        started=started,
        finished=started + timedelta(seconds=60, microseconds=123456),
        environment=ENVIRONMENT,
        facts={"a step": "is made up"},
    )
