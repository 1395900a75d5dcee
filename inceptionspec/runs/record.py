"""Runs as the data that is written to a file and compared later."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inceptionspec.network import Network
    from inceptionspec.runs.run import Run

SCHEMA = "inceptionspec.bench/1"


def record(
    runs: Iterable[tuple[Network, Run]], environment: Mapping[str, Any]
) -> dict[str, Any]:
    """Runs, each with the network that was run, and where they were made.

    It holds nothing but what JSON can say; a percentile of too few steps is null.
    """
    return {
        "schema": SCHEMA,
        "environment": dict(environment),
        "runs": [_entry(network, run) for network, run in runs],
    }


def _entry(network: Network, run: Run) -> dict[str, Any]:
    return {
        "spec": {
            "name": network.name,
            "path": network.source.name,
            "network": network.digests["network"],
            "document": network.digests["document"],
        },
        "mode": run.mode,
        "head": run.head,
        "batch": run.batch,
        "steps": run.steps,
        "burn_in": run.burn_in,
        "seconds": dataclasses.asdict(run.seconds),
        "images_per_second": run.images_per_second,
        "gflops_per_second": run.gflops_per_second,
        "first_step_seconds": run.first_step_seconds,
    }
