"""Kill a run at random moments, resume it, and compare its weights with an undisturbed run's.

    python tools/check_resume.py --kills 30 --steps 60

Every kill is a SIGKILL of a whole process at a moment that a seed decides, from the start of the
first step on; each resumed run must end in the bytes of the undisturbed one.
"""

from __future__ import annotations

import argparse
import hashlib
import random
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
    """Run it once undisturbed, then once for each kill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    drawn = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        _prepare(at, given.steps // PER_EPOCH)
        begun = time.monotonic()
        _run(at, "whole")
        longest = time.monotonic() - begun
        whole = _digest(at / "whole")
        print(f"undisturbed: {longest:.1f} s, weights {whole[:16]}", flush=True)
        first = _first_step(at)
        wrong = 0
        for number in range(given.kills):
            moment = drawn.uniform(first, longest)
            run = at / "killed"
            process = _started(at, "killed")
            time.sleep(moment)
            ended = process.poll() is not None
            process.kill()
            process.wait()
            steps = _steps(run)
            subprocess.run([*_SPECBUILD, "train", "--resume", run], check=True, capture_output=True)
            same = _digest(run) == whole
            wrong += not same
            how = "had ended" if ended else f"killed after step {steps}"
            result = "same bytes" if same else "OTHER BYTES"
            print(f"{number + 1:2}: after {moment:4.1f} s {how}: {result}", flush=True)
            shutil.rmtree(run)
    sys.exit(1 if wrong else 0)


_SPECBUILD = (sys.executable, "-m", "inceptionspec")


def _prepare(at: Path, epochs: int) -> None:
    (at / "small.yaml").write_text(NETWORK)
    (at / "everything.yaml").write_text(RECIPE.replace("{epochs}", str(epochs)))
    make = [sys.executable, Path(__file__).with_name("make_data.py"), "shapes"]
    count = PER_EPOCH * 16 * 5 // 4
    subprocess.run(
        [*make, "-o", at / "shapes.npz", "--count", str(count), "--size", "24"], check=True
    )


def _command(at: Path, name: str) -> list[str]:
    return [
        *_SPECBUILD, "train", str(at / "small.yaml"), "--recipe", str(at / "everything.yaml"),
        "--data", str(at / "shapes.npz"), "--out", str(at / name), "--save-steps", "7",
    ]  # fmt: skip


def _run(at: Path, name: str) -> None:
    subprocess.run(_command(at, name), check=True, capture_output=True)


def _started(at: Path, name: str) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(_command(at, name), stdout=quiet, stderr=quiet)


def _first_step(at: Path) -> float:
    """Seconds until the first step is over."""
    begun = time.monotonic()
    process = _started(at, "first")
    while not _steps(at / "first") and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    process.wait()
    return time.monotonic() - begun


def _steps(run: Path) -> int:
    """Steps that a run has written down."""
    journal = run / "journal.jsonl"
    return journal.read_text().count('"train"') if journal.exists() else 0


def _digest(run: Path) -> str:
    """Of the weights that a run yields, and of all its variables at the end."""
    last = max((run / "checkpoints").glob("step-*.safetensors"))
    content = (run / "weights.safetensors").read_bytes() + last.read_bytes()
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()
