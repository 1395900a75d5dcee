"""Measure engines in all of their precisions, and how far their answers are from float32.

    python tools/bench_precision.py NAME ... [--engine NAME ...] [--batch N] [--threads N]
        [--rounds N] [--weights FILE] [--calibrate DIR]

Each engine in each precision has a process of its own, and all take turns. The ratio is the time
of ONNX Runtime in float32 over theirs, the median of the rounds with a bootstrap 95 % interval.
Then come the largest and the mean error of a logit, of the largest logit, and the share of pictures
whose likeliest class stays: against the same engine in float32, on the pictures of a folder, or on
noise. Without a file of weights they are random, and errors and classes mean little.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from statistics import median
from typing import NamedTuple

from inceptionspec import load
from inceptionspec.backends.engines import ENGINES, FLOAT32
from inceptionspec.bench.lowering import lowered
from inceptionspec.bench.measure.bootstrap import ratio_of_pairs
from inceptionspec.bench.request.request import BenchRequest, worker_variables
from inceptionspec.bench.rounds import in_turn
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import Session, no_progress
from inceptionspec.engines.available import available
from inceptionspec.engines.precision_cost import PrecisionCost
from inceptionspec.frontend.load import LoadedSpec

BASELINE = "onnxruntime", FLOAT32
TURN_SECONDS = 0.5


class Side(NamedTuple):
    """An engine in a precision, at work, and what the precision costs."""

    session: Session
    cost: PrecisionCost | None


def started(
    network: LoadedSpec, engine: str, precision: str, given: argparse.Namespace, held: ExitStack
) -> Side:
    """A session that is warm; TensorFlow's plain operations run with oneDNN."""
    request = BenchRequest(
        engine=engine,
        precision=precision,
        onednn=ENGINES[engine].made_for_onednn or None,
        batch=given.batch,
        threads=given.threads,
        weights=given.weights,
        calibrate=given.calibrate,
        any_deviation=True,
    )
    job = request.job(network, same_weights=given.weights is None)
    job, cost = held.enter_context(lowered(request, job, no_progress))
    process = held.enter_context(Process(worker_variables(request)))
    session = Session(process, job, network, request.target(network), engine)
    session.prepare()
    session.warm(3)
    return Side(session, cost)


def used(side: Side, steps: int) -> float:
    """The time of a step, in seconds."""
    start = time.perf_counter()
    side.session.process.run(steps, lambda seconds: None)
    return (time.perf_counter() - start) / steps


def main() -> int:
    """Measure and print a row for each network, engine and precision."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--engine", action="append", choices=tuple(ENGINES))
    parser.add_argument("--batch", type=int, default=1, help="images in a step (default: 1)")
    parser.add_argument("--threads", type=int, default=2, help="of each engine (default: 2)")
    parser.add_argument("--rounds", type=int, default=20, help="of turns (default: 20)")
    parser.add_argument("--weights", metavar="FILE", help="weights of the network")
    parser.add_argument("--calibrate", metavar="DIR", help="pictures (default: noise)")
    given = parser.parse_args()
    engines = [
        name for name in available() if name in (given.engine or ("onnxruntime", "openvino"))
    ]
    kinds = [BASELINE, *((name, one) for name in engines for one in ENGINES[name].precisions)]
    kinds = list(dict.fromkeys(kinds))
    print(
        f"{'network':<20}{'engine':<13}{'precision':<11}{'ms':>8}{'ratio':>7}{'95 % interval':>17}"
        f"{'largest':>10}{'mean':>10}{'same class':>12}"
    )
    for name in given.names:
        network = load(name).loaded
        with ExitStack() as held:
            sides = {kind: started(network, *kind, given, held) for kind in kinds}
            steps = {
                kind: max(1, round(TURN_SECONDS / used(side, 2))) for kind, side in sides.items()
            }
            turns: dict[tuple[str, str], list[float]] = {kind: [] for kind in kinds}
            for number in range(given.rounds):
                for kind in in_turn(kinds, number):
                    turns[kind].append(used(sides[kind], steps[kind]))
        for kind in kinds:
            ratio = ratio_of_pairs(
                [one / two for one, two in zip(turns[BASELINE], turns[kind], strict=True)]
            )
            interval = f"{ratio.low:.2f} to {ratio.high:.2f}"
            row = f"{network.name:<20}{kind[0]:<13}{kind[1]:<11}{1000 * median(turns[kind]):>8.1f}"
            row += f"{ratio.value:>7.2f}{interval:>17}"
            cost = sides[kind].cost
            if cost is not None:
                row += f"{cost.largest:>10.1e}{cost.mean:>10.1e}{cost.agreement:>12.1%}"
            print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
