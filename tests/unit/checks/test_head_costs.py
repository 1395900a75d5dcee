"""What heads cost, compared with linking each of them alone; and how the work grows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from support import loaded, spec

from inceptionspec.analysis import memory
from inceptionspec.analysis.costs import costs, total
from inceptionspec.checks.contracts import broken_contracts
from inceptionspec.checks.head_costs import HeadCosts
from inceptionspec.frontend.linking.linker import link
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.ir.traversal import dominators

TWO_HEADS = spec(
    "- {op: conv, name: a, kernel: 3, filters: 8}\n"
    "- {branches: [[{op: conv, name: b, kernel: 3, filters: 16}, {op: dropout, rate: 0.1}], "
    "[{residual: {}, layers: [{op: conv, name: c, kernel: 1, filters: input}]}], []]}\n"
    "- {op: batch_norm, name: d}",
    rest="main: H\nheads:\n"
    "  H: {from: d, predictions: softmax, layers: [{op: global_avg_pool}, "
    "{op: dense, units: 5}]}\n"
    "  G: {from: b, layers: [{op: flatten}, {op: dense, units: 3}], predictions: sigmoid}\n"
    "  F: {from: H, layers: [{op: dense, units: 3}]}\n"
    "  E: {from: input, layers: [{op: softmax}]}",
)


@pytest.mark.parametrize("reference", [*builtin_names(), TWO_HEADS])
def test_a_head_costs_what_it_costs_alone(reference: str) -> None:
    whole = loaded(reference)
    heads = HeadCosts(whole.graph, costs(whole.graph))
    for head in whole.graph.heads:
        alone = link(whole.flat, (head.name,), whole.limits)
        assert heads.cost(head) == total(costs(alone))
        assert heads.peak(head) == memory.peak_activation_bytes(alone)


def test_dominators() -> None:
    graph = loaded(TWO_HEADS).graph
    nearest = dominators(graph.nodes)
    names = {node.path: node.index for node in graph.nodes}
    assert nearest[0] == -1
    assert nearest[names["a"]] == 0
    assert nearest[names["concat"]] == names["a"]
    assert nearest[names["add"]] == names["a"]
    assert nearest[names["d"]] == names["concat"]


@pytest.mark.parametrize("inside", [False, True])
def test_contracts_of_heads_grow_with_the_network(
    inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in nodes whose memory is swept: 94 s for 4,400 heads came from all for each."""
    swept = 0
    real = memory.live_bytes

    def counted(graph: memory.Graph, *rest: object) -> object:
        nonlocal swept
        swept += len(graph.nodes)
        return real(graph, *rest)

    monkeypatch.setattr(memory, "live_bytes", counted)
    steps = []
    for count in (50, 100, 200, 400):
        layers = ", ".join(f"{{op: conv, name: c{n}, kernel: 1, filters: 1}}" for n in range(count))
        trunk = (
            f"- {{residual: {{}}, layers: [{layers}]}}"
            if inside
            else "\n".join(
                f"- {{op: conv, name: c{n}, kernel: 1, filters: 1}}" for n in range(count)
            )
        )
        heads = "".join(
            f"  H{n}: {{from: c{n}, loss_weight: 1, layers: [{{op: flatten}}]}}\n"
            for n in range(count)
        )
        expect = "".join(f"  H{n}: {{macs: 1, peak_activation_bytes: 1}}\n" for n in range(count))
        text = spec(trunk, channels=1, rest=f"main: H0\nheads:\n{heads}expect:\n{expect}")
        swept = 0
        broken_contracts(loaded(text))
        steps.append(swept)
    assert steps[0] >= 50
    assert all(later <= 2.2 * earlier for earlier, later in pairwise(steps))
