"""Rewriting takes steps in proportion to n log n of the layers and their inputs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from counted_steps import doublings, steps
from rewriting import graph_of
from support import ROOT

import inceptionspec
from inceptionspec.ir.graph import Graph
from inceptionspec.rewrites import PASSES, chosen_passes, rewrite
from inceptionspec.rewrites.savings import savings
from inceptionspec.rewrites.weight_expr import leaves

ONE = "op: conv, kernel: 1x1"


def chain(*layers: str) -> Callable[[int], Graph]:
    lines = "\n".join(f"- {{{layer}}}" for layer in layers)
    return lambda n: graph_of("\n".join([lines] * n))


def fan(branch: str, merge: str = "concat", before: str = "") -> Callable[[int], Graph]:
    def made(n: int) -> Graph:
        lines = [before] if before else []
        return graph_of(
            "\n".join([*lines, f"- branches: [{', '.join([branch] * n)}]", f"  merge: {merge}"])
        )

    return made


def heads(n: int) -> Graph:
    layers = "[{op: dropout, rate: 0.5}, {op: global_avg_pool}, {op: dense, units: 3}]"
    lines = "".join(f"  H{i}: {{from: T, layers: {layers}}}\n" for i in range(n))
    return graph_of(f"- {{{ONE}, name: T, filters: 4}}", more=f"main: H0\nheads:\n{lines}")


NETWORKS = {
    "chain of 1x1 convolutions": chain(f"{ONE}, filters: 4"),
    "chain of norms": chain("op: batch_norm"),
    "chain of dropout": chain("op: dropout, rate: 0.5"),
    "chain of convolutions and norms": chain("op: conv, kernel: 3, filters: 4", "op: batch_norm"),
    "chain of dropout and norms": chain("op: dropout, rate: 0.5", "op: batch_norm"),
    "chain of pools and convolutions": chain(
        "op: avg_pool, kernel: 3, padding: 1", f"{ONE}, filters: 4, activation: relu"
    ),
    "fan of dropout": fan("[{op: dropout, rate: 0.1}]", "add", "- {op: dropout, rate: 0.1}"),
    "fan of concats": fan("[{branches: [[], []], merge: concat}]"),
    "fan of convolutions and norms": fan(f"[{{{ONE}, filters: 1}}, {{op: batch_norm}}]"),
    "fan of 1x1 convolutions": fan(f"[{{{ONE}, filters: 2, activation: relu}}]"),
    "fan of pairs of 1x1 convolutions": fan(
        f"[{{op: max_pool, kernel: 3}}, {{branches: [[{{{ONE}, filters: 2, activation: relu}}], "
        f"[{{{ONE}, filters: 2, activation: relu}}]], merge: concat}}]"
    ),
    "fan of pools and convolutions": fan(
        "[{op: avg_pool, kernel: 3, count_padding: true}, "
        f"{{{ONE}, filters: 1, activation: relu}}]"
    ),
    "fan of pools that one convolution precedes": fan(
        f"[{{{ONE}, filters: 9}}, {{op: avg_pool, kernel: 2, stride: 2}}]"
    ),
    "sum with a factor": fan(f"[{{{ONE}, filters: 4}}]", "{op: add, scale: 0.5}"),
    "many heads": heads,
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_twice_the_network_takes_twice_the_steps(network: Callable[[int], Graph]) -> None:
    def measure(n: int) -> int:
        graph = network(n)

        def work() -> None:
            found = rewrite(graph)
            savings(found)
            for expression in found.weights.values():
                leaves(expression)

        return steps(work)

    assert max(doublings(measure, 8)) < 2.05


@pytest.mark.parametrize("name", PASSES)
def test_each_pass_alone_does(name: str) -> None:
    """Also where the passes before it have not cleared the way."""
    for network in NETWORKS.values():

        def measure(n: int, network: Callable[[int], Graph] = network) -> int:
            graph = network(n)
            return steps(lambda: rewrite(graph, passes=chosen_passes((name,))))

        assert max(doublings(measure, 3)) < 2.05


@pytest.mark.parametrize("case", ["chain40", "norms1000"])
def test_deep_chains_of_linear_layers_become_one(case: str) -> None:
    text = (ROOT / "tests/corpus/rewrites" / f"{case}.yaml").read_text(encoding="utf-8")
    graph = inceptionspec.load(text).graph
    found = rewrite(graph)
    assert [node.op for node in found.graph.nodes] == ["input", graph.nodes[-1].op]
    stored = {(node.path, weight.name) for node in graph.nodes for weight in node.weights}
    reached = {(leaf.path, leaf.name) for one in found.weights.values() for leaf in leaves(one)}
    assert reached == stored
    assert len(repr(found.weights)) < 4000
