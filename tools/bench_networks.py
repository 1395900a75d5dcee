"""Measure every built-in network against other frameworks, for docs/performance.md.

    python tools/bench_networks.py [NAME ...] [--batch N[,N...]] [--pairs N] [--max-seconds N]

Each row is one `specbuild bench --compare` of the rewritten network with oneDNN, in two
processes that take turns: against ONNX Runtime with the same weights, and against
`keras.applications` if it has the network. Prints a Markdown table, row by row: the other's time
over ours, the median of the pairs with a bootstrap 95 % interval, and the peak of resident
memory of each process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inceptionspec.frontend.reading.spec_files import builtin_names

SPECBUILD = (str(Path(sys.executable).parent / "specbuild"), "bench")
OURS = ("--engine", "optimized", "--onednn", "on")
#: What `keras.applications` calls the networks that it has.
APPLICATIONS = {
    "inception_resnet_v2_keras": "InceptionResNetV2",
    "inception_v3_keras": "InceptionV3",
    "mobilenet_v2": "MobileNetV2",
    "resnet50": "ResNet50",
    "vgg16": "VGG16",
    "xception": "Xception",
}
HEADER = """\
| network | batch | against | ratio | 95 % interval | pairs | MiB, ours | MiB, the other's |
|---|---:|---|---:|---:|---:|---:|---:|"""


def rivals(name: str) -> Iterator[tuple[str, str]]:
    """What a network is measured against: as the option says it, and as the table does."""
    if name in APPLICATIONS:
        yield f"keras:{APPLICATIONS[name]}", "keras.applications"
    yield "onnxruntime", "ONNX Runtime"


def measured(name: str, batch: int, opponent: str, arguments: argparse.Namespace) -> str:
    """The last five cells of a row, or what the benchmark said instead."""
    command = (
        *SPECBUILD, name, *OURS, "--compare", opponent, "--batch", str(batch),
        "--pairs", str(arguments.pairs), "--max-seconds", str(arguments.max_seconds),
        "--burn-in", "3", "--format", "json",
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        return f"not measured: {said[0] if said else f'ended with {done.returncode}'} | | | | |"
    record: dict[str, Any] = json.loads(done.stdout)
    found = record["comparison"]
    peaks = (f"{run['peak_bytes'] / 2**20:,.0f}" for run in record["runs"])
    interval = f"{found['low']:.2f} to {found['high']:.2f}"
    return " | ".join([f"{found['value']:.2f}", interval, str(found["pairs"]), *peaks]) + " |"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="all built-in networks unless given"
    )
    parser.add_argument("--batch", default="1,32", help="batch sizes (default: 1,32)")
    parser.add_argument("--pairs", type=int, default=20, help="at least this many (default: 20)")
    parser.add_argument(
        "--max-seconds", type=float, default=120.0, help="of each row's pairs (default: 120)"
    )
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(builtin_names())
    if unknown:
        parser.error(f"there is no built-in network '{min(unknown)}'")
    print(HEADER, flush=True)
    for name in arguments.names or builtin_names():
        for batch in map(int, arguments.batch.split(",")):
            for opponent, shown in rivals(name):
                cells = measured(name, batch, opponent, arguments)
                print(f"| {name} | {batch} | {shown} | {cells}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
