"""Measure engines and precisions on the built-in networks, for docs/performance.md.

    python tools/bench_networks.py [--networks A,B] [--batches 1,8] [--minutes N] [--file FILE]
    python tools/bench_networks.py --goals [--file FILE]

A piece is a network with a batch and sets of sides: `float32` with the engines that may be the
fastest; `reduced` with bfloat16 and int8, together with `others`; or `passes` with several lists of
passes for each engine. Each side has a process of its own and the same weights, and all sides of a
piece take turns, one a round and never two at once.
Among them are three frameworks as they are installed: `keras.applications` (the Keras model of
`build` where it lacks the network), ONNX Runtime and OpenVINO with the plain graph. A ratio is
their time over the side's in the same round: the median, with a bootstrap 95 % interval.

What was measured is kept in FILE, so that pieces which are there are not measured again, and the
command ends after N minutes: run it as often as it takes. Pieces come in the order in which they
matter. `--goals` prints how the file stands to the goals; `make_performance.py` makes the tables
and the picture of the page from it, and the order of engines that `auto` takes.

On a machine with other work, `--real-time` gives the threads of a side the cores for the length of
its turn (Linux, as root), and rests as long after it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import Any

from performance_figures import FILE, Figures, goals_text, kept_rows, machine_facts
from performance_measuring import MOST_ROUNDS, LoweredJobs, measure
from performance_pieces import FIRST, INSTALLED, SETS, Contender, Piece, contenders, pieces

from inceptionspec.backends.engines import ENGINES
from inceptionspec.frontend.reading.spec_files import builtin_names

LEAST_SECONDS = 100.0


def main() -> int:
    """Measure, write, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--networks", help="A,B,... (default: all that are built in)")
    parser.add_argument("--batches", default="1,8,32", help="default: 1,8,32")
    parser.add_argument("--sets", default=",".join(SETS), help=f"default: {','.join(SETS)}")
    parser.add_argument("--engines", default=",".join(ENGINES), help="default: all")
    parser.add_argument("--precisions", default="float32,bfloat16,int8", help="default: all")
    parser.add_argument("--minutes", type=float, default=8.5, help="default: 8.5")
    parser.add_argument(
        "--seconds", type=float, default=270.0, help="of a piece at most (default: 270)"
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=MOST_ROUNDS,
        help=f"of a piece at most (default: {MOST_ROUNDS}; fewer where intervals are narrow)",
    )
    parser.add_argument("--threads", type=int, help="of each side (default: its own choice)")
    parser.add_argument("--file", type=Path, default=FILE, help=f"default: figures/{FILE.name}")
    parser.add_argument(
        "--since", default="", metavar="TIME", help="measure anew what is older: 2026-11-30T13:45"
    )
    parser.add_argument(
        "--real-time", action="store_true", help="let nothing run next to a turn (Linux, root)"
    )
    parser.add_argument("--goals", action="store_true", help="only print how the goals stand")
    given = parser.parse_args()
    if not given.goals:
        _measure_all(given, Figures(given.file, machine_facts(given.threads)))
    print(goals_text(kept_rows(given.file)), end="")
    return 0


def _measure_all(given: argparse.Namespace, figures: Figures) -> None:
    ends = time.monotonic() + 60 * given.minutes
    others = [name for name in builtin_names() if name not in FIRST]
    networks = given.networks.split(",") if given.networks else [*FIRST, *others]
    batches = [int(batch) for batch in given.batches.split(",")]
    for _, of_network in groupby(pieces(networks, batches), lambda one: (one.network, one.sets)):
        with ExitStack() as processes:
            jobs = LoweredJobs(processes)
            for piece in of_network:
                if not _measure_piece(given, figures, piece, jobs, ends):
                    print("the time is up; the same command goes on")
                    return
    print("all of it is measured")


def _measure_piece(
    given: argparse.Namespace, figures: Figures, piece: Piece, jobs: LoweredJobs, ends: float
) -> bool:
    """Measure what is asked of a piece; False where the time is up before."""
    wanted: dict[str, list[Contender]] = {}
    for name in [name for name in piece.sets if name in given.sets.split(",")]:
        sides = contenders(name, given.engines.split(","), given.precisions.split(","))
        new = [
            side
            for side in sides
            if not figures.has(piece, name, side, given.since) and not figures.slow(piece, side)
        ]
        if new:
            wanted[name] = new
    while wanted:
        left = ends - time.monotonic()
        if left < LEAST_SECONDS:
            return False
        rows, failures, rest = measure(
            piece,
            wanted,
            given.threads,
            min(given.seconds, left - 5),
            jobs,
            real_time=given.real_time,
            most_rounds=given.rounds,
        )
        figures.put(rows)
        _print_piece(piece, rows, failures)
        wanted = rest if rest != wanted else {}
    return True


def _print_piece(
    piece: Piece, rows: Sequence[Mapping[str, Any]], failures: Mapping[Contender, str]
) -> None:
    print(f"{piece.network}, batch {piece.batch}, {' and '.join(piece.sets)}", flush=True)
    printed = {(row["side"], row["precision"]): row for row in rows}
    for row in printed.values():
        ratios = "  ".join(
            f"{key} {row[key][0]:.3f} ({row[key][1]:.3f} to {row[key][2]:.3f})"
            for key in INSTALLED
            if row.get(key)
        )
        deviation = "-" if row["deviation"] is None else f"{row['deviation']:.1e}"
        print(
            f"  {row['side']:<30}{row['precision']:<10}{1e3 * row['seconds']:>9.1f} ms  {ratios}  "
            f"off by {deviation}, {row['rounds']} rounds",
            flush=True,
        )
    for side, why in failures.items():
        print(f"  {side.name:<30}{side.precision:<10}left out: {why}", flush=True)
    for sign in rows[0]["noise"] if rows else ():
        print(f"  noise: {sign}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
