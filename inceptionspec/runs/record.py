"""Runs as the data that is written to a file and compared later."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from inceptionspec.runs.run import Run

SCHEMA = "inceptionspec.bench/1"


def record(runs: Sequence[Run]) -> dict[str, Any]:
    """Runs of one process and where they were made, with nothing but what JSON can say.

    Times are in seconds.
    """
    return {
        "schema": SCHEMA,
        "environment": dict(runs[0].environment),
        "runs": [_entry(run) for run in runs],
    }


def _entry(run: Run) -> dict[str, Any]:
    return {
        "spec": dataclasses.asdict(run.spec),
        "mode": run.mode,
        "head": run.head,
        "batch": run.batch,
        "steps": run.steps,
        "burn_in": run.burn_in,
        "interrupted": run.interrupted,
        "started": run.started.isoformat(),
        "macs": run.macs,
        "flops": run.flops,
        "seconds": dataclasses.asdict(run.seconds),
        "images_per_second": run.images_per_second,
        "gflops_per_second": run.gflops_per_second,
        "first_step_seconds": run.first_step_seconds,
    }
