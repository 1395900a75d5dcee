"""Networks that a framework cannot run: its error is a finding that names what was asked for."""

from __future__ import annotations

import pytest
from support import loaded

from inceptionspec import SpecError
from inceptionspec.bench.bench import bench
from inceptionspec.bench.compare import compare
from inceptionspec.bench.request.opponent import opponent, opponent_request
from inceptionspec.bench.request.request import BenchRequest

pytest.importorskip("tensorflow")

TANH = """
spec: 1
name: t
input: {size: 8x8}
network:
  - {op: conv, kernel: 1, filters: 3, norm: {op: batch_norm, scale: false, center: false},
     activation: tanh}
"""
SEPARABLE = """
spec: 1
name: t
input: {size: 11x11, channels: 1}
network:
  - {op: separable_conv, kernel: 1, filters: 1}
"""
SMALL = """
spec: 1
name: t
input: {size: 16x16}
network: [{op: conv, kernel: 1, filters: 4}]
"""
ONE = {"batch": 1, "steps": 1, "burn_in": 0}


@pytest.mark.parametrize(("text", "engine"), [(TANH, "graph"), (SEPARABLE, "keras")])
def test_kernels_of_onednn_that_fail(text: str, engine: str) -> None:
    network = loaded(text)
    request = BenchRequest(**ONE, engine=engine, onednn=True)
    try:
        bench(network, request)
    except SpecError as error:
        [finding] = error.findings
        assert finding.code == "E0707"
        assert finding.message.startswith("TensorFlow failed in the first step: ")
        assert "\n" not in finding.message
        assert finding.primary.span.source.name == f"--engine {engine}"
        assert finding.helps == ("run TensorFlow's own kernels: `--onednn off`",)
    # Another TensorFlow, or another processor, may compute it; the advice holds for all.
    assert bench(network, BenchRequest(**ONE, engine=engine, onednn=False)).steps == 1


def test_a_model_of_keras_that_does_not_take_the_input() -> None:
    network = loaded(SMALL)
    request = BenchRequest(**ONE)
    other = opponent("keras:VGG16", network, opponent_request("keras:VGG16", request, None), loaded)
    with pytest.raises(SpecError) as caught:
        compare(network, request, other, pairs=2)
    [finding] = caught.value.findings
    assert finding.code == "E0707"
    assert finding.message.startswith(
        "Keras failed while it prepared the step: Input size must be at least 32x32"
    )
    assert finding.primary.span.source.name == "--compare keras:VGG16"
    assert not finding.helps
