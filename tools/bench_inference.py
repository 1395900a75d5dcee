"""Measure the inference engines against their bounds.

    python tools/bench_inference.py [ROW ...] [--pairs N] [--max-seconds N] [--lock FILE]

Each row is one `specbuild bench --compare`: the same weights, float32, two processes that take
turns. Its figure is the other's time over ours, the median of the pairs, with a bootstrap 95 %
interval. A bound holds if the median reaches it and the interval ends at most 5 % below it.
Prints a line for each row as it ends, and exits with 1 if a bound does not hold.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

SPECBUILD = (str(Path(sys.executable).parent / "specbuild"), "bench")
WIDEST = 0.05
"""How far an interval may reach from its median, as a share of it."""
OURS = ("--engine", "optimized", "--onednn", "on")


class Row(NamedTuple):
    """One comparison: what of ours runs against what, and the least ratio."""

    spec: str
    batch: int
    bound: float
    against: tuple[str, ...]
    ours: tuple[str, ...] = OURS


def _plain(engine: str, spec: str) -> tuple[str, ...]:
    """The network itself by another engine, with the same flags."""
    return ("--compare", spec, "--compare-engine", engine, "--compare-onednn", "on")


V3 = "inception_v3_keras"
INSTALLED = ("--compare", "keras:InceptionV3")
RUNTIME = ("--compare", "onnxruntime")
#: By name; of the rows against ONNX Runtime the bound is what is aimed at.
ROWS: dict[str, Row] = {
    "layers-1": Row(V3, 1, 1.0, _plain("keras", V3)),
    "layers-32": Row(V3, 32, 1.05, _plain("keras", V3)),
    "rewrites-1": Row(V3, 1, 1.0, _plain("graph", V3)),
    "rewrites-32": Row(V3, 32, 1.05, _plain("graph", V3)),
    "rewrites-resnet": Row("inception_resnet_v2", 8, 1.0, _plain("graph", "inception_resnet_v2")),
    "rewrites-xception": Row("xception", 8, 1.0, _plain("graph", "xception")),
    "installed-1": Row(V3, 1, 1.10, INSTALLED),
    "installed-32": Row(V3, 32, 1.20, INSTALLED),
    "onnxruntime-1": Row(V3, 1, 0.95, RUNTIME),
    "onnxruntime-8": Row(V3, 8, 1.0, RUNTIME),
    "onnxruntime-32": Row(V3, 32, 1.0, RUNTIME),
    "train-step": Row(
        V3, 8, 1.0, INSTALLED, ("--mode", "train-step", "--engine", "keras", "--onednn", "on")
    ),
}


def main() -> int:
    """Measure and print; 1 if a bound does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument(
        "--pairs", type=int, default=20, help="the least number of pairs (default: 20)"
    )
    parser.add_argument(
        "--max-seconds", type=float, default=300.0, help="of each row's pairs (default: 300)"
    )
    parser.add_argument("--lock", metavar="FILE", help="hold this file's lock for each row")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.rows if name not in ROWS]
    if unknown:
        parser.error(f"there is no row '{unknown[0]}'")
    print(f"{'row':<20}{'batch':>6}{'ratio':>8}{'95 % interval':>18}{'pairs':>7}{'bound':>7}")
    failed = False
    for name in arguments.rows or ROWS:
        with _held(arguments.lock):
            found = _measured(ROWS[name], arguments)
        failed |= not _printed(name, ROWS[name], found)
    return 1 if failed else 0


def _held(lock: str | None) -> AbstractContextManager[Any]:
    """Others that measure on this machine hold the lock, too."""
    if lock is None:
        return nullcontext()
    import fcntl

    file = open(lock, "w", encoding="utf-8")  # noqa: SIM115  (closing it frees the lock)
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _measured(row: Row, arguments: argparse.Namespace) -> dict[str, Any] | str:
    """What `specbuild bench` found, or what it said instead."""
    command: Sequence[str] = (
        *SPECBUILD, row.spec, *row.ours, *row.against, "--batch", str(row.batch),
        "--pairs", str(arguments.pairs), "--max-seconds", str(arguments.max_seconds),
        "--burn-in", "5", "--format", "json",
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip() or f"ended with {done.returncode}"
    comparison: dict[str, Any] = json.loads(done.stdout)["comparison"]
    return comparison


def _printed(name: str, row: Row, found: dict[str, Any] | str) -> bool:
    """Print a row; whether its bound holds."""
    if isinstance(found, str):
        print(f"{name:<20}{row.batch:>6}  not measured: {found}", flush=True)
        return False
    value, low, high = found["value"], found["low"], found["high"]
    narrow = max(high - value, value - low) <= WIDEST * value
    holds = value >= row.bound and narrow
    word = "holds" if holds else "not reached" if narrow else "interval too wide"
    interval = f"{low:.3f} to {high:.3f}"
    print(
        f"{name:<20}{row.batch:>6}{value:>8.3f}{interval:>18}{found['pairs']:>7}"
        f"{row.bound:>7.2f}  {word}",
        flush=True,
    )
    return bool(holds)


if __name__ == "__main__":
    sys.exit(main())
