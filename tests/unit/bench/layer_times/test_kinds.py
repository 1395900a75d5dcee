"""The kinds of layers that an engine runs."""

from __future__ import annotations

import json

import pytest
from support import loaded, spec

import inceptionspec
from inceptionspec.backends.engines import ENGINES, rewritten_for
from inceptionspec.bench.layer_times.kinds import RunGraph, run_graph
from inceptionspec.bench.layer_times.measure import copies
from inceptionspec.bench.request.node_data import graph_of, node_data, node_of
from inceptionspec.bench.request.target import target
from inceptionspec.ir.graph import Graph


def run_of(graph: Graph, engine: str = "optimized", batch: int = 1) -> RunGraph:
    return run_graph(graph, target(graph).paths, ENGINES[engine], batch)


def ops(run: RunGraph) -> list[str]:
    return sorted(json.loads(kind)["op"] for kind in run.counts)


BLOCK = """
- {op: conv, name: a, kernel: 3, filters: 4, norm: batch_norm, activation: relu}
- {op: conv, name: b, kernel: 3, filters: 4, norm: batch_norm, activation: relu}
- {op: conv, name: c, kernel: 3, filters: 4, norm: batch_norm, activation: relu}
- {op: dropout, rate: 0.5}
"""


def test_a_convolution_with_norm_and_activation_is_one_kind_and_dropout_none() -> None:
    run = run_of(loaded(spec(BLOCK)).graph)
    assert ops(run) == ["conv", "conv"]
    assert sorted(run.counts.values()) == [1, 2]  # `b` and `c` are of one kind
    (data,) = (json.loads(kind) for kind, count in run.counts.items() if count == 2)
    assert [name for name, _ in data["weights"]] == ["kernel", "bias"]  # the norm is folded
    plain = run_of(loaded(spec(BLOCK)).graph, "graph")
    assert ops(plain) == ["conv", "conv", "dropout"]


def test_names_and_what_trains_alone_make_no_kind() -> None:
    other = BLOCK.replace("name: b", "name: z, l2: 0.5").replace("rate: 0.5", "rate: 0.1")
    assert run_of(loaded(spec(BLOCK)).graph).counts == run_of(loaded(spec(other)).graph).counts
    wider = BLOCK.replace("name: b, kernel: 3", "name: b, kernel: 5")
    assert len(run_of(loaded(spec(wider)).graph).counts) == 3


def test_every_layer_of_the_spec_that_runs_has_a_source() -> None:
    graph = loaded("inception_v3").graph
    run = run_of(graph)
    paths = {path for index in run.layers for path, _ in run.sources[run.graph.nodes[index].path]}
    assert {"Conv2d_1a_3x3", "Mixed_6b/Branch_1/Conv2d_0b_1x7", "Predictions"} <= paths
    assert not any(path.startswith("AuxLogits") for path in paths)  # the main head alone
    assert sum(run.counts.values()) == len(run.layers)
    convs = sum(count for kind, count in run.counts.items() if '"op":"conv"' in kind)
    kinds = sum('"op":"conv"' in kind for kind in run.counts)
    assert (convs, kinds) == (95, 47)


def test_large_batches_are_two_parts() -> None:
    graph = loaded(spec(BLOCK)).graph
    assert run_of(graph, batch=7).batches == (7,)
    run = run_of(graph, batch=9)
    assert run.batches == (5, 4)
    assert len(run.kinds) == 2 * len(run.layers)
    assert run_of(graph, "graph", batch=9).batches == (9,)


@pytest.mark.parametrize("name", inceptionspec.builtin_specs())
def test_a_layer_comes_back_from_its_data(name: str) -> None:
    graph = loaded(name).graph
    rewritten = rewritten_for(ENGINES["optimized"], graph, target(graph).paths).graph
    for node in (*graph.nodes, *rewritten.nodes):
        if not node.inputs:
            continue
        again = node_of(json.loads(json.dumps(node_data(node))), node.index, node.inputs)
        assert (again.op, again.shape, again.inputs) == (node.op, node.shape, node.inputs)
        for key, value in again.attributes.items():
            assert value == node.attributes[key], (node.path, key)
        assert [(one.name, one.shape) for one in again.weights] == [
            (one.name, one.shape) for one in node.weights
        ]


def test_a_network_comes_back_from_its_data() -> None:
    run = run_of(loaded(spec(BLOCK)).graph)
    graph = graph_of(json.loads(json.dumps(run.data)))
    assert [node.op for node in graph.nodes] == ["input", "conv", "conv", "conv"]
    assert [node.inputs for node in graph.nodes] == [(), (0,), (1,), (2,)]
    assert run.data["outputs"] == [3]


def test_small_layers_run_several_to_a_call() -> None:
    counts = {copies(kind) for kind in run_of(loaded("inception_v3").graph).counts}
    assert counts == {1, 3, 6, 12}
