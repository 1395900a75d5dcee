"""Measure how fast diagrams are drawn, from a cold start to the file, against bounds.

Times are those of whole processes with a warm disk cache, as in tools/bench_start.py. Next to
each is its ratio to the time of importing the libraries of a summary; the two take turns.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench_start import LIBRARIES, Figure, alternating

#: Network, fold level, suffix, and the most seconds that it may take; None only informs.
DRAWN = (
    ("inception_v3", "layers", "svg", 1.0),
    ("inception_resnet_v2", "layers", "svg", 3.0),
    ("inception_v3", "network", "svg", None),
    ("inception_v3", "layers", "png", None),
    ("inception_v3", "layers", "dot", None),
)
RUNS = 7


def figures(runs: int, engine: str) -> Iterator[Figure]:
    """Each diagram: the median of its seconds, and its ratio to the import."""
    program = str(Path(sys.executable).with_name("specbuild"))
    with tempfile.TemporaryDirectory() as folder:
        commands = [[sys.executable, "-c", LIBRARIES]]
        for name, fold, suffix, _ in DRAWN:
            file = str(Path(folder) / f"{name}.{fold}.{suffix}")
            commands.append(
                [program, "render", name, "--fold", fold, "-o", file, "--engine", engine]
            )
        libraries, *medians = alternating(commands, runs)
    yield Figure("import of the libraries", libraries, "s")
    for (name, fold, suffix, bound), seconds in zip(DRAWN, medians, strict=True):
        yield Figure(f"{name}, {fold}, {suffix}", seconds, "s", bound)
        yield Figure("  / import of the libraries", seconds / libraries, "x")


def main() -> int:
    """Measure, print, and return 1 if a bound is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help="runs of each")
    parser.add_argument("--engine", choices=["auto", "pure", "system"], default="auto")
    options = parser.parse_args()
    short = False
    for figure in figures(max(1, options.runs), options.engine):
        print(figure.line(), flush=True)
        short = short or figure.short
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
