"""Time importing large models from `.keras` files, without TensorFlow.

    python tools/bench_import.py [NAME ...]

Keras saves each model first, in a process of its own. Then `specbuild import`, a new process each
time, writes the spec and the weights; the table has the processor time of the fastest of three,
start included. Exits with 1 if one takes longer than its bound, or imports TensorFlow.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

#: The seconds that each may take.
BOUNDS = {"InceptionV3": 3.0, "EfficientNetB7": 20.0, "NASNetLarge": 20.0}
ROUNDS = 3
_SAVE = """
import sys, keras
getattr(keras.applications, sys.argv[1])(weights=None).save(sys.argv[2])
"""
_IMPORT = """
import sys
from inceptionspec.cli.program import run
code = run(sys.argv[1:])
assert not {"tensorflow", "keras"} & set(sys.modules), "TensorFlow was imported"
sys.exit(code)
"""


def main(names: list[str]) -> int:
    """Measure and print; 1 if a bound does not hold."""
    held = True
    print(f"{'model':<18}{'MB':>6}{'spec, s':>9}{'with weights, s':>17}{'bound, s':>10}")
    for name in names or list(BOUNDS):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.keras"
            environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
            subprocess.run(
                [sys.executable, "-c", _SAVE, name, file],
                check=True, env=environment, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            words = ["import", str(file), "-o", f"{folder}/a.yaml"]
            alone = _seconds(words)
            both = _seconds([*words, "--weights", f"{folder}/a.safetensors"])
            size = file.stat().st_size / 1e6
        held = held and both <= BOUNDS[name]
        print(f"{name:<18}{size:>6.0f}{alone:>9.2f}{both:>17.2f}{BOUNDS[name]:>10.0f}", flush=True)
    return 0 if held else 1


def _seconds(words: list[str]) -> float:
    """The least processor time of a command line, which one thread takes."""
    times = []
    for _ in range(ROUNDS):
        before = os.times()
        subprocess.run(
            [sys.executable, "-c", _IMPORT, *words], check=True, stdout=subprocess.DEVNULL
        )
        after = os.times()
        user = after.children_user - before.children_user
        times.append(user + after.children_system - before.children_system)
    return min(times)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
