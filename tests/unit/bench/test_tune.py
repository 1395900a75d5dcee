"""The search for the quickest engine, and what is remembered of it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import fake

from inceptionspec import SpecError
from inceptionspec.bench import tune as module
from inceptionspec.bench.compare import PairedRun
from inceptionspec.bench.records import tuning_cache
from inceptionspec.bench.records.record import tuning_record
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.tune import MIN_PAIRS, Candidate, Tuned, candidates_of, tune
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.reports.bench.tune_text import tuning_text

SECONDS = {"graph": 1.0, "optimized": 0.8, "xla": 0.5}


def times(job: Job) -> Iterator[float]:
    return itertools.repeat(SECONDS[job.engine])


class Search(fake(times)):  # type: ignore[misc]
    """Workers in which oneDNN saves a fifth, and XLA does not work with it."""

    def prepare(self, job: Job) -> dict[str, Any]:
        ready: dict[str, Any] = super().prepare(job)
        onednn = self.environment["TF_ENABLE_ONEDNN_OPTS"] == "1"
        if onednn and job.engine == "xla":
            place = Label(Source("worker").whole())
            raise SpecError([Diagnostic("E0707", "the worker was ended by SIGKILL", place)])
        if onednn:
            self.taken = itertools.repeat(SECONDS[job.engine] * 0.8)
        return ready


@pytest.fixture
def found(network: LoadedSpec, monkeypatch: pytest.MonkeyPatch) -> Tuned:
    monkeypatch.setattr(module, "Process", Search)
    return tune(network, BenchRequest(batch=1))


def test_every_candidate_is_held_against_the_plain_graph(found: Tuned) -> None:
    assert {one.candidate for one in found.trials} == set(candidates_of("forward"))
    ratios = {str(one.candidate): one.ratio and round(one.ratio.value, 3) for one in found.trials}
    assert ratios == {
        "graph, oneDNN off": 1.0,
        "graph, oneDNN on": 1.25,
        "optimized, oneDNN off": 1.25,
        "optimized, oneDNN on": 1.562,
        "xla, oneDNN off": 2.0,
        "xla, oneDNN on": None,
    }
    assert found.winner.candidate == Candidate("xla", False)
    assert Search.live == 0


def test_a_noisy_search_says_so(found: Tuned) -> None:
    noisy = dataclasses.replace(found, noise=("others were at work",))
    assert "  noise            others were at work" in tuning_text(noisy, "").splitlines()
    assert tuning_record(noisy)["tuning"]["noise"] == ["others were at work"]


def test_text_and_record(found: Tuned) -> None:
    text = tuning_text(found, "kept")
    lines = text.splitlines()
    assert lines[4].split()[:4] == ["xla", "off", "0.5000", "2.000"]
    assert "xla, oneDNN on: the worker was ended by SIGKILL" in lines
    assert "xla, oneDNN off wins: 2.000 times as fast as graph, oneDNN off" in text
    data = json.loads(json.dumps(tuning_record(found)))
    assert data["tuning"]["trials"][0]["engine"] == "xla"
    assert data["tuning"]["trials"][-1]["failure"] == "the worker was ended by SIGKILL"


def test_training_is_tuned_among_the_engines_that_train() -> None:
    assert {one.engine for one in candidates_of("train-step")} == {"keras", "xla"}
    assert candidates_of("train-step")[0] == Candidate("keras", False)


@pytest.mark.parametrize("mode", ["build", "analyze"])
def test_a_mode_without_an_engine_is_not_tuned(network: LoadedSpec, mode: str) -> None:
    with pytest.raises(SpecError, match="there is nothing to tune") as caught:
        tune(network, BenchRequest(mode=mode))
    assert caught.value.exit_code == 2


def test_candidates_without_time_are_left_out(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Process", Search)
    with pytest.raises(SpecError) as caught:
        tune(network, BenchRequest(batch=1), max_seconds=0.0)
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == (
        "E0805",
        "no engine was ready within 0 s, so there is nothing to choose from",
    )


def test_a_candidate_with_few_pairs_is_left_out(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Process", Search)

    def run(self: PairedRun, pairs: int, max_seconds: float, tell: Any) -> None:
        few = self.first.side.startswith("xla")
        self.ratios = [1.25] * (MIN_PAIRS - 1 if few else MIN_PAIRS)
        self.first.durations, self.second.durations = [1.0], [1.25]

    monkeypatch.setattr(PairedRun, "run", run)
    found = tune(network, BenchRequest(batch=1))
    failures = {str(one.candidate): one.failure for one in found.trials if one.failure}
    assert re.fullmatch("4 pairs in its [0-9]+ s are too few", failures["xla, oneDNN off"])
    assert found.winner.candidate.engine != "xla"


def test_ctrl_c_keeps_what_was_tried(network: LoadedSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut(Search):
        def prepare(self, job: Job) -> dict[str, Any]:
            if job.engine == "xla":
                raise KeyboardInterrupt
            return super().prepare(job)

    monkeypatch.setattr(module, "Process", Cut)
    cut = tune(network, BenchRequest(batch=1))
    assert cut.interrupted
    assert cut.winner.candidate == Candidate("optimized", True)
    assert "(interrupted)" in tuning_text(cut, "")


def test_what_won_is_remembered(found: Tuned, network: LoadedSpec, tmp_path: Path) -> None:
    file = tmp_path / "new" / "tuned.json"
    wanted = tuning_cache.cache_key(network, BenchRequest(batch=1))
    assert tuning_cache.look_up(wanted, file) == tuning_cache.Lookup(None)
    tuning_cache.store(wanted, found, file)
    choice = tuning_cache.look_up(wanted, file).choice
    assert choice is not None
    assert (choice.engine, choice.onednn, choice.ratio) == ("xla", False, 2.0)
    other = tuning_cache.cache_key(network, BenchRequest(batch=2))
    assert tuning_cache.look_up(other, file).choice is None
    tuning_cache.store(other, found, file)
    tuning_cache.store(wanted, found, file)
    assert len(json.loads(file.read_text())["choices"]) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": "inceptionspec.tuned/0", "choices": []}',
        '{"schema": "inceptionspec.tuned/1", "choices": [{}]}',
        '{"schema": "inceptionspec.tuned/1", "choices": [{"key": {}, "choice": {"engine": 1}}]}',
        "[" * 100_000,
    ],
)
def test_a_broken_file_is_left_out_with_a_note(
    text: str, network: LoadedSpec, found: Tuned, tmp_path: Path
) -> None:
    file = tmp_path / "tuned.json"
    file.write_text(text)
    wanted = tuning_cache.cache_key(network, BenchRequest(batch=1))
    recalled = tuning_cache.look_up(wanted, file)
    assert recalled.choice is None
    assert recalled.note == (f"`{file}` is broken or of another version and is not used")
    assert tuning_cache.store(wanted, found, file) == recalled.note  # and is replaced
    assert tuning_cache.look_up(wanted, file).choice is not None


def test_an_engine_that_no_longer_is_there_is_not_recalled(
    network: LoadedSpec, tmp_path: Path
) -> None:
    file = tmp_path / "tuned.json"
    wanted = tuning_cache.cache_key(network, BenchRequest(batch=1))
    choice = {"engine": "gone", "onednn": True, "ratio": 1.5, "when": "2026-01-01"}
    data = {"schema": tuning_cache.SCHEMA, "choices": [{"key": wanted, "choice": choice}]}
    file.write_text(json.dumps(data))
    assert tuning_cache.look_up(wanted, file).choice is None


def test_where_choices_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert tuning_cache.cache_file() == Path("/cache/inceptionspec/tuned.json")


def test_what_a_choice_depends_on(network: LoadedSpec) -> None:
    assert set(tuning_cache.cache_key(network, BenchRequest())) == {
        "batch", "cores", "cpu", "head", "mode", "network", "tensorflow", "threads",
    }  # fmt: skip
