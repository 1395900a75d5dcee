"""What is done where there is a GPU, by frameworks that only seem to have one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from random_networks import deviation
from rewriting import random_values
from support import do_without, loaded, spec

from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.machine.environment import environment
from inceptionspec.engines import onnxruntime as onnxruntime_engine
from inceptionspec.engines.available import lacking
from inceptionspec.engines.compile import compile_network
from inceptionspec.engines.inference import Inference

NETWORK = """
  - {op: conv, name: a, kernel: 3x3, filters: 4}
  - {op: global_avg_pool, name: pool}
"""
CUDA = "CUDAExecutionProvider"


@pytest.fixture
def graph() -> Any:
    return loaded(spec(NETWORK)).graph


def images(graph: Any) -> Any:
    shape = (2, *graph.nodes[0].shape)
    return np.random.default_rng(1).uniform(-1, 1, shape).astype("float32")


class TestTensorFlow:
    """A device in the list of TensorFlow; the CPU computes nevertheless."""

    @pytest.fixture
    def waits(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What is called to wait for the device."""
        import tensorflow as tf

        called: list[str] = []
        device = SimpleNamespace(name="/physical_device:GPU:0")
        monkeypatch.setattr(
            tf.config, "list_physical_devices", lambda kind: [device] if kind == "GPU" else []
        )
        monkeypatch.setattr(
            tf.config.experimental, "get_device_details", lambda _: {"device_name": "Some GPU"}
        )
        monkeypatch.setattr(
            tf.test.experimental, "sync_devices", lambda: called.append("waited"), raising=False
        )
        return called

    def test_it_waits_before_a_step_ends(self, graph: Any, waits: list[str]) -> None:
        network = compile_network(graph, random_values(graph), None, "optimized", batch=2)
        given = network.load(images(graph))
        assert not waits
        network.compute(given)
        assert waits == ["waited"]

    def test_it_is_said(self, graph: Any, waits: list[str]) -> None:
        network = compile_network(graph, random_values(graph), None, "optimized", batch=2)
        assert network.gpu.startswith("Some GPU")
        assert environment()["gpus"] == [network.gpu]
        answer = Inference(graph, random_values(graph), batch=2, engine="optimized")
        assert f"on {answer.gpu}" in answer.to_text()


def test_without_one_nothing_is_said(graph: Any) -> None:
    network = compile_network(graph, random_values(graph), None, "optimized", batch=2)
    assert network.gpu == ""
    assert "GPU" not in Inference(graph, random_values(graph), engine="optimized").to_text()


class TestOnnxRuntime:
    """A provider for CUDA that computes on the CPU and says what it was asked for."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        if lacking(ENGINES["onnxruntime"]):
            do_without("onnxruntime")
        import onnxruntime

        asked: dict[str, Any] = {"devices": [], "waits": 0}
        real_session, real_value = onnxruntime.InferenceSession, onnxruntime.OrtValue

        class Binding:
            def __init__(self, binding: Any) -> None:
                self.binding = binding

            def bind_ortvalue_input(self, name: str, value: Any) -> None:
                self.binding.bind_ortvalue_input(name, value)

            def bind_output(self, name: str, device: str) -> None:
                asked["devices"].append(f"output {device}")
                self.binding.bind_output(name)

            def synchronize_outputs(self) -> None:
                asked["waits"] += 1
                self.binding.synchronize_outputs()

            def get_outputs(self) -> Any:
                return self.binding.get_outputs()

        class Session:
            def __init__(self, model: bytes, options: Any, providers: list[Any]) -> None:
                asked["providers"] = providers
                self.session = real_session(model, options, providers=["CPUExecutionProvider"])

            def get_providers(self) -> list[str]:
                return [CUDA, "CPUExecutionProvider"]

            def get_inputs(self) -> Any:
                return self.session.get_inputs()

            def io_binding(self) -> Binding:
                return Binding(self.session.io_binding())

            def run_with_iobinding(self, binding: Binding) -> None:
                self.session.run_with_iobinding(binding.binding)

        class Value:
            @staticmethod
            def ortvalue_from_numpy(array: Any, device: str = "cpu", number: int = 0) -> Any:
                asked["devices"].append(f"input {device}")
                return real_value.ortvalue_from_numpy(array)

        monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
        monkeypatch.setattr(onnxruntime, "OrtValue", Value)
        monkeypatch.setattr(
            onnxruntime, "get_available_providers", lambda: [CUDA, "CPUExecutionProvider"]
        )
        return asked

    def test_input_and_outputs_stay_on_the_device(self, graph: Any, asked: dict[str, Any]) -> None:
        values = random_values(graph)
        network = compile_network(graph, values, None, "onnxruntime", batch=2)
        given = network.load(images(graph))
        assert asked["devices"] == ["input cuda"]
        yielded = network.compute(given)
        assert (asked["devices"], asked["waits"]) == (["input cuda", "output cuda"], 1)
        found = dict(zip(network.task.outputs, network.fetch(yielded), strict=True))
        expected = compile_network(graph, values, None, "optimized", batch=2)(images(graph))
        assert deviation(expected, found) <= 1e-5

    def test_products_are_of_float32(self, graph: Any, asked: dict[str, Any]) -> None:
        network = compile_network(graph, random_values(graph), None, "onnxruntime", batch=2)
        assert network.gpu == f"{CUDA}, device 0"
        assert asked["providers"] == [(CUDA, {"use_tf32": "0"}), "CPUExecutionProvider"]


def test_a_provider_that_finds_no_device_changes_nothing(
    graph: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime then leaves the provider out, and the session says so."""
    if lacking(ENGINES["onnxruntime"]):
        do_without("onnxruntime")
    import onnxruntime

    real = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: [CUDA, "CPUExecutionProvider"]
    )
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda model, options, providers: real(
            model, options, providers=[one for one in providers if isinstance(one, str)]
        ),
    )
    network = compile_network(graph, random_values(graph), None, "onnxruntime", batch=2)
    assert network.gpu == ""
    assert network(images(graph))
    assert onnxruntime_engine.CUDA == CUDA
