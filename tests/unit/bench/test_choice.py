"""Which engine `auto` stands for, and what is said of it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

import inceptionspec
from inceptionspec import SpecError
from inceptionspec.backends.engines import ONEDNN
from inceptionspec.bench import choice as module
from inceptionspec.bench.choice import choose, onednn_now, set_switches
from inceptionspec.bench.records.tuning_cache import SCHEMA, Choice, cache_key
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.engines import available, order
from inceptionspec.frontend.load import LoadedSpec

REQUEST = BenchRequest(batch=1)
DAY = "2026-01-02"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """All engines are installed, TensorFlow has not started, and its oneDNN is off."""
    monkeypatch.setattr(available, "installed", lambda name: True)
    monkeypatch.setattr(available, "processor_features", lambda: frozenset(("avx", "sse4_2")))
    for each in (module, order):
        monkeypatch.setattr(each, "processor_features", lambda: frozenset(("avx", "sse4_2")))
    monkeypatch.delenv(ONEDNN, raising=False)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)


def kept(folder: Path, network: LoadedSpec, *choices: Choice) -> Path:
    file = folder / "tuned.json"
    entry = {"key": cache_key(network, REQUEST), "choices": [asdict(one) for one in choices]}
    file.write_text(json.dumps({"schema": SCHEMA, "tuned": [entry]}))
    return file


OPENVINO = Choice("openvino", None, 1.62, 1.55, 1.7, "keras", DAY)
ON = Choice("optimized", True, 1.3, 1.2, 1.4, "keras", DAY)
KERAS = Choice("keras", False, 1.0, 1.0, 1.0, "keras", DAY)


def test_the_fastest_that_was_measured_is_taken_and_said(
    network: LoadedSpec, tmp_path: Path
) -> None:
    chosen = choose(network, REQUEST, file=kept(tmp_path, network, OPENVINO, ON, KERAS))
    assert chosen[:2] == ("openvino", None)
    assert (chosen.measured, chosen.note) == (True, "")
    assert (
        chosen.why
        == "engine openvino: 1.62 times as fast as keras here on 2026-01-02 (1.55 to 1.70)"
    )


def test_another_batch_is_another_choice(network: LoadedSpec, tmp_path: Path) -> None:
    file = kept(tmp_path, network, ON, KERAS)
    chosen = choose(network, BenchRequest(batch=2), file=file)
    assert chosen.engine == "onnxruntime"
    assert "no tuning is remembered" in chosen.why


def test_what_no_longer_runs_is_not_taken(
    network: LoadedSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Choice("gone", None, 3.0, 3.0, 3.0, "keras", DAY)
    file = kept(tmp_path, network, gone, OPENVINO, KERAS)
    monkeypatch.setattr(available, "installed", lambda name: name != "openvino")
    chosen = choose(network, REQUEST, file=file)
    assert chosen.engine == "keras"
    assert chosen.why == "engine keras, oneDNN off: none was faster here on 2026-01-02"


def test_a_switch_that_cannot_be_set_rules_a_choice_out(
    network: LoadedSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = kept(tmp_path, network, ON, KERAS)
    assert choose(network, REQUEST, file=file).engine == "keras"
    chosen = choose(network, REQUEST, file=file, switchable=True)
    assert (chosen.engine, chosen.onednn) == ("optimized", True)
    monkeypatch.setenv(ONEDNN, "0")
    assert choose(network, REQUEST, file=file, switchable=True).engine == "keras"
    monkeypatch.setenv(ONEDNN, "1")
    assert choose(network, REQUEST, file=file).engine == "optimized"


def test_switches_are_set_before_tensorflow_starts(
    network: LoadedSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ONEDNN, "")
    monkeypatch.delenv(ONEDNN)
    assert not onednn_now()
    set_switches(choose(network, REQUEST, file=kept(tmp_path, network, ON), switchable=True))
    assert onednn_now()


def test_a_network_that_was_measured_has_an_order_of_its_own(tmp_path: Path) -> None:
    none = tmp_path / "none.json"
    network = inceptionspec.load("xception").loaded
    chosen = choose(network, BenchRequest(batch=8), switchable=True, file=none)
    assert chosen[:2] == ("optimized", True)
    assert chosen.why.startswith(
        "engine optimized by the figures of Xception on such processors: no tuning is remembered"
    )
    assert choose(network, BenchRequest(batch=8), file=none)[:2] == ("onnxruntime", None)


def test_without_its_kernels_the_optimized_engine_is_still_before_keras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(available, "installed", lambda name: name in ("tensorflow", "keras"))
    chosen = choose(inceptionspec.load("xception").loaded, REQUEST, file=tmp_path / "none.json")
    assert chosen[:2] == ("optimized", None)


def test_training_takes_the_keras_model(network: LoadedSpec, tmp_path: Path) -> None:
    request = BenchRequest(mode="train-step")
    chosen = choose(network, request, file=tmp_path / "none.json")
    assert chosen.engine == "keras"
    assert chosen.why.startswith("engine keras, which trains: no tuning is remembered for this")


def test_a_broken_file_is_said(network: LoadedSpec, tmp_path: Path) -> None:
    file = tmp_path / "tuned.json"
    file.write_text("{")
    chosen = choose(network, REQUEST, file=file)
    assert chosen.note.endswith("is broken or of another version and is not used")
    assert chosen.engine == "onnxruntime"


def test_nothing_is_installed(
    network: LoadedSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(available, "installed", lambda name: False)
    with pytest.raises(SpecError) as caught:
        choose(network, REQUEST, file=tmp_path / "none.json")
    assert [one.code for one in caught.value.findings] == ["E0704"]
