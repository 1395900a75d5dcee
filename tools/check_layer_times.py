"""How near predicted times of networks are to measured ones, for variants of Inception V3.

    python tools/check_layer_times.py [--threads N] [--engine NAME] [--variants N] [--seed N]

Draws variants by width, input size and the filters of the 1x7 convolutions. Their kinds of layers
are measured, and five other networks as a whole. Then every variant is predicted, and measured as
a whole for the first time, in turns with the reference network, a few at a time. With one thread
(the default) all times are those of the processor, which a busy machine changes little.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
import time
from pathlib import Path

import inceptionspec
from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.layer_times import LayerTimes, TimeRequest
from inceptionspec.bench.layer_times.kinds import run_graph
from inceptionspec.bench.layer_times.layer_times import LAYER_ENGINES, REFERENCE
from inceptionspec.bench.layer_times.measure import measure
from inceptionspec.bench.request.request import worker_variables
from inceptionspec.bench.request.target import target
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import no_progress
from inceptionspec.ir.graph import Graph

WIDTHS = (0.5, 0.75, 1.0)
SIZES = (203, 251, 299)
FILTERS = (64, 96, 128, 160, 224)
CALIBRATION = ((1.0, 299), (1.0, 203), (0.75, 251), (0.5, 299), (0.5, 203))
AT_ONCE = 5
"""Whole networks that take turns with the reference."""


def variant(width: float, size: int, filters: int | None) -> Graph:
    """A variant of Inception V3; `filters` are those inside the first and third 17x17 block."""
    changed = "Mixed_6[bd]/Branch_1/Conv2d_0[ab]* Mixed_6[bd]/Branch_2/Conv2d_0[abcd]*"
    call = "" if filters is None else f'override: {{"{changed}": {{filters: {filters}}}}}'
    text = f"spec: 1\nextends: inception_v3\nname: Variant\n{call}\n"
    return inceptionspec.loads(text, width=width, input=size).graph


def chosen(count: int, seed: int) -> list[tuple[float, int, int]]:
    """Some of all variants, none of them a network that calibrates."""
    every = list(itertools.product(WIDTHS, SIZES, FILTERS))
    return random.Random(seed).sample(every, count)


def main() -> int:
    """Predict, measure, compare, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, default=1, help="0 for the library's choice")
    parser.add_argument("--engine", choices=LAYER_ENGINES, default="optimized")
    parser.add_argument("--variants", type=int, default=30)
    parser.add_argument("--seed", type=int, default=17)
    arguments = parser.parse_args()
    request = TimeRequest(arguments.engine, threads=arguments.threads or None)
    settings = chosen(arguments.variants, arguments.seed)
    graphs = [variant(*each) for each in settings]
    calibration = [variant(width, size, None) for width, size in CALIBRATION]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        times = LayerTimes(request, Path(folder, "times.json"))
        print(f"{len(times.missing(graphs))} kinds of layers in {len(graphs)} variants", flush=True)
        times.measure(graphs, calibration)
        predicted = [times.predict(graph) for graph in graphs]
    print(f"kinds measured after {time.monotonic() - started:.0f} s", flush=True)
    engine = ENGINES[request.engine]
    reference = inceptionspec.load(REFERENCE).graph
    unit = run_graph(reference, target(reference).paths, engine, 1)
    errors = []
    with Process(worker_variables(request.bench_request())) as process:
        for start in range(0, len(graphs), AT_ONCE):
            few = graphs[start : start + AT_ONCE]
            rows = zip(settings[start:], predicted[start : start + AT_ONCE], strict=False)
            runs = [run_graph(graph, target(graph).paths, engine, 1) for graph in few]
            (found,) = measure(
                process, unit, (), runs, request.engine, request.threads, no_progress
            )
            for (setting, prediction), units in zip(rows, found.networks, strict=False):
                assert prediction is not None
                seconds = units * times.pace
                errors.append(prediction.seconds / seconds - 1)
                width, size, filters = setting
                print(
                    f"width {width:4}  input {size}  filters_7 {filters:3}  "
                    f"predicted {1e3 * prediction.seconds:6.1f} ms  "
                    f"measured {1e3 * seconds:6.1f} ms  {100 * errors[-1]:+6.1f} %",
                    flush=True,
                )
    _report(errors, time.monotonic() - started)
    return 0


def _report(errors: list[float], seconds: float) -> None:
    for bound in (0.05, 0.1, 0.2):
        near = sum(abs(error) <= bound for error in errors)
        print(f"within {100 * bound:.0f} %: {near} of {len(errors)}")
    worst = max(errors, key=abs)
    print(f"worst {100 * worst:+.1f} %, {seconds:.0f} s in all")


if __name__ == "__main__":
    sys.exit(main())
