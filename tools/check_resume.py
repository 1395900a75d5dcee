"""Kill a run at random moments, resume it, and compare its weights with an undisturbed run's.

    python tools/check_resume.py --runs 10 --kills 3

Every kill is a SIGKILL of the whole process some part of a step after a step that a seed draws.
Each run is killed so often on its way, and must end in the bytes of the undisturbed one.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NETWORK = """
spec: 1
name: Small
input: {size: 16x16, channels: 3, preprocessing: {scale: 1/127.5, mean: 1}}
defaults:
  conv: {norm: batch_norm, activation: relu, l2: 1e-4}
  batch_norm: {momentum: 0.9, scale: true}
network:
  - {op: conv, name: Stem, kernel: 3x3, filters: 8, stride: 2}
  - {op: conv, name: Body, kernel: 3x3, filters: 16, stride: 2}
main: Logits
heads:
  Aux:
    from: Stem
    loss_weight: 0.3
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Dense, units: 8}
  Logits:
    from: Body
    loss_weight: 1
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dropout, name: Dropout, rate: 0.3}
      - {op: dense, name: Dense, units: 8}
"""
RECIPE = """
recipe: 1
extends: modern
name: Everything
batch: 16
epochs: {epochs}
schedule: {kind: cosine, rate: 0.5, warmup: {length: 1 epochs, start: 0.01}}
augmentation:
  color: full
  erasing: 0.2
"""
PER_EPOCH = 20


def main() -> None:
    """Run it once undisturbed, then several times with some kills on the way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--kills", type=int, default=3, help="in each run")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    drawn = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        prepare(at, given.steps // PER_EPOCH)
        whole = at / "whole"
        subprocess.run(train_command(at, "whole"), check=True, capture_output=True)
        expected, pace = _digest(whole), _seconds_a_step(whole)
        print(f"undisturbed: {pace:.3f} s a step, digest {expected[:16]}", flush=True)
        wrong = 0
        for number in range(given.runs):
            run = at / "killed"
            command = train_command(at, "killed")
            # A step each, in order, so that every resumed run comes to the next.
            moments = sorted(drawn.sample(range(given.steps - 1), given.kills))
            for step in moments:
                _run_and_kill(command, run, step, drawn.uniform(0, pace))
                command = [*_SPECBUILD, "train", "--resume", str(run), "--save-steps", "7"]
            subprocess.run(command, check=True, capture_output=True)
            same = _digest(run) == expected
            wrong += not same
            told = ", ".join(str(step) for step in moments)
            result = "the same bytes" if same else "OTHER BYTES"
            print(f"run {number + 1}, killed after steps {told}: {result}", flush=True)
            shutil.rmtree(run)
    print(f"{given.runs * given.kills} kills, {wrong} runs with other bytes")
    sys.exit(1 if wrong else 0)


_SPECBUILD = (sys.executable, "-m", "inceptionspec")


def prepare(at: Path, epochs: int) -> None:
    """Write a network, a recipe of some epochs, and data of 20 batches."""
    (at / "small.yaml").write_text(NETWORK)
    (at / "everything.yaml").write_text(RECIPE.replace("{epochs}", str(epochs)))
    make = [sys.executable, str(Path(__file__).with_name("make_data.py")), "shapes"]
    count = PER_EPOCH * 16 * 5 // 4
    subprocess.run(
        [*make, "-o", str(at / "shapes.npz"), "--count", str(count), "--size", "24"], check=True
    )


def train_command(at: Path, name: str) -> list[str]:
    """What trains the network, into a folder."""
    return [
        *_SPECBUILD, "train", str(at / "small.yaml"), "--recipe", str(at / "everything.yaml"),
        "--data", str(at / "shapes.npz"), "--out", str(at / name), "--save-steps", "7",
    ]  # fmt: skip


def _run_and_kill(command: list[str], run: Path, step: int, delay: float) -> None:
    """Kill a run some seconds after it wrote down a step; after its start where that is 0."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
    while _steps(run) < step and process.poll() is None:
        time.sleep(0.001)
    while not (run / "run.json").exists():
        time.sleep(0.001)
    time.sleep(delay)
    if process.poll() is not None:
        raise SystemExit(f"the run ended by itself with {process.returncode}, before step {step}")
    process.kill()
    process.wait()


def _seconds_a_step(run: Path) -> float:
    """From the times of the files of the run's first and last checkpoints."""
    saved = sorted((run / "checkpoints").glob("step-*"))
    first, last = saved[0], saved[-1]
    steps = int(last.stem[5:]) - int(first.stem[5:])
    return (last.stat().st_mtime - first.stat().st_mtime) / steps


def _steps(run: Path) -> int:
    """The last step that a run has written down."""
    journal = run / "journal.jsonl"
    found = re.findall(r'"step": (\d+)', journal.read_text()) if journal.exists() else []
    return int(found[-1]) if found else 0


def _digest(run: Path) -> str:
    """Of the weights that a run yields, and of all its variables at the end."""
    last = max((run / "checkpoints").glob("step-*.safetensors"))
    content = (run / "weights.safetensors").read_bytes() + last.read_bytes()
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()
