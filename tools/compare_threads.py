"""Compare what a second core brings us and ONNX Runtime, and what the threads cost.

    python tools/compare_threads.py inception_v3_keras --batch 1

Each row is a process that runs one step after another, with the same weights; the rows take
turns. Prints for a step: its time, its processor time, the part of that in the system, and how
often a thread gave up its core or lost it. The processor time that two threads need more than
one, and the time in which a core waits, are lost to the network.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

from inceptionspec import load
from inceptionspec.bench.measure.loop import counted, durations
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.opponent import opponent, opponent_request
from inceptionspec.bench.request.request import BenchRequest, worker_variables
from inceptionspec.bench.workers.prepare import prepare
from inceptionspec.reports.table import Column, Table, plain

OURS = "inceptionspec"
ONNXRUNTIME = "onnxruntime"
WARM_STEPS = 10


class Step(NamedTuple):
    """What a step takes: seconds, and switches between threads."""

    seconds: float
    processor: float
    system: float
    switches: float


def measured(job: Job, steps: int) -> Step:
    """The median of the steps' times, and the mean of the rest."""
    taken = durations(prepare(job).step)
    list(counted(taken, WARM_STEPS))
    before = resource.getrusage(resource.RUSAGE_SELF)
    times = list(counted(taken, steps))
    after = resource.getrusage(resource.RUSAGE_SELF)
    system = after.ru_stime - before.ru_stime
    switches = after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw
    processor = after.ru_utime - before.ru_utime + system
    return Step(median(times), processor / steps, system / steps, switches / steps)


def asked(job: Job, variables: Mapping[str, str], steps: int) -> Step:
    """The same in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--job", str(steps)],
        input=json.dumps(job.data()),
        env={**os.environ, **variables},
        capture_output=True,
        check=True,
        text=True,
    )
    return Step(*json.loads(done.stdout.splitlines()[-1]))


def table(found: Mapping[tuple[str, int], list[Step]]) -> str:
    """A row for each side and number of threads: the median of its turns."""
    columns = tuple(
        Column(title, index > 0)
        for index, title in enumerate(
            ("side", "threads", "ms", "processor ms", "in the system", "switches", "x 1 thread")
        )
    )
    rows = []
    for (side, threads), turns in found.items():
        step = Step(*(median(values) for values in zip(*turns, strict=True)))
        single = median(turn.seconds for turn in found[side, 1])
        rows.append(
            (side, str(threads), f"{1e3 * step.seconds:.1f}", f"{1e3 * step.processor:.1f}",
             f"{1e3 * step.system:.1f}", f"{step.switches:.0f}", f"{single / step.seconds:.2f}")
        )  # fmt: skip
    return plain(Table("", columns, tuple(rows), ()))


def main() -> int:
    """Measure every row in turn, and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("spec", nargs="?")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--steps", type=int, default=60, help="in each turn (default: 60)")
    parser.add_argument("--turns", type=int, default=3, help="of each row (default: 3)")
    parser.add_argument("--job", type=int, metavar="STEPS", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job:
        print(json.dumps(measured(Job(**json.load(sys.stdin)), given.job)))
        return 0
    if given.spec is None:
        parser.error("name a spec")
    network = load(given.spec).loaded
    rows = {}
    for threads in (1, 2):
        request = BenchRequest(batch=given.batch, engine="optimized", onednn=True, threads=threads)
        theirs = opponent_request(ONNXRUNTIME, request, None)
        rows[OURS, threads] = request.job(network, same_weights=True), worker_variables(request)
        job = opponent(ONNXRUNTIME, network, theirs, lambda other: load(other).loaded).job
        rows["ONNX Runtime", threads] = job, worker_variables(theirs)
    found: defaultdict[tuple[str, int], list[Step]] = defaultdict(list)
    for turn in range(given.turns):
        order = tuple(rows.items())
        for row, (job, variables) in order if turn % 2 == 0 else reversed(order):
            found[row].append(asked(job, variables, given.steps))
    print(f"{network.name}, batch {given.batch}, a step\n")
    print(table({row: found[row] for row in sorted(rows)}), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
