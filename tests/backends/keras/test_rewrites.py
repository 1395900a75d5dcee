"""Each rewrite alone, on random weights, against the plain network in float64."""

from __future__ import annotations

import pytest
from rewriting import distance, graph_of, rewritten_by

CONV = "op: conv, kernel: 3x3, filters: 6"
DEPTHWISE = "op: depthwise_conv, kernel: 3x3, depth_multiplier: 2"
SEPARABLE = "op: separable_conv, kernel: 3x3, filters: 6, depth_multiplier: 2"
DENSE = "- {op: global_avg_pool}\n- {op: dense, units: 6"

FOLDED = {
    "own norm": f"- {{{CONV}, norm: batch_norm, activation: relu}}",
    "own norm with epsilon": f"- {{{CONV}, norm: {{op: batch_norm, epsilon: 0.5}}}}",
    "no gamma": f"- {{{CONV}, norm: {{op: batch_norm, scale: false}}, activation: relu}}",
    "no beta": f"- {{{CONV}, norm: {{op: batch_norm, center: false}}, activation: relu}}",
    "neither": f"- {{{CONV}, norm: {{op: batch_norm, center: false, scale: false}}}}",
    "bias and norm": f"- {{{CONV}, bias: true, norm: batch_norm, activation: tanh}}",
    "stride and padding": f"- {{{CONV}, stride: 2, padding: 2, norm: batch_norm}}",
    "dilation": f"- {{{CONV}, dilation: 2, norm: batch_norm}}",
    "groups": f"- {{{CONV}, groups: 2, norm: batch_norm}}",
    "depthwise": f"- {{{DEPTHWISE}, norm: batch_norm, activation: relu}}",
    "depthwise with bias": f"- {{{DEPTHWISE}, bias: true, norm: batch_norm}}",
    "separable": f"- {{{SEPARABLE}, norm: batch_norm, activation: relu}}",
    "dense": f"{DENSE}, norm: batch_norm, activation: relu}}",
    "norm behind": f"- {{{CONV}, bias: false}}\n- {{op: batch_norm, epsilon: 0.1}}",
    "norm behind a bias": f"- {{{CONV}}}\n- {{op: batch_norm, scale: false}}",
    "norm behind depthwise": f"- {{{DEPTHWISE}}}\n- {{op: batch_norm}}",
    "norm behind separable": f"- {{{SEPARABLE}}}\n- {{op: batch_norm, center: false}}",
    "norm behind dense": f"{DENSE}}}\n- {{op: batch_norm}}",
    "two norms": f"- {{{CONV}, norm: batch_norm}}\n- {{op: batch_norm}}",
}


@pytest.mark.parametrize("network", FOLDED.values(), ids=FOLDED.keys())
def test_folding_a_norm_is_exact(network: str) -> None:
    graph = graph_of(network)
    found = rewritten_by(graph, "fold-batch-norm")
    assert len(found.steps) == (
        2 if "\n- {op: batch_norm" in network and "norm: b" in network else 1
    )
    assert not any(
        node.op == "batch_norm" or node.attributes.get("norm") for node in found.graph.nodes
    )
    assert distance(graph, found) < 1e-12
