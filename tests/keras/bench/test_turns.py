"""Layers and networks that take turns, by TensorFlow, in this process."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import pytest
from random_networks import networks

from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.layer_times import LayerTimes, TimeRequest
from inceptionspec.bench.layer_times.kinds import run_graph
from inceptionspec.bench.request.target import target
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ops import OPS

if importlib.util.find_spec("tensorflow") is None:
    pytest.skip("TensorFlow is not installed", allow_module_level=True)

from inceptionspec.bench.workers import turns


def layers_of_every_operator() -> dict[str, dict[str, Any]]:
    """A kind of each operator that an engine runs, as `turns` takes it."""
    found: dict[str, dict[str, Any]] = {}
    for drawn in networks(1, 300):
        graph = drawn.graph
        if None in graph.nodes[0].shape or set(found) == set(OPS) - {"input"}:
            continue
        ends = [graph.nodes[-1].path]
        for kind in run_graph(graph, ends, ENGINES["graph"], 2).counts:
            data = json.loads(kind)
            found.setdefault(data["op"], {**data, "copies": 2})
    return found


def test_every_operator_can_be_run_alone() -> None:
    parts = layers_of_every_operator()
    assert set(parts) == set(OPS) - {"input"}
    rounds = list(turns.take_turns([{}, *parts.values()], "optimized", 1))
    assert [len(each) for each in rounds] == [len(OPS)]
    assert all(turn.wall > 0 and turn.processor >= 0 for turn in rounds[0])


def test_all_that_a_call_is_of_is_computed(
    network: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[tuple[int, ...]]] = []
    called = turns._called

    def noted(compute: Any, shapes: list[list[int]]) -> Any:
        def and_noted(*tensors: Any) -> Any:
            outputs = compute(*tensors)
            seen.append([tuple(output.shape) for output in outputs])
            return outputs

        return called(and_noted, shapes)

    monkeypatch.setattr(turns, "_called", noted)
    graph = network.graph
    run = run_graph(graph, target(graph, "all").paths, ENGINES["optimized"], 9)
    kind = {**json.loads(next(iter(run.counts))), "copies": 3}
    list(turns.take_turns([kind, run.data], "optimized", 1))
    layer, whole = seen
    assert layer == [(5, *kind["shape"])] * 3
    assert whole == [(9, *graph.nodes[index].shape) for index in _ends(network)]


def _ends(network: LoadedSpec) -> list[int]:
    graph = network.graph
    return [graph.names[path] for path in target(graph, "all").paths]


@pytest.mark.parametrize("engine", ["optimized", "graph"])
def test_a_network_is_measured_by_a_worker_and_predicted(
    network: LoadedSpec, engine: str, tmp_path: Any
) -> None:
    file = tmp_path / "times.json"
    times = LayerTimes(TimeRequest(engine), file)
    times.measure([], [network.graph])
    found = LayerTimes(TimeRequest(engine), file).predict(network.graph)
    assert found is not None
    assert found.measured is not None
    assert found.measured > 0
    assert all(seconds > 0 for seconds in found.layers.values())
    assert set(found.layers) <= {node.path for node in network.graph.nodes}
