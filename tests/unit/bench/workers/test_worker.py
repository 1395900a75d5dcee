"""The worker's protocol, spoken in this process."""

from __future__ import annotations

import io
import itertools
import json
from typing import Any

import pytest
from support import loaded as load

from inceptionspec import SpecError
from inceptionspec.bench.request.job import deserialize_spec, serialize_spec
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.workers import prepare as preparing
from inceptionspec.bench.workers.protocol import finding_data, finding_of
from inceptionspec.bench.workers.steps.step import PreparedStep
from inceptionspec.bench.workers.worker import REQUESTS, serve
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
    read = deserialize_spec(json.loads(json.dumps(serialize_spec(network))))
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
    from inceptionspec.bench.workers import protocol

    assert protocol.__doc__ is not None
    assert protocol.WHILE.keys() == REQUESTS.keys()
    for name in REQUESTS:
        assert f'{{"do": "{name}"' in protocol.__doc__
