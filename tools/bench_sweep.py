"""How fast sweeps are, in processor time, and how much memory they take.

    python tools/bench_sweep.py            # all figures but the largest sweep
    python tools/bench_sweep.py --large    # 100,000 variants, too
    python tools/bench_sweep.py --cluster  # 20,000 on a Dask cluster on this machine, against none

The bounds are those of two cores: as many seconds of processor time as twice the seconds that a
sweep may take.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from inceptionspec.sweep.bases import open_base_spec
from inceptionspec.sweep.evaluate import Evaluator, Task
from inceptionspec.sweep.knobs import find_knobs, parse_setting

BASE = "inception_v3"
#: For each number of variants: the knobs, the seconds that it may take on two cores, and MiB.
SWEEPS = {
    1_000: (("width=0.5..0.95:0.05", "input=205..325:5", "Mixed_6b.filters_7=96..144:16"), 8, 400),
    10_000: (
        ("width=0.3..1.25:0.05", "input=197..344:3", "Mixed_6b.filters_7=64..208:16"),
        60,
        400,
    ),
    100_000: (
        ("width=0.3..1.29:0.01", "input=197..344:3", "Mixed_6b.filters_7=64..216:8"),
        600,
        400,
    ),
}


def one_variant() -> None:
    """The processor time of one variant in a warm process."""
    base = open_base_spec(BASE)
    settings = (
        "Mixed_6b.filters_7=64..255",
        "width=0.30..1:0.01",
        "input=200..345",
        "Mixed_6c.filters_7=64..255",
        "Mixed_5[bcd].pool=8..64",
    )
    knobs = find_knobs(list(map(parse_setting, settings)), [base])
    for documents in (False, True):
        evaluator = Evaluator(Task((base.texts,), knobs, documents=documents))
        rest = ("128", "32")
        evaluator.outcome(("128", "1", "299", *rest))
        cases = {
            "another argument of a block": [(str(64 + n), "1", "299", *rest) for n in range(50)],
            "others of five blocks": [
                (str(64 + n), "1", "299", str(200 - n), str(8 + n)) for n in range(50)
            ],
            "another width": [("128", f"{0.3 + n / 100:.2f}", "299", *rest) for n in range(50)],
            "another input size": [("128", "1", str(200 + n), *rest) for n in range(50)],
            "seen before": [("128", "1", str(200 + n), *rest) for n in range(50)],
        }
        for name, values in cases.items():
            start = time.process_time()
            for each in values:
                evaluator.outcome(each)
            spent = 1000 * (time.process_time() - start) / len(values)
            digests = "both digests" if documents else "network digest"
            print(f"one variant, {name}, {digests}: {spent:.2f} ms (at most 8)")


def command_of(settings: Sequence[str], folder: str, *options: str) -> list[str]:
    """A sweep with all digests into a folder."""
    varied = [part for setting in settings for part in ("--vary", setting)]
    sweep = [sys.executable, "-m", "inceptionspec", "sweep", BASE, *varied, "--digests"]
    return [*sweep, "--out", str(Path(folder, "found")), *options]


def sweep(count: int, workers: int) -> None:
    """The processor time and the memory of one sweep in processes of its own."""
    settings, seconds, most = SWEEPS[count]
    with tempfile.TemporaryDirectory() as folder:
        command = command_of(settings, folder, "--workers", str(workers))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with _watched(process.pid) as peak:
            code = process.wait()
        wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{count:,} variants, {workers} workers: exit code {code}, {spent:.1f} s of processor time"
        f" (at most {2 * seconds}), {1000 * spent / count:.2f} ms each, {wall:.1f} s in all,"
        f" {peak[0] / (1 << 20):.0f} MiB at most in all processes together (at most {most})"
    )


def cluster(count: int, rounds: int) -> None:
    """The time of sweeps on a cluster of two workers on this machine, against two processes.

    Each round tries other variants, so that workers remember none of them. The processor time of
    the cluster is that of the scheduler, both workers and the sweep itself. On a busy machine it
    says more than the seconds: five processes share what three do.
    """
    address = "tcp://127.0.0.1:8799"
    settings = ("width=0.3..1.29:0.01", "input=197..344:3", "Mixed_6b.filters_7=64..216:8")
    started = []

    def start(*arguments: str) -> None:
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))

    def spent() -> float:
        own = resource.getrusage(resource.RUSAGE_CHILDREN)
        return own.ru_utime + own.ru_stime + sum(_processor_seconds(one.pid) for one in started)

    def timed(*options: str) -> tuple[float, float]:
        with tempfile.TemporaryDirectory() as folder:
            before, start = spent(), time.monotonic()
            command = command_of(settings, folder, "--sample", str(count), *options)
            subprocess.run(
                command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            return spent() - before, time.monotonic() - start

    local = [timed("--workers", "2", "--seed", str(seed)) for seed in range(rounds)]
    try:
        start("scheduler", "--host", "127.0.0.1", "--port", "8799")
        for _ in range(2):
            start("worker", address, "--no-nanny", "--nthreads", "1")
        time.sleep(10)
        for seed, (processor, seconds) in enumerate(local):
            there = timed("--scheduler", address, "--seed", str(seed))
            print(
                f"{count:,} variants: processor {processor:.1f} s in two processes,"
                f" {there[0]:.1f} s on the cluster ({processor / there[0]:.2f} of the throughput,"
                f" at least 0.8); {seconds:.1f} s and {there[1]:.1f} s in all"
                f" ({seconds / there[1]:.2f})",
                flush=True,
            )
    finally:
        for one in started:
            one.terminate()
            one.wait()


def _processor_seconds(process: int) -> float:
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _watched(process: int) -> Iterator[list[int]]:
    """The largest sum of resident memory of a process and its children, by ``/proc``."""
    peak, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.2):
            peak[0] = max(peak[0], sum(map(_resident, _tree(process))))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _tree(process: int) -> Iterator[int]:
    yield process
    try:
        for task in os.listdir(f"/proc/{process}/task"):
            for child in Path(f"/proc/{process}/task/{task}/children").read_text().split():
                yield from _tree(int(child))
    except OSError:
        return


def _resident(process: int) -> int:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="100,000 variants, too")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cluster", action="store_true", help="20,000 on a Dask cluster alone")
    parser.add_argument("--rounds", type=int, default=1, help="of the cluster")
    given = parser.parse_args()
    if given.cluster:
        cluster(20_000, given.rounds)
        return
    one_variant()
    for count in SWEEPS:
        if count < 100_000 or given.large:
            sweep(count, given.workers)


if __name__ == "__main__":
    main()
