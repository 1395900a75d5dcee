"""The worker: its protocol in this process, and a real one at work on a tiny network."""

from __future__ import annotations

import io
import itertools
import json
import os
import signal
import time
from typing import Any

import pytest
from support import loaded as load

from inceptionspec import SpecError
from inceptionspec.bench import prepare as preparing
from inceptionspec.bench.prepared_step import PreparedStep
from inceptionspec.bench.process import Process, WorkerError
from inceptionspec.bench.protocol import finding_data, finding_of
from inceptionspec.bench.request import BenchRequest
from inceptionspec.bench.serialized_spec import packed, unpacked
from inceptionspec.bench.worker import REQUESTS, serve
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.load import LoadedSpec


def answers(*requests: dict[str, Any]) -> list[dict[str, Any]]:
    told = io.StringIO()
    serve(io.StringIO("".join(json.dumps(one) + "\n" for one in requests)), told)
    return [json.loads(line) for line in told.getvalue().splitlines()]


@pytest.fixture
def job(network: LoadedSpec) -> dict[str, Any]:
    return {"do": "prepare", "job": BenchRequest(batch=1, mode="analyze").job(network).data()}


def test_a_network_travels_as_text() -> None:
    network = load("inception_v1", classes=7, input="128x96", width=0.5, head="Logits")
    read = unpacked(json.loads(json.dumps(packed(network))))
    assert read.digests == network.digests
    assert read.source.name == network.source.name


def test_steps_are_told_several_at_a_time(
    job: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = itertools.count()
    prepared = PreparedStep(lambda: next(calls), 0.25, facts={"a": "b"})
    monkeypatch.setattr(preparing, "prepare", lambda job: prepared)
    ready, first, one, *rest = answers(
        job,
        {"do": "first"},
        {"do": "warm", "steps": 3},
        {"do": "run", "steps": 1000, "seconds": 0.0},
        {"do": "peak"},
    )
    assert (ready["is"], ready["trace_seconds"], ready["facts"]) == ("ready", 0.25, {"a": "b"})
    assert ready["outputs"] is False
    assert (first["is"], len(first["seconds"]), one) == ("durations", 1, {"is": "done"})
    warmed = next(answer for answer in rest if "steady" in answer)
    assert (warmed["steps"], warmed["steady"]) == (3, None)
    told = [answer["seconds"] for answer in rest if answer["is"] == "durations"]
    assert len(told[0]) == 3
    assert sum(map(len, told)) == 1003
    assert len(told) < 20
    assert next(calls) == 1004
    assert rest[-1]["is"] == "done"


def test_findings_end_a_worker(job: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    finding = Diagnostic("E0704", "it is not there", Label(Source("x").whole(), "y"), helps=("z",))

    def missing(job: Any) -> Any:
        raise SpecError([finding])

    monkeypatch.setattr(preparing, "prepare", missing)
    [failed] = answers(job, {"do": "first"})
    assert failed["is"] == "failed"
    back = finding_of(failed["findings"][0])
    assert finding_data(back) == finding_data(finding)


def test_a_bug_in_a_worker_is_told(job: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(job: Any) -> Any:
        raise ValueError("no")

    monkeypatch.setattr(preparing, "prepare", broken)
    [failed] = answers(job)
    assert (failed["kind"], failed["message"]) == ("ValueError", "no")
    assert "Traceback" in failed["traceback"]


def test_the_protocol_names_every_request() -> None:
    from inceptionspec.bench import protocol

    assert protocol.__doc__ is not None
    for name in REQUESTS:
        assert f'{{"do": "{name}"' in protocol.__doc__


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
    assert finding.message == "the benchmark's worker process was ended by SIGKILL at `first`"
    assert finding.helps == ("the system may have run out of memory: use a smaller `--batch`",)


def test_a_worker_that_fails_is_a_bug(network: LoadedSpec) -> None:
    bug = pytest.raises(WorkerError, match="KeyError in a worker: 'job'")
    with Process() as process, bug as caught:
        process.ask({"do": "prepare"})
    assert "Traceback" in caught.value.__notes__[0]


def test_a_deadline_ends_a_worker(network: LoadedSpec) -> None:
    start = time.monotonic()
    with Process() as process:
        process.prepare(BenchRequest(mode="analyze").job(network))
        with pytest.raises(TimeoutError), process.deadline(0.2):
            process.run(10**9, lambda one: None)
    assert time.monotonic() - start < 20


def test_a_worker_ends_with_its_parent(network: LoadedSpec) -> None:
    process = Process()
    try:
        process.prepare(BenchRequest(mode="analyze").job(network))
        assert process._process.stdin is not None
        process._process.stdin.close()
        assert process._process.wait(20) == 0
    finally:
        process.end()
