"""What the benchmark itself costs, and how accurate its figures are, against bounds.

    python tools/bench_harness.py [--seconds N]

Steps are callables of known duration: one that does nothing, and some that sleep. They run
through the worker's own loop, with all its messages, in this process. The exit code is 1 if a
bound is missed. Run it on a machine with no other work.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator

from inceptionspec.bench.request.job import Job
from inceptionspec.bench.workers import prepare as preparing
from inceptionspec.bench.workers.steps.step import PreparedStep
from inceptionspec.bench.workers.worker import serve

SLEEPS = (0.02, 0.05, 0.2)
"""Seconds. Shorter ones would measure the system's timers rather than the benchmark."""
OFF = 0.01
"""How much the figure of a step that sleeps may differ from its duration, as a share."""
SHARE = 0.005
"""What the benchmark may cost, as a share of a step."""
STEP = 0.005
"""Seconds of the step that the cost is compared with: small networks at batch 1 take longer."""


def main() -> int:
    """Measure, print, and compare with the bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each figure (default: 2)")
    seconds = parser.parse_args().seconds
    rows = [*_cost(seconds), *_sleeps(seconds)]
    for name, value, bound in rows:
        verdict = "ok" if value <= bound else "missed"
        print(f"{name:<52}{value:>10.4%}  at most {bound:.1%}  {verdict}")
    return int(any(value > bound for _, value, bound in rows))


def _cost(seconds: float) -> Iterator[tuple[str, float, float]]:
    """What a figure includes that is not part of the step, and what passes between steps."""
    steps = 1000
    while True:
        started = time.perf_counter()
        durations = _served(lambda: None, steps)
        taken = time.perf_counter() - started
        if taken >= seconds:
            break
        steps *= 2
    whole = taken / steps
    within = statistics.median(durations)
    print(f"a step that does nothing counts {within * 1e9:.0f} ns; {whole * 1e6:.2f} us pass")
    yield f"in the figure, of a step of {STEP * 1e3:g} ms", within / STEP, SHARE
    yield f"between steps, of a step of {STEP * 1e3:g} ms", (whole - within) / STEP, SHARE


def _sleeps(seconds: float) -> Iterator[tuple[str, float, float]]:
    for asked in SLEEPS:
        steps = max(5, round(seconds / asked))
        durations = _served(lambda asked=asked: time.sleep(asked), steps)  # type: ignore[misc]
        median = statistics.median(durations)
        print(f"a step that sleeps {asked:g} s has a median of {median:.6f} s")
        yield f"a sleep of {asked:g} s, its median is off by", abs(median / asked - 1), OFF


def _served(step: Callable[[], object], steps: int) -> list[float]:
    job = Job("spec", {}, "forward", None, 1, "keras")
    requests = [{"do": "prepare", "job": job.data()}, {"do": "run", "steps": steps, "seconds": 0}]
    answers = io.StringIO()
    original = preparing.prepare
    preparing.prepare = lambda job: PreparedStep(step)
    try:
        serve([json.dumps(request) + "\n" for request in requests], answers)
    finally:
        preparing.prepare = original
    messages = map(json.loads, answers.getvalue().splitlines())
    return [
        duration
        for message in messages
        if message["is"] == "durations"
        for duration in message["seconds"]
    ]


if __name__ == "__main__":
    sys.exit(main())
