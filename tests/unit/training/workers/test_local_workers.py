"""What the parent of local workers makes of what they say, and of how they end."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from inceptionspec.bench.workers.protocol import finding_data
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.source import external
from inceptionspec.training.forecast import Forecast
from inceptionspec.training.workers import local_workers
from inceptionspec.training.workers.local_workers import _Watch, _Worker


class Process:
    """Says its lines and ends with a code; one without a code ends when it is killed."""

    def __init__(self, code: int | None, *messages: dict[str, Any]) -> None:
        self.pid = 12
        self.returncode = code
        self.stdout = self._lines(messages)
        self._killed = threading.Event()

    def _lines(self, messages: tuple[dict[str, Any], ...]) -> Iterator[str]:
        yield from (json.dumps(one) for one in messages)
        if self.returncode is None:
            self._killed.wait(60)

    def wait(self) -> None:
        pass

    def kill(self) -> None:
        self.returncode = -signal.SIGKILL
        self._killed.set()


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_workers, "GRACE_SECONDS", 0.0)


def watched(folder: Path, *processes: Process) -> tuple[list[_Worker], list[Any]]:
    """Listen until all have ended; the workers, and what was told."""
    workers: list[_Worker] = []
    for rank, process in enumerate(processes):
        log = folder / f"worker-{rank}.log"
        log.write_text("first\nlast\n")
        workers.append(_Worker(rank, process, log))  # type: ignore[arg-type]
    run: Any = SimpleNamespace(folder=folder, place=external("--out run"))
    told: list[Any] = []
    _Watch(run, workers, told.append, told.append).until_all_ended()
    return workers, told


def test_what_the_chief_tells_is_passed_on(tmp_path: Path) -> None:
    forecast = {"is": "forecast", "forecast": {"steps": 4, "seconds_per_step": 0.5}}
    done = {"is": "done", "steps": 4}
    workers, told = watched(tmp_path, Process(0, forecast, done), Process(0, done))
    assert told == [Forecast(4, 0.5)]
    assert [one.last for one in workers] == [done, done]


def test_one_that_is_killed_ends_the_others(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "step-000000005.safetensors").touch()
    chief = Process(None)
    with pytest.raises(SpecError) as caught:
        watched(tmp_path, chief, Process(-signal.SIGKILL))
    assert chief.returncode == -signal.SIGKILL
    (found,) = caught.value.findings
    assert found.code == "E0920"
    told = "worker 1 (process 12) was ended by SIGKILL; the others were stopped"
    assert found.message == told
    assert found.helps[0].startswith("the checkpoint of step 5 is whole: `specbuild train --resume")


def test_what_a_worker_found_is_told_and_not_that_others_miss_it(tmp_path: Path) -> None:
    failed = [
        {"is": "failed", "findings": [finding_data(one) for one in error.findings]}
        for error in (
            spec_error("E0920", "worker 1 ended", external("worker 0 of 2")),
            spec_error("E0914", "step 4: `First` yields", external("--out run")),
        )
    ]
    with pytest.raises(SpecError) as caught:
        watched(tmp_path, Process(1, failed[0]), Process(1, failed[1]))
    assert [one.code for one in caught.value.findings] == ["E0914"]


def test_one_that_ends_without_a_word_is_told_with_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        watched(tmp_path, Process(None), Process(70))
    (found,) = caught.value.findings
    assert "worker 1 (process 12) ended with 70" in found.message
    assert found.helps[0] == "no checkpoint was written yet: remove the folder, and start again"
    assert found.notes == ("it printed last: last",)
