"""Workers that share every batch: the losses of one, and what happens when one is gone."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import SPECBUILD, with_signals
from training_runs import NETWORK, write_data

import inceptionspec
from inceptionspec.diagnostics.source import Source
from inceptionspec.training.loop import Moment
from inceptionspec.training.run import Settings, new_run, open_run
from inceptionspec.training.strategies.cluster import VARIABLE, free_ports, local_cluster, tf_config
from inceptionspec.training.train import train

#: Dropout, mixed images, and all that is a sum over the batch: 400 steps, of which 20 count.
RECIPE = """
recipe: 1
name: Shared
batch: 8
epochs: 100
optimizer: {kind: sgd, momentum: 0.9}
schedule: {kind: constant, rate: 0.05}
clip: {kind: global_norm, at: 1}
averaging: {kind: exponential, decay: 0.9}
augmentation: {mirror: true, mixup: 0.2}
"""
STEPS = 20
TRAIN = ("train", "net.yaml", "--recipe", "r.yaml", "--data", "d.npz", "--save-steps", "5")


class EnoughError(Exception):
    """The run went far enough."""


def until(step: int) -> Callable[[Moment], None]:
    def watch(moment: Moment) -> None:
        if moment.step >= step:
            raise EnoughError

    return watch


def losses(run: Path) -> list[dict[str, float]]:
    file = run / "journal.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    found = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:  # it is being written
            break
        if record["kind"] == "train":
            keys = ("loss", "loss/Aux", "loss/Logits", "regularization")
            found.append({key: record[key] for key in keys})
    return found


def wait_for(run: Path, step: int, process: subprocess.Popen[str]) -> None:
    while len(losses(run)) < step:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def started(folder: Path, *arguments: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [SPECBUILD, *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "CUDA_VISIBLE_DEVICES": "-1", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=with_signals,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of runs, and one that a process alone began."""
    at = tmp_path_factory.mktemp("workers")
    (at / "net.yaml").write_text(NETWORK)
    (at / "r.yaml").write_text(RECIPE)
    data = write_data(at / "d.npz")
    loaded = inceptionspec.load(str(at / "net.yaml")).loaded
    run = new_run(loaded, Source("r.yaml", RECIPE), Settings(str(data)), str(at / "one"))
    with pytest.raises(EnoughError):
        train(run, watch=until(3 * STEPS))
    return at


@pytest.fixture(scope="module")
def three(folder: Path) -> tuple[Path, int, str]:
    """A run of three workers that Ctrl-C ended: shares of two and three images."""
    run = folder / "three"
    process = started(folder, *TRAIN, "--out", "three", "--workers", "3")
    wait_for(run, STEPS + 1, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    return run, process.returncode, errors


def test_three_workers_have_the_losses_of_one(folder: Path, three: Any) -> None:
    """Though all of them measured a step before the first, and undid it."""
    run, _, errors = three
    assert re.search(r"^400 steps of \S+ s, as measured", errors, re.MULTILINE), errors
    pairs = list(zip(losses(folder / "one")[:STEPS], losses(run)[:STEPS], strict=True))
    assert len(pairs) == STEPS
    assert max(abs(one[key] - two[key]) for one, two in pairs for key in one) < 1e-6


def test_ctrl_c_lets_all_workers_finish_the_step_and_saves(three: Any) -> None:
    run, code, errors = three
    assert code == 130, errors
    assert "3 workers on this machine; their messages are in three/workers" in errors
    assert errors.endswith("go on with: specbuild train --resume three\n\ninterrupted\n")
    saved = max(int(file.stem[5:]) for file in (run / "checkpoints").glob("step-*"))
    assert saved == len(losses(run))
    names = {entry.name for entry in (run / "workers").iterdir()}
    assert names == {f"worker-{rank}.log" for rank in range(3)}


def test_two_machines_go_on_after_three_workers_and_end_when_one_is_gone(
    folder: Path, three: Any
) -> None:
    """As on two machines: nobody but the workers watches them. Then one goes on after two."""
    run, _, _ = three
    before = len(losses(run))
    ports = free_ports(2)
    resume = ("train", "--resume", "three", "--save-steps", "5")
    first, second = (
        started(folder, *resume, **{VARIABLE: tf_config(local_cluster(ports, rank))})
        for rank in range(2)
    )
    wait_for(run, before + 6, first)
    second.kill()
    _, errors = first.communicate(timeout=60)
    second.communicate(timeout=60)
    assert first.returncode == 1, errors
    assert "worker 0 of 2, the chief" in errors
    assert re.search(r"error\[E0920\]: (worker 1 \(127|another worker)", errors), errors
    told = " ".join(errors.split())
    found = re.search(
        r"the checkpoint of step (\d+) is whole: `specbuild train --resume three`", told
    )
    assert found is not None, errors
    assert int(found[1]) > before
    assert [file for file in (run / "checkpoints").iterdir() if file.name.startswith(".")] == []
    with pytest.raises(EnoughError):
        train(open_run(str(run)), watch=until(len(losses(run)) + 1))
    compared = min(len(losses(run)), len(losses(folder / "one")))
    pairs = zip(losses(run)[:compared], losses(folder / "one")[:compared], strict=True)
    # Rounding of another order of sums, over more steps.
    assert max(abs(one["loss"] - two["loss"]) for one, two in pairs) < 1e-4
