"""The peak of memory of short runs, against what is predicted from the graph.

python tools/measure_training_memory.py inception_v1 mobilenet_v2 --batches 8 32
python tools/measure_training_memory.py resnet50 --input 128x128 --batches 8 32

Each is a process of its own, of two steps after the two that are measured, with a checkpoint after
each.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import inceptionspec
from inceptionspec.diagnostics.source import Source
from inceptionspec.training.fitting import fit
from inceptionspec.training.memory import memory_of_training
from inceptionspec.training.recipes.load import load_recipe

_MIB = 1 << 20
RECIPE = "recipe: 1\nextends: inception_v3_2015\nname: Short\nscaling: {rate: none}\n"


def main() -> None:
    """Measure each network at each batch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="+")
    parser.add_argument("--batches", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--input", help="of another size, as `specbuild train --input`")
    parser.add_argument("--width", type=float, help="as `specbuild train --width`")
    given = parser.parse_args()
    settings = {"input": given.input, "width": given.width}
    asked = {name: value for name, value in settings.items() if value is not None}
    for name in given.networks:
        for batch in given.batches:
            text = f"{RECIPE}batch: {batch}\nepochs: 2\nschedule: {{kind: constant, rate: 1e-4}}\n"
            recipe = load_recipe(Source("short.yaml", text))
            network = inceptionspec.load(name, classes=8, **asked)
            predicted = memory_of_training(fit(recipe, network.graph)).of(batch) / _MIB
            shape = network.graph.nodes[0].shape
            options = [f"--{key}={value}" for key, value in asked.items()]
            measured = _peak([name, *options], shape, batch, text) / _MIB
            print(
                f"{name:20} {shape[0]}x{shape[1]} batch {batch:3}: "
                f"predicted {predicted:7,.0f} MiB, measured {measured:7,.0f} MiB, "
                f"{predicted / measured - 1:+.1%}",
                flush=True,
            )


def _peak(network: list[str], shape: tuple[int | None, ...], batch: int, recipe: str) -> int:
    """Bytes of resident memory of a run of two epochs of one step."""
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        pictures = np.random.default_rng(0).integers(0, 256, (batch, *shape), dtype=np.uint8)
        np.savez(at / "d.npz", x_train=pictures, y_train=np.arange(batch) % 8)
        (at / "short.yaml").write_text(recipe)
        command = [
            sys.executable, "-m", "inceptionspec", "train", *network, "--set", "classes=8",
            "--recipe", str(at / "short.yaml"), "--data", str(at / "d.npz"), "--validation", "0",
            "--out", str(at / "run"),
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stderr is not None
        told = process.stderr.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{network[0]} at batch {batch} failed:\n{told}")
        return used.ru_maxrss * 1024


if __name__ == "__main__":
    main()
