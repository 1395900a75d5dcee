"""Train one network with 1, 2, 3 and 4 workers, compare their losses, and kill a worker.

    python tools/check_workers.py

Prints the largest difference of any loss over 20 steps from those of one worker, and how long the
others take to stop after a SIGKILL: local workers, which one process watches, and workers that
only know each other by ``TF_CONFIG``, as on several machines.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from check_resume import prepare, train_command

from inceptionspec.training.strategies.cluster import VARIABLE, free_ports, local_cluster, tf_config

STEPS = 20


def main() -> None:
    """Compare, then kill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 3, 4])
    parser.add_argument("--kills", type=int, default=2, help="of each kind")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        prepare(at, epochs=3)
        subprocess.run(train_command(at, "one"), check=True, capture_output=True)
        for count in given.workers:
            name = f"of-{count}"
            subprocess.run(
                [*train_command(at, name), "--workers", str(count)], check=True, capture_output=True
            )
            print(f"{count} workers: {difference(at / 'one', at / name):.2g}", flush=True)
        prepare(at, epochs=500)
        for number in range(given.kills):
            for rank in (1, 0):
                seconds, told = killed_local(at, f"local-{number}-{rank}", rank)
                print(f"local worker {rank} killed: {seconds:.1f} s: {told}", flush=True)
            for rank in (1, 0):
                seconds, told = killed_machine(at, f"machine-{number}-{rank}", rank)
                print(f"worker {rank} killed: {seconds:.1f} s: {told}", flush=True)


def records(run: Path) -> list[dict[str, float]]:
    """What a run wrote down of its steps."""
    file = run / "journal.jsonl"
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    found = [json.loads(line) for line in lines if line.endswith("\n")]
    return [one for one in found if one["kind"] == "train"]


def difference(run: Path, other: Path) -> float:
    """The largest one of any loss in any of the first steps."""
    pairs = list(zip(records(run)[:STEPS], records(other)[:STEPS], strict=True))
    assert len(pairs) == STEPS
    return max(abs(a[key] - b[key]) for a, b in pairs for key in a if key.startswith("loss"))


def killed_local(at: Path, name: str, rank: int) -> tuple[float, str]:
    """Seconds from the kill of one of two local workers to the end of the command."""
    process = _started([*train_command(at, name), "--workers", "2"])
    _wait(at / name, process)
    log = (at / name / "workers" / f"worker-{rank}.log").read_text()
    began = time.monotonic()
    os.kill(int(re.findall(r"process (\d+)$", log, re.MULTILINE)[-1]), 9)
    return _ended(process, began)


def killed_machine(at: Path, name: str, rank: int) -> tuple[float, str]:
    """Seconds from the kill of one of two workers of a cluster to the end of the other."""
    ports = free_ports(2)
    both = [
        _started(train_command(at, name), {VARIABLE: tf_config(local_cluster(ports, one))})
        for one in range(2)
    ]
    _wait(at / name, both[0])
    began = time.monotonic()
    both[rank].kill()
    found = _ended(both[1 - rank], began)
    both[rank].communicate()
    return found


def _started(
    arguments: list[str], environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        arguments,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait(run: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a run has made some steps."""
    while len(records(run)) < STEPS:
        if process.poll() is not None:
            raise SystemExit(f"the run ended by itself: {process.communicate()[1]}")
        time.sleep(0.01)


def _ended(process: subprocess.Popen[str], began: float) -> tuple[float, str]:
    """Seconds until a process ended, and the first line of what it found."""
    _, errors = process.communicate()
    told = re.findall(r"^error\[.*$", errors, re.MULTILINE)
    return time.monotonic() - began, told[0] if told else f"no finding: {errors[-300:]}"


if __name__ == "__main__":
    main()
