"""`specbuild train`, as a user runs it: killed, resumed, interrupted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from commands import SPECBUILD, run, with_signals
from training_runs import NETWORK, digest, write_data

from inceptionspec.training.strategies.cluster import VARIABLE, free_ports, local_cluster, tf_config

RECIPE = """
recipe: 1
name: Short
batch: 8
epochs: 4
optimizer: {kind: sgd, momentum: 0.9}
schedule: {kind: cosine, rate: 0.1}
averaging: {kind: exponential, decay: 0.9}
augmentation: {crop: {area: [0.2, 1], aspect: [3/4, 4/3]}, mirror: true}
"""
TRAIN = ("train", "net.yaml", "--recipe", "r.yaml", "--data", "d.npz", "--save-steps", "3")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.yaml").write_text(NETWORK)
    (tmp_path / "r.yaml").write_text(RECIPE)
    write_data(tmp_path / "d.npz")
    return tmp_path


def ended_at(
    folder: Path, arguments: tuple[str, ...], step: int, number: int, out: Path | None = None
) -> int:
    """Send a signal to a run in ``run`` that has written down a step; how it ended."""
    journal = (out or folder / "run") / "journal.jsonl"
    env = {**os.environ, "COLUMNS": "80"}
    process = subprocess.Popen(
        [SPECBUILD, *arguments],
        cwd=folder,
        env=env,
        stderr=subprocess.PIPE,
        preexec_fn=with_signals,
    )
    while not (journal.exists() and f'"step": {step},' in journal.read_text()):
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(number)
    _, errors = process.communicate(timeout=300)
    if number == signal.SIGINT:
        assert errors.decode().endswith("go on with: specbuild train --resume run\n\ninterrupted\n")
    return process.returncode


def test_a_run_that_was_killed_and_interrupted_ends_in_the_same_bytes(folder: Path) -> None:
    whole = run(*TRAIN, "--out", "whole", cwd=folder)
    assert whole.returncode == 0, whole.stderr
    assert whole.stdout.splitlines()[-1] == "wrote whole/weights.safetensors"
    assert "4/4  loss " in whole.stderr
    assert ended_at(folder, (*TRAIN, "--out", "run"), 5, signal.SIGKILL) == -signal.SIGKILL
    resumed = ("train", "--resume", "run")
    assert ended_at(folder, resumed, 9, signal.SIGINT) == 130
    last = run(*resumed, cwd=folder)
    assert last.returncode == 0, last.stderr
    assert digest(folder / "run") == digest(folder / "whole")
    shown = run("check", "run/spec.yaml", cwd=folder)
    assert shown.returncode == 0, shown.stderr


def test_members_that_never_began_are_trained_when_the_others_go_on(folder: Path) -> None:
    """An ensemble is resumed by its folder, and what is finished stays as it is."""
    several = (*TRAIN, "--members", "2", "--out", "run")
    first = folder / "run" / "member-1"
    assert ended_at(folder, several, 5, signal.SIGINT, first) == 130
    assert not (folder / "run" / "member-2").exists()
    resumed = run("train", "--resume", "run", cwd=folder)
    assert resumed.returncode == 0, resumed.stderr
    assert "member 2 of 2" in resumed.stderr
    digests = [digest(folder / "run" / f"member-{number}") for number in (1, 2)]
    assert digests[0] != digests[1]
    again = run("train", "--resume", "run", cwd=folder)
    assert (again.returncode, again.stdout) == (0, "")


def test_what_is_refused_leaves_no_folder(folder: Path) -> None:
    for arguments, code, words in (
        (("--out", "run", "--set", "classes=5"), 1, "`--set classes=4`"),
        (("--out", "run", "--batch", "64"), 1, "32 pictures to train on"),
        (("--out", "run", "--data-changed"), 2, "is for `--resume`"),
        ((), 2, "`--out` is missing"),
    ):
        found = run(*TRAIN, *arguments, cwd=folder)
        assert (found.returncode, words in found.stderr) == (code, True), found.stderr
        assert not (folder / "run").exists()
    found = run("train", "--resume", ".", cwd=folder)
    assert (found.returncode, "is not the folder of a run" in found.stderr) == (2, True)


@pytest.mark.parametrize("rank", [0, 1])
def test_a_port_that_is_taken_is_told_before_anything_is_written(folder: Path, rank: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = free_ports(1)
        ports.insert(rank, taken.getsockname()[1])
        config = tf_config(local_cluster(ports, rank))
        found = run(*TRAIN, "--out", "run", cwd=folder, **{VARIABLE: config})
    assert found.returncode == 2
    message = f"error[E0922]: port {ports[rank]} cannot be used by worker {rank}: address already"
    assert found.stderr.startswith(message), found.stderr
    assert not (folder / "run").exists()
