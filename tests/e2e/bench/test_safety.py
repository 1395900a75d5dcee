"""What a benchmark leaves alone, and what it leaves behind: nothing, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import with_signals

SPECBUILD = Path(sys.executable).with_name("specbuild")
TINY = """\
spec: 1
name: Tiny
input: {size: 8x8}
network: [{op: conv, kernel: 1, filters: 4}]
"""
SECONDS = 60
"""How long a test waits for what must happen; a busy machine may need some of it."""


def test_nothing_that_a_repository_names_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "spec.yaml").write_text(TINY)

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        done = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "-q")
    git("add", "spec.yaml")
    git("commit", "-qm", "x")
    (repository / ".gitattributes").write_text("*.yaml filter=evil\n")
    git("config", "filter.evil.clean", f"sh -c 'echo filter >> {marker}; cat'")
    git("config", "core.fsmonitor", f"sh -c 'echo monitor >> {marker}'")
    hook = repository / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho hook >> {marker}\n")
    hook.chmod(0o755)
    head = (repository / ".git" / "HEAD").read_text().partition(": ")[2].strip()
    commit = (repository / ".git" / head).read_text().strip()
    (repository / "spec.yaml").write_text(TINY + "# changed\n")

    command = [SPECBUILD, "bench", "spec.yaml", "--mode", "analyze", "--steps", "1"]
    done = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True)
    assert not marker.exists()
    assert f"commit           {commit[:12]}, HEAD of the spec's repository\n" in done.stdout
    git("status", "--porcelain")
    assert marker.exists()  # else the trap would not have caught anybody


def children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for child in task.read_text().split()
    ]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(fact, what: str) -> None:
    ends = time.monotonic() + SECONDS
    while not fact():
        assert time.monotonic() < ends, what
        time.sleep(0.02)


def start(folder: Path, *arguments: str, code: str | None = None) -> subprocess.Popen[str]:
    (folder / "temporary").mkdir()
    command = [SPECBUILD, *arguments] if code is None else [sys.executable, "-c", code]
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "temporary")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=with_signals,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"])
def test_workers_end_with_their_parent(tmp_path: Path, name: str) -> None:
    (tmp_path / "spec.yaml").write_text(TINY)
    arguments = ["bench", "spec.yaml", "--mode", "analyze", "--steps", "1000000"]
    with start(tmp_path, *arguments) as process:
        assert process.stderr is not None
        assert any(line == "steps ...\n" for line in process.stderr)
        workers = children(process.pid)
        assert len(workers) == 1
        assert len(list((tmp_path / "temporary").iterdir())) == 1
        process.send_signal(getattr(signal, name))
        process.communicate(timeout=SECONDS)
        wait_until(lambda: not any(map(alive, workers)), "a worker lives on")
    wait_until(lambda: not list((tmp_path / "temporary").iterdir()), "a temporary folder is left")


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_the_measurement_of_peaks_ends_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import os, sys, tempfile\n"
        "from inceptionspec.bench.machine import child\n"
        "with tempfile.TemporaryFile() as errors:\n"
        "    started = child.start_child('inceptionspec.bench.machine.numpy_peaks', '1',\n"
        "                                environment=os.environ, errors=errors)\n"
        "    print(started.pid, flush=True)\n"
        "    started.wait()\n"
    )
    with start(tmp_path, code=code) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.terminate()
        process.wait(SECONDS)
        wait_until(lambda: not alive(worker), "the measurement goes on")
