"""Weights whose shape follows the input size, compared with loading another size."""

from __future__ import annotations

import pytest
from support import loaded, spec

from inceptionspec.analysis.bound_weights import bound_weights

HEADS = [
    "{op: global_avg_pool, keep_dims: true}, {op: flatten}, {op: dense, name: d, units: 10}",
    "{op: avg_pool, kernel: map, padding: valid}, {op: flatten}, {op: dense, name: d, units: 10}",
    "{op: avg_pool, kernel: map}, {op: flatten}, {op: dense, name: d, units: 10}",
    "{op: flatten}, {op: dropout, rate: 0.1}, {op: dense, name: d, units: 10}",
    "{op: flatten}, {op: dense, units: 4}, {op: dense, name: d, units: 10}",
    "{op: conv, name: d, kernel: map, filters: 4, padding: valid}",
    "{op: conv, kernel: 3, filters: 4, stride: 2}, {op: global_max_pool}, "
    "{op: dense, name: d, units: 4}",
]


@pytest.mark.parametrize("layers", HEADS)
def test_a_weight_is_marked_if_its_shape_follows_the_input(layers: str) -> None:
    text = spec(
        "- {op: conv, name: c, kernel: 3, filters: 8}",
        rest=f"heads: {{H: {{from: c, layers: [{layers}]}}}}",
    )
    small, large = loaded(text).graph, loaded(text, input=24).graph
    follows = {
        one.index
        for one, other in zip(small.nodes, large.nodes, strict=True)
        if one.weights != other.weights
    }
    assert bound_weights(small) == follows


@pytest.mark.parametrize("name", ["inception_v4", "inception_resnet_v2"])
def test_logits_after_a_global_pool_are_not_marked(name: str) -> None:
    graph = loaded(name).graph
    marked = {graph.nodes[index].path for index in bound_weights(graph)}
    assert all(not path.startswith("Logits/") for path in marked)
