"""Every engine gives what the network gives: built-in networks, and random small ones.

Nothing is installed for the sake of a test: an engine that is not there is skipped with a word.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from random_networks import deviation, networks
from rewriting import random_values
from support import do_without, loaded, spec

import inceptionspec
from inceptionspec.backends.engines import ENGINES, rewritten_for
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.engines.available import lacking
from inceptionspec.engines.compile import RUNTIMES, compile_network
from inceptionspec.engines.inference import Inference

BOUND = 1e-4
"""How far an engine may be from another, over the largest magnitude of an output: float32."""
OTHERS = [name for name, engine in ENGINES.items() if not engine.in_tensorflow]


def need(engine: str) -> None:
    if lacking(ENGINES[engine]):
        do_without(engine)


def pictures(graph: Any, count: int) -> Any:
    shape = (count, *graph.nodes[0].shape)
    return np.random.default_rng(3).uniform(-1, 1, shape).astype("float32")


def small(name: str) -> Any:
    """A built-in network at a quarter of its width, its main head on a small input."""
    main = inceptionspec.load(name).graph.main
    return inceptionspec.load(name, width=0.25, input=96, head=main or ()).graph


def test_every_runtime_of_the_table_has_a_function() -> None:
    assert {engine.runtime for engine in ENGINES.values()} == set(RUNTIMES)


@pytest.mark.parametrize("name", ["inception_v1", "mobilenet_v2", "inception_resnet_v1"])
def test_built_in_networks_in_tensorflow(name: str) -> None:
    graph = small(name)
    values, images = random_values(graph), pictures(graph, 2)
    expected = compile_network(graph, values, None, "keras", batch=2)(images)
    for engine in ("graph", "optimized"):
        found = compile_network(graph, values, None, engine, batch=2)(images)
        assert deviation(expected, found) <= BOUND, engine


@pytest.mark.parametrize("name", inceptionspec.builtin_specs())
def test_built_in_networks_elsewhere(name: str) -> None:
    need("onnxruntime")
    graph = small(name)
    values, images = random_values(graph), pictures(graph, 2)
    expected = compile_network(graph, values, None, "onnxruntime", batch=2)(images)
    for engine in OTHERS:
        if not lacking(ENGINES[engine]):
            network = compile_network(graph, values, None, engine, batch=2)
            assert deviation(expected, network(images)) <= BOUND, engine
            assert network.precision == "float32"


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("part", range(1))
def test_random_networks(engine: str, part: int) -> None:
    need(engine)
    for network in networks(70 + part, 8):
        values = {key: np.float32(array) for key, array in network.weights.items()}
        images = np.float32(network.images)
        for batch in (None, len(images)):
            infer = compile_network(network.graph, values, network.outputs, engine, batch=batch)
            found = infer(images)
            assert deviation(network.plain(), found) <= BOUND, f"{batch}\n{network.text}"


LAYERS = """
- {op: conv, name: c, kernel: 3x3, filters: 6, stride: 2, norm: batch_norm, activation: relu}
- {op: conv, name: r, kernel: 1x1, filters: 6}
- {op: add, name: s, from: [c, r], scale: 0.2}
- {op: max_pool, name: p, kernel: 3x3}
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_one_object_for_every_engine(engine: str) -> None:
    need(engine)
    graph = loaded(spec(LAYERS)).graph
    values, images = random_values(graph), pictures(graph, 3)
    one = Inference(graph, values, "p", engine=engine)
    several = Inference(graph, values, ["p", "c"], batch=3, engine=engine)
    expected = Inference(graph, values, ["c", "p"], engine="onnxruntime")(images)
    assert one.outputs == ("p",)
    assert type(one(images)) is np.ndarray
    assert deviation({"p": expected["p"]}, {"p": one(images)}) <= BOUND
    assert list(several(images)) == ["p", "c"]
    assert deviation(expected, several(images)) <= BOUND
    first = one(images)
    again = one(images[:1] * 0)  # what was yielded before stays what it was
    assert again.shape[0] == 1
    assert deviation({"p": expected["p"]}, {"p": first}) <= BOUND
    assert one.steps == rewritten_for(ENGINES[engine], graph, "p").steps
    assert (one.function is not None) == ENGINES[engine].in_tensorflow
    with pytest.raises(SpecError, match="must have the shape 3x16x16x3"):
        several(images[:2])


@pytest.mark.parametrize("engine", OTHERS)
def test_threads_reach_the_runtime(engine: str) -> None:
    need(engine)
    graph = loaded(spec(LAYERS)).graph
    network = compile_network(graph, random_values(graph), None, engine, batch=1, threads=1)
    assert network.runtime.startswith(ENGINES[engine].title)
    assert network.runtime.endswith(", 1 thread")


@pytest.mark.parametrize("engine", OTHERS)
def test_what_no_tensorflow_computes_is_saved_as_tensorflow(engine: str, tmp_path: Any) -> None:
    need(engine)
    import tensorflow as tf

    graph = loaded(spec(LAYERS)).graph
    values, images = random_values(graph), pictures(graph, 2)
    infer = Inference(graph, values, "p", engine=engine)
    infer.save(str(tmp_path / "saved"))
    again = np.asarray(tf.saved_model.load(str(tmp_path / "saved"))(images))
    assert deviation({"p": infer(images)}, {"p": again}) <= BOUND


@pytest.mark.parametrize("engine", OTHERS)
def test_a_runtime_that_fails_is_a_finding(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    need(engine)
    graph = loaded(spec(LAYERS)).graph
    infer = Inference(graph, random_values(graph), "p", engine=engine)

    def broken(given: Any) -> Any:
        raise RuntimeError("Exception from somewhere:\nno kernel \x1b[31mfor this\n\n")

    compiled = infer._compiled
    monkeypatch.setattr(infer, "_compiled", type(compiled)(
        compiled.task, broken, compiled.compute, compiled.fetch, "", ""))  # fmt: skip
    with pytest.raises(SpecError) as caught:
        infer(pictures(graph, 1))
    [finding] = caught.value.findings
    assert finding.code == "E0822"
    assert finding.message == f"{ENGINES[engine].title} cannot run the network"
    assert finding.notes[0].endswith("for this")
    assert "no kernel" in finding.notes[0]
    assert "\x1b" not in finding.notes[0]


def test_auto_is_an_engine_and_says_so() -> None:
    network = inceptionspec.load(spec(LAYERS))
    infer = network.to_inference(outputs="p")
    assert infer.engine in ENGINES
    assert infer.choice.startswith(f"engine {infer.engine} by the usual order")
    layers = len(infer.graph.nodes)
    assert str(infer).splitlines() == [f"t: {layers} layers, {infer.engine}", infer.choice]
