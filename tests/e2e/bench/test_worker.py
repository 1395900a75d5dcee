"""The worker: its protocol in this process, and a real one at work on a tiny network."""

from __future__ import annotations

import os
import signal

import pytest

from inceptionspec import SpecError
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.workers.process import Process, WorkerError
from inceptionspec.frontend.load import LoadedSpec


def test_a_real_worker_without_tensorflow(network: LoadedSpec) -> None:
    with Process() as process:
        ready = process.prepare(BenchRequest(mode="analyze").job(network))
        assert ready["trace_seconds"] is None
        assert process.first() > 0
        heard: list[float] = []
        process.run(3, heard.append)
        assert len(heard) == 3
        peak = process.peak_bytes()
        assert peak is None or peak < 100 << 20
    assert not os.path.exists(f"/proc/{process.pid}/stat") or process._process.poll() is not None


def test_a_worker_that_is_killed_is_told_of(network: LoadedSpec) -> None:
    with Process() as process:
        process.prepare(BenchRequest(mode="analyze").job(network))
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(SpecError) as caught:
            process.first()
    [finding] = caught.value.findings
    assert finding.code == "E0707"
    assert (
        finding.message == "the benchmark's worker process was ended by SIGKILL in the first step"
    )
    assert finding.helps == ("the system may have run out of memory: use a smaller `--batch`",)


def test_a_worker_that_fails_is_a_bug(network: LoadedSpec) -> None:
    bug = pytest.raises(WorkerError, match="KeyError in a worker: 'job'")
    with Process() as process, bug as caught:
        process.ask({"do": "prepare"})
    assert "Traceback" in caught.value.__notes__[0]


def test_a_deadline_ends_a_worker(network: LoadedSpec) -> None:
    with Process() as process:
        process.prepare(BenchRequest(mode="analyze").job(network))
        with pytest.raises(TimeoutError), process.deadline(0.2):
            process.run(10**9, lambda one: None)  # which would take days


def test_a_worker_ends_with_its_parent(network: LoadedSpec) -> None:
    process = Process()
    try:
        process.prepare(BenchRequest(mode="analyze").job(network))
        assert process._process.stdin is not None
        process._process.stdin.close()
        assert process._process.wait(20) == 0
    finally:
        process.end()
