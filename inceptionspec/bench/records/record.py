"""Runs, comparisons and searches as the data that is written to a file and compared later."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from inceptionspec.bench.compare import Comparison
from inceptionspec.bench.measure.run import Run
from inceptionspec.bench.tune import Trial, Tuned

SCHEMA = "inceptionspec.bench/2"
MAX_DURATIONS = 1_000
"""A record keeps at most this many durations, evenly chosen: enough to compare medians."""


def record(runs: Sequence[Run]) -> dict[str, Any]:
    """Runs and where they were made, as plain data for JSON.

    Times are in seconds, memory in bytes. The environment is that of the first run.
    """
    return {
        "schema": SCHEMA,
        "environment": dict(runs[0].environment),
        "runs": [_run_data(run) for run in runs],
    }


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Both runs of a comparison, ours first, and their ratio."""
    agreement = comparison.agreement
    return {
        **record([comparison.ours, comparison.theirs]),
        "comparison": {
            **comparison.ratio._asdict(),
            "verdict": comparison.ratio.verdict,
            "pairs": len(comparison.ratios),
            "ratios": [_nine_digits(ratio) for ratio in comparison.ratios],
            "narrow": comparison.narrow,
            "interrupted": comparison.interrupted,
            "environment": dict(comparison.theirs.environment),
            "agreement": None if agreement is None else agreement._asdict(),
        },
    }


def tuning_record(tuned: Tuned) -> dict[str, Any]:
    """Every candidate that was tried, the fastest first, then those that failed."""
    failed = [trial for trial in tuned.trials if trial.failure]
    return {
        "schema": SCHEMA,
        "environment": dict(tuned.environment),
        "tuning": {
            "spec": dataclasses.asdict(tuned.spec),
            "how": tuned.how,
            "baseline": tuned.baseline.engine,
            "noise": list(tuned.noise),
            "seconds": tuned.seconds,
            "interrupted": tuned.interrupted,
            "cost": None if tuned.cost is None else tuned.cost.data(),
            "trials": [_trial_data(trial) for trial in (*tuned.ranked, *failed)],
        },
    }


def _trial_data(trial: Trial) -> dict[str, Any]:
    return {
        "engine": trial.candidate.engine,
        "onednn": trial.onednn,
        "seconds": trial.seconds,
        "ratio": None if trial.ratio is None else trial.ratio._asdict(),
        "rounds": trial.rounds,
        "failure": trial.failure or None,
    }


def _run_data(run: Run) -> dict[str, Any]:
    return {
        "spec": dataclasses.asdict(run.spec),
        "side": run.side,
        "mode": run.mode,
        "engine": run.engine,
        "head": run.head,
        "batch": run.batch,
        "precision": run.precision,
        "threads": run.threads,
        "steps": run.steps,
        "burn_in": run.burn_in,
        "interrupted": run.interrupted,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat(),
        "macs": run.macs,
        "flops": run.flops,
        "seconds": dataclasses.asdict(run.seconds),
        "durations": [_nine_digits(seconds) for seconds in evenly_chosen(run.durations)],
        "images_per_second": run.images_per_second,
        "gflops_per_second": run.gflops_per_second,
        "prepare_seconds": run.times.prepare,
        "trace_seconds": run.times.trace,
        "first_step_seconds": run.times.first_step,
        "peak_bytes": run.peak_bytes,
        "cost": None if run.cost is None else run.cost.data(),
        "facts": dict(run.facts),
        "noise": list(run.noise),
    }


def evenly_chosen(durations: Sequence[float]) -> list[float]:
    """Durations in their order, evenly chosen where there are too many."""
    count = len(durations)
    if count <= MAX_DURATIONS:
        return list(durations)
    return [durations[number * count // MAX_DURATIONS] for number in range(MAX_DURATIONS)]


def _nine_digits(value: float) -> float:
    """A number with nine digits: a clock has no more."""
    return float(f"{value:.9g}")
