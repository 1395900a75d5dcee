"""Two sides in turn, with workers that take no time."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest
from fakes import FakeProcess, fake
from support import loaded as load

import inceptionspec
from inceptionspec import SpecError
from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench import compare as module
from inceptionspec.bench.compare import NARROW, Comparison, compare
from inceptionspec.bench.measure.agreement import Agreement
from inceptionspec.bench.measure.bootstrap import FASTER, SLOWER, UNDECIDED
from inceptionspec.bench.records.record import comparison_record
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.opponent import opponent, opponent_request
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.engines import available
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.reports.bench.compare_text import comparison_text, verdict_line

PLAN = BenchRequest(batch=1, burn_in=0)


def rates(**of: float) -> Any:
    """Steps of given seconds by engine, with a spread of 1 %."""

    def times(job: Job) -> Iterator[float]:
        generator = random.Random(job.engine)
        base = of[job.engine if job.side == "spec" else job.side]
        return (base * generator.gauss(1, 0.01) for _ in itertools.count())

    return times


def measured(
    network: LoadedSpec, worker: type[FakeProcess], monkeypatch: pytest.MonkeyPatch, **given: Any
) -> Comparison:
    monkeypatch.setattr(module, "Process", worker)
    theirs = opponent_request("graph", PLAN, None)
    other = opponent("graph", network, theirs, lambda reference: network)
    return compare(network, PLAN, other, **given)


@pytest.mark.parametrize(("theirs", "verdict"), [(1.2, FASTER), (0.8, SLOWER), (1.0, UNDECIDED)])
def test_the_ratio_is_theirs_over_ours(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch, theirs: float, verdict: str
) -> None:
    found = measured(network, fake(rates(keras=1.0, graph=theirs)), monkeypatch)
    assert found.ratio.value == pytest.approx(theirs, rel=0.01)
    assert found.ratio.verdict == verdict
    assert found.narrow
    assert len(found.ratios) == 20
    assert (found.ours.engine, found.theirs.engine) == ("keras", "graph")
    assert found.ours.steps == 20


def test_sides_take_turns_and_their_order_changes(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {"keras": 0.125, "graph": 0.05}
    worker = fake(lambda job: itertools.repeat(seconds[job.engine]))
    measured(network, worker, monkeypatch, pairs=5)
    outputs, turns = worker.log[:2], worker.log[6:]  # between them, how long a step is
    assert outputs == [("spec:keras", 0), ("spec:graph", 0)]  # before anything is timed
    ours, theirs = ("spec:keras", 2), ("spec:graph", 5)  # a quarter of a second each
    assert turns[:8] == [ours, theirs, theirs, ours, ours, theirs, theirs, ours]


def test_more_pairs_until_the_interval_is_narrow(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def times(job: Job) -> Iterator[float]:
        generator = random.Random(job.engine)
        return (generator.lognormvariate(0, 0.15) for _ in itertools.count())

    found = measured(network, fake(times), monkeypatch, pairs=5)
    assert len(found.ratios) > 20
    assert found.ratio.half_width <= NARROW


def test_pairs_end_when_the_time_is_up(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = fake(rates(keras=1.0, graph=1.0))
    found = measured(network, worker, monkeypatch, pairs=10**9, max_seconds=0.0)
    assert len(found.ratios) == 2


def test_ctrl_c_keeps_the_pairs(network: LoadedSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = fake(rates(keras=1.0, graph=1.0), interrupt_after=2 + 2 + 7)
    found = measured(network, worker, monkeypatch)
    assert found.interrupted
    assert len(found.ratios) == 3
    assert worker.live == 0
    assert "fewer pairs were measured than were asked for" in comparison_text(found)


def test_ctrl_c_before_two_pairs_goes_on(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = fake(rates(keras=1.0, graph=1.0), interrupt_after=2 + 2 + 2)
    with pytest.raises(KeyboardInterrupt):
        measured(network, worker, monkeypatch)
    assert worker.live == 0


def test_nothing_is_timed_where_outputs_differ(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = fake(rates(keras=1.0, graph=1.0), agreement={"deviation": 0.25, "telling": True})
    with pytest.raises(SpecError) as caught:
        measured(network, worker, monkeypatch)
    [finding] = caught.value.findings
    assert finding.code == "E0709"
    assert finding.message == (
        "the outputs of both sides differ, so nothing was timed: they differ by 2.5e-01 of the "
        "largest magnitude, and 1e-04 is allowed"
    )
    assert [steps for _, steps in worker.log] == [0, 0]


def test_another_network_is_timed_and_not_compared(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Process", fake(rates(keras=1.0)))
    other = opponent("vgg16", network, PLAN, lambda reference: load(reference, input=32))
    assert other.same is False
    found = compare(network, PLAN, other, pairs=2)
    assert found.agreement is None
    assert "different networks" in comparison_text(found)
    assert found.theirs.spec.name == "VGG16"


def test_a_keras_model_that_computes_something_else_is_told(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = fake(rates(keras=1.0), agreement={"deviation": 0.25, "telling": True})
    monkeypatch.setattr(module, "Process", worker)
    theirs = opponent_request("keras:VGG16", dataclasses.replace(PLAN, engine="graph"), None)
    other = opponent("keras:VGG16", network, theirs, load)
    found = compare(network, PLAN, other, pairs=2)
    assert found.theirs.side == "keras:VGG16"
    text = " ".join(comparison_text(found).split())
    assert (
        "they differ by 2.5e-01 of the largest magnitude: the networks differ in spite of" in text
    )


def test_record_and_text(network: LoadedSpec, monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    found = measured(network, fake(rates(keras=1.0, graph=1.25)), monkeypatch)
    data = comparison_record(found)
    assert data["schema"] == "inceptionspec.bench/2"
    assert [one["engine"] for one in data["runs"]] == ["keras", "graph"]
    part = data["comparison"]
    assert part["verdict"] == "faster"
    assert part["low"] <= part["value"] <= part["high"]
    assert part["agreement"] == {"deviation": 0.0, "telling": True}
    shown = dataclasses.replace(
        found,
        ours=dataclasses.replace(found.ours, environment=run.environment),
        theirs=dataclasses.replace(found.theirs, environment=run.environment),
    )
    assert comparison_text(shown).startswith("faster: A takes 1/1.2")
    assert verdict_line(shown).endswith("20 pairs")
    assert comparison_text(shown).count("\n  peak memory ") == 2


@pytest.mark.parametrize(
    ("name", "mode", "code", "message"),
    [
        (
            "onnxruntime",
            "train-step",
            "E0805",
            "the engine `onnxruntime` holds weights as constants and cannot train them",
        ),
        ("onnxruntime", "analyze", "E0805", "a step of `--mode analyze` runs no engine"),
        ("keras", "build", "E0805", "a step of `--mode build` runs no engine"),
        ("keras:VGG16", "analyze", "E0805", "`keras:VGG16` cannot run the mode `analyze`"),
        (
            "keras:InceptionV4",
            "forward",
            "E0806",
            "`keras.applications` has no model `InceptionV4` that classifies pictures",
        ),
    ],
)
def test_sides_that_cannot_run(
    network: LoadedSpec, name: str, mode: str, code: str, message: str
) -> None:
    request = opponent_request(name, dataclasses.replace(PLAN, mode=mode), None)
    with pytest.raises(SpecError) as caught:
        opponent(name, network, request, load)
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == (code, message)
    assert finding.primary.span.source.name == f"--compare {name}"


def test_an_engine_that_is_misspelled(network: LoadedSpec) -> None:
    with pytest.raises(SpecError) as caught:
        opponent("onnxruntme", network, PLAN, lambda name: inceptionspec.load(name).loaded)
    (finding,) = caught.value.findings
    assert finding.code == "E0801"
    assert finding.helps[0] == "did you mean the engine `onnxruntime`?"


@pytest.mark.parametrize("mode", ["analyze", "build"])
def test_modes_without_an_engine_take_none(mode: str) -> None:
    dataclasses.replace(PLAN, mode=mode).check()
    with pytest.raises(SpecError, match=f"`--mode {mode}` runs no engine"):
        dataclasses.replace(PLAN, mode=mode, engine="onnxruntime").check()


def test_the_other_sides_switches() -> None:
    ours = dataclasses.replace(PLAN, engine="optimized", onednn=True)
    assert opponent_request("inception_v1", ours, None) == ours
    for engine in ENGINES:
        theirs = opponent_request(engine, ours, False)
        assert (theirs.engine, theirs.onednn) == (engine, False)
        assert opponent_request(engine, ours, None).onednn is True
    installed = opponent_request("keras:VGG16", ours, None)
    assert (installed.engine, installed.onednn) == ("keras", None)


def test_agreement_of_outputs(tmp_path: Any) -> None:
    import numpy as np

    from inceptionspec.bench.measure.agreement import compare_outputs, write_outputs

    file = str(tmp_path / "outputs.npz")
    held = [np.array([[1.0, -2.0], [0.5, 1.0]])]
    write_outputs(file, held)
    assert compare_outputs(file, held) == Agreement(0.0, True)
    assert compare_outputs(file, [held[0] + 0.002]).deviation == pytest.approx(1e-3)
    assert not compare_outputs(file, [held[0] + 0.002]).same
    assert compare_outputs(file, [held[0][:1]]) == Agreement(None, False)
    assert compare_outputs(file, [held[0] * np.nan]).deviation is None
    write_outputs(file, [np.ones((2, 3))])
    assert compare_outputs(file, [np.ones((2, 3))]) == Agreement(0.0, False)


@pytest.mark.parametrize("package", ["onnx", "openvino"])
def test_an_engine_that_is_not_installed(
    network: LoadedSpec, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(available, "installed", lambda name: name != package)
    with pytest.raises(SpecError) as caught:
        opponent("openvino", network, dataclasses.replace(PLAN, engine="openvino"), load)
    [finding] = caught.value.findings
    assert (finding.code, caught.value.exit_code) == ("E0820", 3)
    assert finding.message == (
        f"the engine `openvino` is not installed: there is no package `{package}`"
    )
    assert finding.helps == ("pip install 'inceptionspec[openvino]'",)
    assert finding.primary.span.source.name == "--compare openvino"
    others = {"onnx": "`optimized`, `xla` and `litert`", "openvino": "`onnxruntime` and `litert`"}
    assert finding.notes[0].startswith("engines that can run here are `keras`, ")
    assert finding.notes[0].endswith(others[package])


def test_an_engine_that_does_not_suit_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available, "installed", lambda name: True)
    monkeypatch.setattr(available, "processor_features", lambda: frozenset(("sse4_2",)))
    with pytest.raises(SpecError) as caught:
        dataclasses.replace(PLAN, engine="xla").check()
    [finding] = caught.value.findings
    assert (finding.code, caught.value.exit_code) == ("E0821", 2)
    assert finding.message == "the engine `xla` does not run on this processor: it lacks `avx`"
    assert finding.notes == (
        "engines that can run here are `onnxruntime`, `openvino` and `litert`",
    )


def test_another_engine_computes_in_float32_and_another_network_as_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lowered = dataclasses.replace(
        PLAN, engine="openvino", precision="int8", calibrate="photos", keep_float=("a",)
    )
    for name in ("openvino", "keras:InceptionV3"):
        theirs = opponent_request(name, lowered, None)
        assert not theirs.lowering.lowers
        assert (theirs.calibrate, theirs.keep_float) == (None, ())
    assert opponent_request("inception_v4", lowered, None).lowering == lowered.lowering


@pytest.mark.parametrize(
    ("change", "code", "words", "place"),
    [
        ({"engine": "litert"}, "E0823", "the engine `litert` does not compute in int8",
         "--engine litert --precision int8"),
        ({"mode": "train-step"}, "E0805", "the mode `train-step` computes in float32",
         "--precision int8"),
        ({"mode": "build"}, "E0805", "the mode `build` computes in float32", "--precision int8"),
    ],
)  # fmt: skip
def test_a_precision_that_cannot_be_had(
    change: dict[str, Any], code: str, words: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(available, "installed", lambda name: True)
    monkeypatch.setattr(available, "processor_features", lambda: None)
    request = dataclasses.replace(PLAN, **{"engine": "keras", "precision": "int8", **change})
    with pytest.raises(SpecError) as caught:
        request.check()
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == (code, words)
    assert finding.primary.span.source.name == place
