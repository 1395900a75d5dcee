"""Compare our time of each layer with ONNX Runtime's, with the same weights and threads.

    python tools/compare_profiles.py inception_v3 --batch 8 --engine optimized
    python tools/compare_profiles.py inception_v3 --batch 1 --against keras

Both run one operation at a time (TF_NUM_INTEROP_THREADS=1; ONNX Runtime does so by default), so
that the time of a layer is its own. Each has its own process, one after the other. ONNX Runtime's
times come from its own profiler, whose nodes have our paths as names. Prints the blocks, and the
layers in the order of how much longer we take. Needs the extras tensorflow and onnxruntime.
`--against` names an engine of TensorFlow instead, whose layers are timed as ours are.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from inceptionspec import load
from inceptionspec.bench.profile import ENGINES, profile
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.tracing.owners import owners
from inceptionspec.bench.tracing.profile import Profile
from inceptionspec.reports.table import Column, Table, plain

MOST = 25
KERNEL = "_kernel_time"
"""How ONNX Runtime's profiler ends the name of a node that ran."""
_YIELDED = re.compile(r":[0-9]+\w*$")


def kernel_times(events: Sequence[Mapping[str, Any]], steps: int) -> Mapping[str, float]:
    """Seconds of each node, the median of the last steps, from ONNX Runtime's profile."""
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for event in events:
        name = str(event.get("name", ""))
        if event.get("cat") == "Node" and name.endswith(KERNEL):
            # An optimized node is called by what it yields, and by its layout.
            taken[_YIELDED.sub("", name.removesuffix(KERNEL))].append(event["dur"] * 1e-6)
    return {name: median(times[-steps:]) for name, times in taken.items()}


def onnx_layers(paths: Sequence[str], times: Mapping[str, float]) -> Any:
    """Seconds by layer, and those of nodes that bear no path (reorderings of layouts)."""
    owner = owners(times, paths)
    layers: defaultdict[str, float] = defaultdict(float)
    outside: defaultdict[str, float] = defaultdict(float)
    for name, seconds in times.items():
        if name in owner:
            layers[owner[name]] += seconds
        else:
            outside[name] += seconds
    return layers, outside


def onnx_side(spec: str, batch: int, steps: int, threads: int) -> None:
    """Run ONNX Runtime under its profiler and print the times of its nodes as JSON."""
    import onnxruntime

    from inceptionspec.backends.onnx import onnx_model
    from inceptionspec.bench.request.target import target
    from inceptionspec.bench.workers.data import images, random_weights

    network = load(spec)
    outputs = target(network.graph).outputs
    model = onnx_model(network.graph, random_weights(network.graph), outputs, batch)
    given = images(network.graph, batch).transpose(0, 3, 1, 2).copy()
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder, "onnx"))
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        for _ in range(3 + steps):
            session.run(None, {session.get_inputs()[0].name: given})
        events = json.loads(Path(session.end_profiling()).read_text())
    print(json.dumps(kernel_times(events, steps)))


def tables(
    found: Profile,
    layers: Mapping[str, float],
    outside: Mapping[str, float],
    other: str = "ONNX Runtime",
) -> str:
    """Blocks, then layers by what we take longer."""
    columns = (Column("ms"), Column("ours", True), Column(other, True), Column("x", True))
    groups: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    each = []
    for layer in found.layers:
        pair = (layer.seconds, layers.get(layer.path, 0.0))
        each.append((layer.path, *pair))
        groups[layer.group][0] += pair[0]
        groups[layer.group][1] += pair[1]
    groups["other nodes"] = [found.outside_seconds, sum(outside.values())]
    ours, theirs = (sum(pair[side] for pair in groups.values()) for side in (0, 1))
    blocks = [_row(name, *pair) for name, pair in groups.items()]
    whole = Table("", columns, (*blocks, _row("all", ours, theirs)), ())
    each.sort(key=lambda one: one[2] - one[1])
    worst = Table("", (Column("layers that take us longer"), *columns[1:]),
                  tuple(_row(*one) for one in each[:MOST] if one[1] > one[2]), ())  # fmt: skip
    each.reverse()
    best = Table("", (Column("layers that take them longer"), *columns[1:]),
                 tuple(_row(*one) for one in each[:MOST] if one[1] < one[2]), ())  # fmt: skip
    return "".join(plain(table) for table in (whole, worst, best))


def _row(name: str, ours: float, theirs: float) -> tuple[str, ...]:
    ratio = f"{ours / theirs:.2f}" if theirs else ""
    return name, f"{1e3 * ours:.2f}", f"{1e3 * theirs:.2f}", ratio


def main() -> int:
    """Measure both sides and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("spec")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--engine", choices=ENGINES, default="optimized")
    parser.add_argument("--onednn", choices=("on", "off"))
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--against", choices=ENGINES, help="default: ONNX Runtime")
    parser.add_argument("--onnx", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.onnx:
        onnx_side(given.spec, given.batch, given.steps, given.threads)
        return 0
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(given.threads)
    onednn = None if given.onednn is None else given.onednn == "on"
    network = load(given.spec).loaded
    request = BenchRequest(batch=given.batch, engine=given.engine, steps=given.steps, onednn=onednn)
    found = profile(network, request)
    if given.against is not None:
        request = dataclasses.replace(request, engine=given.against)
        theirs = profile(network, request)
        print(f"{network.name}, batch {given.batch}, {given.threads} threads")
        for name, side in ((given.engine, found), (given.against, theirs)):
            print(f"a step of {name} without a trace: {1e3 * side.step_seconds:.1f} ms")
        times = {layer.path: layer.seconds for layer in theirs.layers}
        print()
        print(tables(found, times, {"": theirs.outside_seconds}, given.against), end="")
        return 0
    command = [sys.executable, __file__, *sys.argv[1:], "--onnx"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    paths = [layer.path for layer in found.layers]
    layers, outside = onnx_layers(paths, json.loads(told.splitlines()[-1]))
    print(f"{network.name}, batch {given.batch}, engine {given.engine}, {given.threads} threads")
    print(f"a step of ours without a trace: {1e3 * found.step_seconds:.1f} ms\n")
    print(tables(found, layers, outside), end="")
    for name, seconds in sorted(outside.items(), key=lambda one: -one[1])[:MOST]:
        print(f"theirs of no layer: {name}  {1e3 * seconds:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
