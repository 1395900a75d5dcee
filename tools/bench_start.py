"""Measure how fast and how small the commands without TensorFlow are, against bounds.

Times are those of whole processes with a warm disk cache. Two commands that are compared take
turns, so that a busy machine slows both. Run it from an environment in which the package is
installed, on a machine with nothing else to do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SPEC = "inception_v3"
RUNS = 21
SLOW_RUNS = 5
SIZES = (2_500, 5_000, 10_000)

LIBRARIES = "import click, yaml, jsonschema, rich.console, rich.table"
KERAS = "import keras; keras.applications.InceptionV3(weights=None).summary()"
WARM = """
import statistics, sys, time
from inceptionspec import load
load(sys.argv[1])
seconds = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    load(sys.argv[1])
    seconds.append(time.perf_counter() - start)
print(statistics.median(seconds))
"""


class Figure(NamedTuple):
    """One line of the table; ``bound`` is None where a figure only informs."""

    name: str
    value: float
    unit: str
    bound: float | None = None
    at_least: bool = False

    @property
    def short(self) -> bool:
        """Whether the bound is missed."""
        if self.bound is None:
            return False
        return self.value < self.bound if self.at_least else self.value > self.bound

    def line(self) -> str:
        """Name, value, bound and verdict in columns."""
        line = f"{self.name:<52} {self.value:9.2f} {self.unit:<4}"
        if self.bound is None:
            return line.rstrip()
        side = "at least" if self.at_least else "at most"
        return f"{line} {side:>8} {self.bound:>5g}  {'short' if self.short else 'ok'}"


class Ended(NamedTuple):
    """What a process took: seconds from start to end, and its peak memory in MiB."""

    seconds: float
    peak: float


def main() -> int:
    """Measure what was asked for; 1 if something falls short of its bound."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "figures",
        nargs="*",
        metavar="FIGURE",
        help=f"what to measure, all by default: {', '.join(FIGURES)}",
    )
    parser.add_argument(
        "--runs",
        type=_count,
        default=RUNS,
        metavar="N",
        help="runs of each quick process (default: %(default)s)",
    )
    parser.add_argument(
        "--slow-runs",
        type=_count,
        default=SLOW_RUNS,
        metavar="N",
        help="runs of what takes seconds (default: %(default)s)",
    )
    options = parser.parse_args()
    if unknown := [name for name in options.figures if name not in FIGURES]:
        parser.error(f"unknown: {', '.join(unknown)}; choose from {', '.join(FIGURES)}")
    short = False
    for name in options.figures or FIGURES:
        for figure in FIGURES[name](options.runs, options.slow_runs):
            print(figure.line(), flush=True)
            short = short or figure.short
    return int(short)


def start(runs: int, slow_runs: int) -> Iterator[Figure]:
    """The summary against the import of the libraries that it may use."""
    summary, libraries = alternating((_summary(SPEC), _python(LIBRARIES)), runs)
    yield Figure("summary", 1e3 * summary, "ms")
    yield Figure("import of the libraries", 1e3 * libraries, "ms")
    yield Figure("summary / import of the libraries", summary / libraries, "x", 2.2)


def keras(runs: int, slow_runs: int) -> Iterator[Figure]:
    """The summary against the same network built and summarized by Keras."""
    summary, model = alternating((_summary(SPEC), _python(KERAS)), slow_runs)
    yield Figure("summary by Keras", 1e3 * model, "ms")
    yield Figure("summary by Keras / summary", model / summary, "x", 20, at_least=True)


def memory(runs: int, slow_runs: int) -> Iterator[Figure]:
    """The most memory that a summary ever held."""
    peaks = [ended(_summary(SPEC)).peak for _ in range(slow_runs)]
    yield Figure("peak memory of summary", max(peaks), "MiB", 80)


def warm(runs: int, slow_runs: int) -> Iterator[Figure]:
    """Text to graph, everything imported: the median within one process."""
    yield Figure("read and link the spec, warm", 1e3 * _warm(SPEC, runs), "ms", 60)


def specs(runs: int, slow_runs: int) -> Iterator[Figure]:
    """Every built-in spec: cold against the import of the libraries, and warm."""
    names = sorted(path.stem for path in (ROOT / "specs").glob("*.yaml"))
    medians = alternating([_python(LIBRARIES), *map(_summary, names)], slow_runs)
    for name, seconds in zip(names, medians[1:], strict=True):
        yield Figure(f"{name} / import of the libraries", seconds / medians[0], "x", 2.6)
    slowest = max((_warm(name, slow_runs), name) for name in names)
    yield Figure(f"read and link {slowest[1]}, warm", 1e3 * slowest[0], "ms", 100)


def faults(runs: int, slow_runs: int) -> Iterator[Figure]:
    """A check that ends in ten findings against the import of the libraries."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "faults.yaml"
        text = (ROOT / "specs" / f"{SPEC}.yaml").read_text(encoding="utf-8")
        path.write_text(text.replace("filters:", "fliters:", 10), encoding="utf-8")
        check = [*_summary(str(path))[:-2], "check", str(path)]
        found, libraries = alternating((check, _python(LIBRARIES)), runs, codes=(0, 1))
    yield Figure("check with ten faults / import of the libraries", found / libraries, "x", 2.4)


def _warm(name: str, runs: int) -> float:
    command = [*_python(WARM), name, str(runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        _give_up(command, done.stderr)
    return float(done.stdout)


def large(runs: int, slow_runs: int) -> Iterator[Figure]:
    """A long network's summary as JSON; twice the layers should take twice the time."""
    with tempfile.TemporaryDirectory() as folder:
        commands = []
        for layers in SIZES:
            path = Path(folder) / f"layers_{layers}.yaml"
            path.write_text(chain(layers), encoding="utf-8")
            commands.append([*_summary(str(path)), "--format", "json"])
        medians = alternating(commands, slow_runs)
    for layers, seconds in zip(SIZES, medians, strict=True):
        bound = 5 if layers == SIZES[-1] else None
        yield Figure(f"summary of {layers:,} layers", seconds, "s", bound)
    for before, after in ((0, 1), (1, 2)):
        name = f"{SIZES[after]:,} layers / {SIZES[before]:,} layers"
        yield Figure(name, medians[after] / medians[before], "x")


FIGURES: dict[str, Callable[[int, int], Iterator[Figure]]] = {
    "start": start,
    "keras": keras,
    "memory": memory,
    "warm": warm,
    "large": large,
    "specs": specs,
    "faults": faults,
}


def chain(layers: int) -> str:
    """A spec of convolutions, one after the other, each on a line of its own."""
    lines = [
        f"  - {{op: conv, name: Conv_{number}, kernel: {'3x3' if number % 2 else '1x1'}, "
        "filters: 8}"
        for number in range(layers)
    ]
    head = ["spec: 1", "name: Chain", "input: {size: 32x32, channels: 3}", "network:"]
    return "\n".join(head + lines) + "\n"


def alternating(
    commands: Sequence[Sequence[str]], runs: int, codes: Sequence[int] = (0,)
) -> list[float]:
    """The median seconds of each command, after one run of each that fills the caches."""
    seconds: list[list[float]] = [[] for _ in commands]
    for command in commands:
        ended(command, codes)
    for _ in range(runs):
        for command, measured in zip(commands, seconds, strict=True):
            measured.append(ended(command, codes).seconds)
    return [statistics.median(measured) for measured in seconds]


def ended(command: Sequence[str], codes: Sequence[int] = (0,)) -> Ended:
    """Run a process to its end, its output thrown away; it may end with some codes."""
    with tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        # wait4 tells the peak of this one child. It never falls below what this process
        # held when it forked, one more reason to import little here.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            errors.seek(0)
            _give_up(command, errors.read().decode(errors="replace"))
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10  # of ru_maxrss: bytes there, KiB here
    return Ended(seconds, usage.ru_maxrss / unit)


def _summary(reference: str) -> list[str]:
    command = Path(sys.executable).with_name("specbuild")
    prefix = [str(command)] if command.exists() else [sys.executable, "-m", "inceptionspec"]
    return [*prefix, "summary", reference]


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _give_up(command: Sequence[str], errors: str) -> None:
    raise SystemExit(f"{' '.join(command)[:200]} failed:\n{errors}")


if __name__ == "__main__":
    sys.exit(main())
