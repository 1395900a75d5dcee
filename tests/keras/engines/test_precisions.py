"""Engines in bfloat16: near float32 but not the same, and read back from the runtime."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from random_networks import deviation, networks
from rewriting import random_values
from support import do_without, loaded, spec

import inceptionspec
from inceptionspec.backends.engines import BFLOAT16, ENGINES, FLOAT32
from inceptionspec.bench.workers.data import random_weights
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.engines import compile as compiling
from inceptionspec.engines.available import lacking, processor_computes
from inceptionspec.engines.compile import compile_network
from inceptionspec.engines.inference import Inference

IN_BFLOAT16 = [name for name, engine in ENGINES.items() if BFLOAT16 in engine.precisions]
LEAST, MOST = 1e-5, 2e-2
"""A product of bfloat16 has 8 bits: its error is above that of float32, which has 24."""


def need(engine: str) -> None:
    if lacking(ENGINES[engine]):
        do_without(engine)
    if not (ENGINES[engine].in_tensorflow or processor_computes(BFLOAT16)):
        pytest.skip("this processor does not compute in bfloat16")


def images_of(graph: Any, count: int) -> Any:
    shape = (count, *graph.nodes[0].shape)
    return np.random.default_rng(3).uniform(-1, 1, shape).astype("float32")


@pytest.mark.parametrize("engine", IN_BFLOAT16)
def test_a_network_of_many_layers(engine: str) -> None:
    need(engine)
    graph = inceptionspec.load("inception_v1", width=0.25, input=96, head="Logits").graph
    values, images = random_weights(graph), images_of(graph, 9)
    exact, lowered = (
        compile_network(graph, values, None, engine, batch=9, precision=precision)
        for precision in (FLOAT32, BFLOAT16)
    )
    assert (exact.precision, lowered.precision) == (FLOAT32, BFLOAT16)
    assert set(lowered.products) == {BFLOAT16}
    assert LEAST < deviation(exact(images), lowered(images)) < MOST
    assert {array.dtype.name for array in lowered(images).values()} == {FLOAT32}


@pytest.mark.parametrize("engine", ["graph", "optimized"])
@pytest.mark.parametrize("part", range(2))
def test_every_operation_takes_bfloat16(engine: str, part: int) -> None:
    """Random networks have all operators; how far they deviate depends on their random numbers."""
    for network in networks(90 + part, 8):
        values = {key: np.float32(array) for key, array in network.weights.items()}
        infer = compile_network(network.graph, values, network.outputs, engine, precision=BFLOAT16)
        found = infer(np.float32(network.images))
        assert {name: array.shape for name, array in found.items()} == {
            name: array.shape for name, array in network.plain().items()
        }
        assert set(infer.products) <= {BFLOAT16}, network.text


LAYERS = """
- {op: conv, name: c, kernel: 3x3, filters: 6, stride: 2, norm: batch_norm, activation: relu}
- {op: max_pool, name: p, kernel: 3x3}
"""


def test_a_runtime_that_takes_another_precision_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = compiling.RUNTIMES["tensorflow"]

    def disobeys(engine: Any, task: Any) -> Any:
        return dataclasses.replace(real(engine, task), products={FLOAT32: 3, BFLOAT16: 1})

    monkeypatch.setattr(compiling, "RUNTIMES", {"tensorflow": disobeys})
    graph = loaded(spec(LAYERS)).graph
    with pytest.raises(SpecError) as caught:
        compile_network(graph, random_values(graph), None, "graph")
    [finding] = caught.value.findings
    assert finding.code == "E0827"
    assert finding.message == (
        "TensorFlow was asked for float32 and computes in float32 in 3 of 4 products, bfloat16 in "
        "1 of 4 products"
    )
    # A layer may stay in float32 where bfloat16 was asked for.
    compile_network(graph, random_values(graph), None, "graph", precision=BFLOAT16)


def test_what_is_saved_computes_the_same(tmp_path: Any) -> None:
    import tensorflow as tf

    graph = loaded(spec(LAYERS)).graph
    values, images = random_values(graph), images_of(graph, 2)
    infer = Inference(graph, values, "p", engine="optimized", precision=BFLOAT16)
    infer.save(str(tmp_path / "saved"))
    again = tf.saved_model.load(str(tmp_path / "saved"))(images)
    assert again.dtype == tf.float32
    assert np.array_equal(np.asarray(again), infer(images))
    assert repr(infer).endswith("optimized in bfloat16>")
