"""Quantized networks in ONNX Runtime and OpenVINO: what runs in integers, and how near both are."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from quantized import QuantizedFile
from random_networks import networks
from rewriting import random_values
from support import ROOT, do_without

import inceptionspec
from inceptionspec.api.weight_arrays import weight_arrays
from inceptionspec.backends.engines import ENGINES
from inceptionspec.backends.import_openvino import openvino_core
from inceptionspec.engines.available import lacking
from inceptionspec.engines.executed import of_onnxruntime, of_openvino
from inceptionspec.quantization.calibration import runner
from inceptionspec.quantization.deviation import deviation
from inceptionspec.quantization.quantize import calibrate, noise, quantize
from inceptionspec.quantization.search import quantize_within
from inceptionspec.weights.options import WeightOptions

NEAR = 0.05
"""Of the largest output: how far random weights in 8 bits may be from float32."""
APART = 0.03
"""How far both runtimes may be apart: either rounds to the nearest step, in its own order."""

#: Networks whose products OpenVINO takes all in integers but for those: it moves the stride of
#: 1x1 convolutions to what they read, which it then computes in float32.
STRIDED = {"resnet50": 6}


def openvino_outputs(content: bytes, images: Any) -> tuple[list[Any], Any]:
    """What OpenVINO yields, and the compiled model."""
    core = openvino_core()
    model = core.read_model(model=content)
    network = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return list(network(images).values()), network


def apart(one: Any, other: Any) -> float:
    """The largest difference, of the largest magnitude."""
    return float(np.abs(one - other).max() / max(np.abs(one).max(), 1e-6))


def names_of(content: bytes) -> list[str]:
    return [output.name for output in QuantizedFile(content).model.graph.output]


def one_grid(file: QuantizedFile) -> int:
    """The number of concats; all that each reads and yields has one scale and zero point."""
    count = 0
    for node in file.nodes:
        if node.op_type == "Concat":
            tensors = [*node.input]
            if node.output[0].endswith("/raw"):
                tensors.append(node.output[0].removesuffix("/raw"))
            assert len({file.grid(tensor) for tensor in tensors}) == 1, node.name
            count += 1
    return count


@pytest.mark.parametrize("name", inceptionspec.builtin_specs())
def test_built_in_networks(name: str) -> None:
    main = inceptionspec.load(name).graph.main
    graph = inceptionspec.load(name, width=0.25, input=96, head=main or ()).graph
    values = {key: np.float32(array) for key, array in random_values(graph).items()}
    images = noise(graph, 2)
    calibration = calibrate(graph, values, None, images)
    model = quantize(calibration, batch=len(images))  # OpenVINO does more where shapes are known
    given = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    names = names_of(model.onnx)
    reference = runner(calibration.model, names)(given)
    found = runner(model.onnx, names)(given)
    for wanted, got in zip(reference, found, strict=True):
        assert apart(wanted, got) <= NEAR
    file = QuantizedFile(model.onnx)
    concats = sum(node.op_type == "Concat" for node in file.nodes)
    assert one_grid(file) == concats
    assert ("inception" in name) <= (concats >= 3)
    # All but what yields the logits is in integers, and ONNX Runtime says so, too.
    assert len(model.kept) <= 1
    assert len(model.int8) >= 16
    ran = of_onnxruntime(model.onnx)
    assert ran["int8"] >= len(model.int8)
    assert ran["float32"] <= 1
    if not lacking(ENGINES["openvino"]):
        elsewhere, network = openvino_outputs(model.onnx, given)
        for one, other in zip(found, elsewhere, strict=True):
            assert apart(one, other) <= APART
        assert of_openvino(network)["int8"] >= len(model.int8) - STRIDED.get(name, 0)


@pytest.mark.parametrize("part", range(2))
def test_random_networks(part: int) -> None:
    products = 0
    for network in networks(70 + part, 20):
        values = {key: np.float32(array) for key, array in network.weights.items()}
        images = np.float32(network.images)
        calibration = calibrate(network.graph, values, network.outputs, images)
        model = quantize(calibration, batch=len(images))
        products += len(model.int8)
        given = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        names = names_of(model.onnx)
        found = runner(model.onnx, names)(given)
        for wanted, got in zip(runner(calibration.model, names)(given), found, strict=True):
            assert apart(wanted, got) <= 2 * NEAR, network.text  # small, and of any layers
        if not lacking(ENGINES["openvino"]):
            elsewhere, _ = openvino_outputs(model.onnx, given)
            for one, other in zip(found, elsewhere, strict=True):
                assert apart(one, other) <= NEAR, network.text
    assert products > 30


TWO_READERS = """
spec: 1
name: two readers
input: {size: 16x16, channels: 3}
defaults:
  conv: {kernel: 1x1, filters: 4, norm: none, activation: none}
network:
- name: M
  branches:
  - [{op: conv, name: A}]
  - [{op: conv, name: B}]
- name: N
  branches:
  - [FIRST, {op: conv, name: D}]
  - [SECOND, {op: conv, name: F}]
- {op: global_avg_pool}
- {op: dense, name: Logits, units: 5}
"""
RELU, BATCH_NORM = "{op: activation, function: relu}", "{op: batch_norm}"
POOL = "{op: max_pool, kernel: 3x3, stride: 1}"


@pytest.mark.parametrize("readers", list(itertools.product((RELU, BATCH_NORM, POOL), repeat=2)))
def test_what_reads_a_concat(readers: tuple[str, str]) -> None:
    """Two functions of one concat, each before a product, ended OpenVINO's process."""
    if lacking(ENGINES["openvino"]):
        do_without("openvino")
    first, second = readers
    graph = inceptionspec.loads(TWO_READERS.replace("FIRST", first).replace("SECOND", second)).graph
    values = {key: np.float32(array) for key, array in random_values(graph).items()}
    images = noise(graph, 2)
    model = quantize(calibrate(graph, values, None, images), batch=2)
    given = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    (found,) = runner(model.onnx, names_of(model.onnx))(given)
    (elsewhere,), _ = openvino_outputs(model.onnx, given)
    assert apart(found, elsewhere) <= APART


def test_calibration_in_openvino_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    if lacking(ENGINES["openvino"]):
        do_without("openvino")
    from inceptionspec.quantization import calibration as module

    graph = inceptionspec.load("inception_v1", width=0.25, input=64, head="Logits").graph
    values = {key: np.float32(array) for key, array in random_values(graph).items()}
    images = noise(graph, 2)
    expected = calibrate(graph, values, None, images).ranges
    monkeypatch.setattr(module, "installed", lambda name: name != "onnxruntime")
    monkeypatch.setattr(module, "session_of", None)
    found = calibrate(graph, values, None, images).ranges
    assert found.keys() == expected.keys()
    for name, wanted in expected.items():
        assert found[name].low == pytest.approx(wanted.low, abs=1e-4 * (wanted.high - wanted.low))
        assert found[name].high == pytest.approx(wanted.high, rel=1e-4, abs=1e-6)


class Digits:
    """The network of the docs, which was trained, and pictures that it was not trained with."""

    def __init__(self) -> None:
        folder = ROOT / "docs" / "predict"
        network = inceptionspec.load(str(folder / "digits.yaml"))
        self.graph = network.graph
        weights = str(folder / "digits.ckpt")
        self.values = weight_arrays(network.loaded, weights, "Logits", WeightOptions())
        with np.load(folder / "digits_test.npz") as held:
            self.images = held["images"][..., None].astype(np.float32) / 255
            self.labels = held["labels"]
        self.calibration = calibrate(self.graph, self.values, "Logits", self.images[:50])
        self.given = np.ascontiguousarray(self.images[50:].transpose(0, 3, 1, 2))

    def logits(self, content: bytes) -> Any:
        return runner(content, ["Logits"])(self.given)[0]


@pytest.fixture(scope="module")
def digits() -> Digits:
    return Digits()


def test_a_trained_network_keeps_its_accuracy(digits: Digits) -> None:
    model = quantize(digits.calibration)
    reference, found = digits.logits(digits.calibration.model), digits.logits(model.onnx)
    measured = deviation(reference, found)
    assert measured.images == len(digits.images) - 50
    assert 0 < measured.largest <= 0.1
    assert measured.agreement >= 0.99
    right = (found.argmax(1) == digits.labels[50:]).mean()
    assert right >= (reference.argmax(1) == digits.labels[50:]).mean() - 0.01
    assert model.int8 == ("Conv2d_1a_3x3", "Conv2d_1b_3x3", "Conv2d_2a_3x3", "Logits/Classes")


def test_bisection_keeps_layers_until_a_bound_holds(digits: Digits) -> None:
    images = digits.images[50:100]
    loose = quantize_within(digits.calibration, images, "Logits", largest=1.0)
    assert (loose.model.kept, loose.runs) == ((), 1)
    bound = loose.deviation.largest / 2
    found = quantize_within(digits.calibration, images, "Logits", largest=bound)
    assert found.deviation.largest <= bound
    assert 0 < len(found.model.kept) <= 4
    assert found.runs <= 4
    # The file is what was measured.
    given = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    both = [
        runner(one, ["Logits"])(given)[0] for one in (digits.calibration.model, found.model.onnx)
    ]
    assert deviation(*both).largest == pytest.approx(found.deviation.largest, rel=1e-3)


def test_bisection_ends_in_float_where_no_integers_will_do(digits: Digits) -> None:
    found = quantize_within(
        digits.calibration, digits.images[50:60], "Logits", largest=1e-6, batch=2
    )
    assert found.model.int8 == ()
    assert found.deviation.largest <= 1e-6
    described = QuantizedFile(found.model.onnx).model.graph.input[0]
    assert described.type.tensor_type.shape.dim[0].dim_value == 2
