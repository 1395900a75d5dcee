"""Runs and comparisons as the data that is written to a file and compared later."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from inceptionspec.bench.compare import Comparison
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.tune import Trial, Tuned

SCHEMA = "inceptionspec.bench/2"
MOST_DURATIONS = 1_000
"""A record keeps so many durations at most, evenly chosen: enough to compare medians by."""


def record(runs: Sequence[Run]) -> dict[str, Any]:
    """Runs and where they were made, with nothing but what JSON can say.

    Times are in seconds, memory in bytes. The environment is that of the first run.
    """
    return {
        "schema": SCHEMA,
        "environment": dict(runs[0].environment),
        "runs": [_entry(run) for run in runs],
    }


def comparison_record(found: Comparison) -> dict[str, Any]:
    """Both runs of a comparison, ours first, and what was found of their ratio."""
    agreement = found.agreement
    return {
        **record([found.ours, found.theirs]),
        "comparison": {
            **found.ratio._asdict(),
            "verdict": found.ratio.verdict,
            "pairs": len(found.ratios),
            "ratios": [_short(one) for one in found.ratios],
            "narrow": found.narrow,
            "interrupted": found.interrupted,
            "environment": dict(found.theirs.environment),
            "agreement": None if agreement is None else agreement._asdict(),
        },
    }


def tuning_record(found: Tuned) -> dict[str, Any]:
    """Every candidate that was tried, the quickest first, then those that failed."""
    failed = [one for one in found.trials if one.ratio is None]
    return {
        "schema": SCHEMA,
        "environment": dict(found.environment),
        "tuning": {
            "spec": dataclasses.asdict(found.spec),
            "how": found.how,
            "noise": list(found.noise),
            "seconds": found.seconds,
            "interrupted": found.interrupted,
            "trials": [_trial(one) for one in (*found.ranked, *failed)],
        },
    }


def _trial(one: Trial) -> dict[str, Any]:
    return {
        "engine": one.candidate.engine,
        "onednn": one.candidate.onednn,
        "seconds": one.seconds,
        "ratio": None if one.ratio is None else one.ratio._asdict(),
        "pairs": one.pairs,
        "failure": one.failure or None,
    }


def _entry(run: Run) -> dict[str, Any]:
    return {
        "spec": dataclasses.asdict(run.spec),
        "side": run.side,
        "mode": run.mode,
        "engine": run.engine,
        "head": run.head,
        "batch": run.batch,
        "threads": run.threads,
        "steps": run.steps,
        "burn_in": run.burn_in,
        "interrupted": run.interrupted,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat(),
        "macs": run.macs,
        "flops": run.flops,
        "seconds": dataclasses.asdict(run.seconds),
        "durations": [_short(one) for one in evenly_chosen(run.durations)],
        "images_per_second": run.images_per_second,
        "gflops_per_second": run.gflops_per_second,
        "prepare_seconds": run.times.prepare,
        "trace_seconds": run.times.trace,
        "first_step_seconds": run.times.first_step,
        "peak_bytes": run.peak_bytes,
        "facts": dict(run.facts),
        "noise": list(run.noise),
    }


def evenly_chosen(durations: Sequence[float]) -> list[float]:
    """Durations, evenly chosen where there are too many, the order kept."""
    count = len(durations)
    if count <= MOST_DURATIONS:
        return list(durations)
    return [durations[number * count // MOST_DURATIONS] for number in range(MOST_DURATIONS)]


def _short(value: float) -> float:
    """Nine digits: a clock has no more."""
    return float(f"{value:.9g}")
