"""The search for the fastest engine, and what is remembered of it."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import fake

from inceptionspec import SpecError
from inceptionspec.bench import tune as module
from inceptionspec.bench.records import tuning_cache
from inceptionspec.bench.records.record import tuning_record
from inceptionspec.bench.records.tuning_cache import cache_key, look_up, store
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.tune import MIN_ROUNDS, Candidate, Tuned, candidates_of, tune
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Source
from inceptionspec.engines import available
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.reports.bench.tune_text import tuning_text

SECONDS = {
    "keras": 1.0, "graph": 1.0, "optimized": 1.0, "xla": 0.9,
    "onnxruntime": 0.8, "openvino": 0.78125, "litert": 4.0,
}  # fmt: skip
REQUEST = BenchRequest(batch=1)


def times(job: Job) -> Iterator[float]:
    return itertools.repeat(SECONDS[job.engine])


def died(message: str) -> SpecError:
    return SpecError([Diagnostic("E0707", message, Label(Source("worker").whole()))])


class Search(fake(times)):  # type: ignore[misc]
    """Workers in which oneDNN saves a fifth, and the graph without it does not work."""

    def prepare(self, job: Job) -> dict[str, Any]:
        ready: dict[str, Any] = super().prepare(job)
        onednn = self.environment.get("TF_ENABLE_ONEDNN_OPTS")
        if onednn == "0" and job.engine == "graph":
            raise died("the worker was ended by SIGKILL")
        if job.engine == "openvino":
            ready["environment"] = {**ready["environment"], "openvino": "2026.1"}
        if onednn == "1":
            self.taken = itertools.repeat(SECONDS[job.engine] * 0.8)
        return ready


@pytest.fixture(autouse=True)
def everything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available, "installed", lambda name: True)
    monkeypatch.setattr(available, "processor_features", lambda: None)
    monkeypatch.setattr(module, "Process", Search)
    Search.log.clear()


@pytest.fixture
def found(network: LoadedSpec) -> Tuned:
    return tune(network, REQUEST)


def test_every_candidate_is_held_against_the_keras_model(found: Tuned) -> None:
    assert tuple(one.candidate for one in found.trials) == candidates_of("forward")
    assert found.baseline == Candidate("keras")
    ratios = {str(one.candidate): one.ratio and round(one.ratio.value, 3) for one in found.trials}
    assert ratios == {
        "openvino": 1.28,
        "onnxruntime": 1.25,
        "litert": 0.25,
        "keras": 1.0,
        "optimized, oneDNN on": 1.25,
        "optimized, oneDNN off": 1.0,
        "graph, oneDNN on": 1.25,
        "graph, oneDNN off": None,
        "xla": 1.111,
    }
    assert found.winner.candidate == Candidate("openvino")
    assert found.trials[3].onednn is True  # as its worker said
    assert Search.live == 0


def test_all_take_turns_within_one_round(found: Tuned) -> None:
    steps_of_one = [name for name, steps in Search.log if steps == 1]
    ready = [f"spec:{one.candidate.engine}" for one in found.trials if one.rounds]
    planning, turns = steps_of_one[:8], steps_of_one[8:]
    assert sorted(planning) == sorted(ready)
    assert turns[:8] == ready
    assert turns[8:16] == ready[::-1]


def test_who_cannot_win_takes_no_more_turns(found: Tuned) -> None:
    rounds = {str(one.candidate): one.rounds for one in found.trials}
    assert rounds["openvino"] == rounds["keras"] == 10
    assert rounds["litert"] == rounds["xla"] == MIN_ROUNDS
    assert "litert" in [one.candidate.engine for one in found.ranked]  # and it was measured


def test_who_is_far_behind_is_left_out_where_time_presses(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module._Search, "spent", lambda search: 55.0 if search.rounds else 0.0)
    with pytest.raises(SpecError) as caught:
        tune(network, REQUEST)  # the first round takes 55 s of its 60
    [finding] = caught.value.findings
    assert finding.message.startswith("no engine took 5 turns within 60 s")
    assert finding.notes == (
        "litert: left out for lack of time: 0.20 of the fastest",
        "graph, oneDNN off: the worker was ended by SIGKILL",
    )


def test_who_dies_in_a_turn_is_left_out_and_named(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dying(Search):
        def run(self, steps: int, heard: Any, seconds: float = 0.0) -> None:
            if self.name == "spec:openvino" and len(self.log) > 40:
                raise died("the worker ran out of memory")
            super().run(steps, heard, seconds)

    monkeypatch.setattr(module, "Process", Dying)
    found = tune(network, REQUEST)
    failures = {one.candidate.engine: one.failure for one in found.trials if one.failure}
    assert failures["openvino"] == "the worker ran out of memory"
    assert found.winner.ratio is not None
    assert found.winner.ratio.value == 1.25


def test_who_does_not_fit_in_memory_is_left_out(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "available_bytes", lambda: 200 << 20)
    found = tune(network, REQUEST)
    failures = {one.candidate.engine: one.failure for one in found.trials if one.failure}
    assert failures["keras"].startswith("it needs about 6")
    assert failures["keras"].endswith("next to the others, and 200 MiB are available")
    assert found.baseline == Candidate("openvino")


def test_what_is_not_installed_is_not_tried(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = {"tensorflow", "openvino"}
    monkeypatch.setattr(available, "installed", lambda name: name not in missing)
    found = tune(network, REQUEST)
    assert {one.candidate.engine for one in found.trials} == {"onnxruntime", "litert"}
    assert found.baseline == found.winner.candidate == Candidate("onnxruntime")
    assert "\nonnxruntime wins: none was faster, after" in tuning_text(found, "kept")
    monkeypatch.setattr(available, "installed", lambda name: False)
    with pytest.raises(SpecError) as caught:
        tune(network, REQUEST)
    assert [one.code for one in caught.value.findings] == ["E0820"]


def test_a_noisy_search_says_so(found: Tuned) -> None:
    noisy = dataclasses.replace(found, noise=("others were at work",))
    assert "  noise            others were at work" in tuning_text(noisy, "").splitlines()
    assert tuning_record(noisy)["tuning"]["noise"] == ["others were at work"]


def test_text_and_record(found: Tuned) -> None:
    text = tuning_text(found, "kept")
    lines = text.splitlines()
    assert lines[4].split()[:4] == ["openvino", "-", "0.7812", "1.280"]
    assert "graph, oneDNN off: the worker was ended by SIGKILL" in lines
    assert "openvino wins: 1.280 times as fast as keras, after" in text
    assert "TensorFlow 2.21.0, Keras 3.15.1, OpenVINO 2026.1" in text
    assert max(map(len, lines)) <= 80
    data = json.loads(json.dumps(tuning_record(found)))["tuning"]
    assert data["baseline"] == "keras"
    assert data["trials"][0]["engine"] == "openvino"
    assert data["trials"][-1]["failure"] == "the worker was ended by SIGKILL"


def test_training_is_tuned_among_the_engines_that_train() -> None:
    assert {one.engine for one in candidates_of("train-step")} == {"keras", "xla"}
    assert candidates_of("train-step")[0] == Candidate("keras", False)


@pytest.mark.parametrize("mode", ["build", "analyze"])
def test_a_mode_without_an_engine_is_not_tuned(network: LoadedSpec, mode: str) -> None:
    with pytest.raises(SpecError, match="there is nothing to tune") as caught:
        tune(network, BenchRequest(mode=mode))
    assert caught.value.exit_code == 2


def test_candidates_without_time_are_left_out(network: LoadedSpec) -> None:
    with pytest.raises(SpecError) as caught:
        tune(network, REQUEST, max_seconds=0.0)
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == (
        "E0805",
        f"no engine took {MIN_ROUNDS} turns within 0 s, so there is nothing to choose from",
    )
    assert finding.notes[0] == "openvino: no time was left"


def test_ctrl_c_keeps_what_was_measured(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cut(Search):
        def run(self, steps: int, heard: Any, seconds: float = 0.0) -> None:
            super().run(steps, heard, seconds)
            if self.name == "spec:keras" and sum(name == self.name for name, _ in self.log) > 8:
                raise KeyboardInterrupt

    monkeypatch.setattr(module, "Process", Cut)
    cut = tune(network, REQUEST)
    assert cut.interrupted
    assert cut.winner.candidate == Candidate("openvino")
    assert "(interrupted)" in tuning_text(cut, "")
    assert Search.live == 0


def test_ctrl_c_before_anything_is_ready_ends_all(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cut(Search):
        def prepare(self, job: Job) -> dict[str, Any]:
            if job.engine == "keras":
                raise KeyboardInterrupt
            return super().prepare(job)

    monkeypatch.setattr(module, "Process", Cut)
    with pytest.raises(KeyboardInterrupt):
        tune(network, REQUEST)
    assert Cut.live == 0


def test_what_was_found_is_remembered(found: Tuned, network: LoadedSpec, tmp_path: Path) -> None:
    file = tmp_path / "new" / "tuned.json"
    wanted = cache_key(network, REQUEST)
    assert look_up(wanted, file) == tuning_cache.Lookup(())
    store(wanted, found, file)
    first, *others = look_up(wanted, file).choices
    assert (first.engine, first.onednn, first.ratio, first.low) == ("openvino", None, 1.28, 1.28)
    assert ("keras", True, 1.0) in [(one.engine, one.onednn, one.ratio) for one in others]
    assert others[-1].engine == "litert"
    other = cache_key(network, BenchRequest(batch=2))
    assert look_up(other, file).choices == ()
    store(other, found, file)
    store(wanted, found, file)
    assert len(json.loads(file.read_text())["tuned"]) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": "inceptionspec.tuned/1", "choices": []}',
        '{"schema": "inceptionspec.tuned/2", "tuned": [{}]}',
        '{"schema": "inceptionspec.tuned/2", "tuned": [{"key": {}, "choices": [{"engine": 1}]}]}',
        "[" * 100_000,
    ],
)
def test_a_broken_file_is_left_out_with_a_note(
    text: str, network: LoadedSpec, found: Tuned, tmp_path: Path
) -> None:
    file = tmp_path / "tuned.json"
    file.write_text(text)
    wanted = cache_key(network, REQUEST)
    recalled = look_up(wanted, file)
    assert recalled.choices == ()
    assert recalled.note == (f"`{file}` is broken or of another version and is not used")
    assert store(wanted, found, file) == recalled.note  # and is replaced
    assert look_up(wanted, file).choices


def test_where_choices_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert tuning_cache.cache_file() == Path("/cache/inceptionspec/tuned.json")


def test_what_a_choice_depends_on(network: LoadedSpec) -> None:
    key = cache_key(network, BenchRequest())
    assert set(key) == {
        "batch", "cores", "cpu", "gpus", "head", "keep_float", "mode", "network", "precision",
        "threads", "versions",
    }  # fmt: skip
    assert {"openvino", "tensorflow", "inceptionspec"} <= set(key["versions"])
    main = network.graph.main
    for request in (
        BenchRequest(head=main),
        BenchRequest(head="all"),
        BenchRequest(mode="predict"),
    ):
        assert cache_key(network, request) == key
    (other,) = [head.name for head in network.graph.heads if head.name != main]
    assert cache_key(network, BenchRequest(head=other)) != key
    assert cache_key(network, BenchRequest(mode="train-step")) != key
    assert cache_key(network, BenchRequest(precision="bfloat16")) != key
    integers = cache_key(network, BenchRequest(precision="int8"))
    assert cache_key(network, BenchRequest(precision="int8", keep_float=("a",))) != integers
