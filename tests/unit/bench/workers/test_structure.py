"""Which layer of one network is which of another."""

from __future__ import annotations

import pytest
from support import loaded as load

from inceptionspec.bench.workers.structure import graph_part, matching_weights

BRANCHES = """
spec: 1
name: T
input: {size: 8x8, channels: 3}
defaults: {conv: {norm: batch_norm, kernel: 1x1}}
network:
  - {op: conv, name: Stem, filters: 4}
  - name: Mixed
    merge: concat
    branches:
      a: [{op: conv, name: One, filters: %d}]
      b: [{op: max_pool, name: Pool, kernel: 3x3}, {op: conv, name: Two, filters: %d}]
"""


def part(text: str) -> object:
    graph = load(text).graph
    return graph_part(graph, graph.nodes[-1].path)


def test_a_network_matches_itself() -> None:
    found = matching_weights(part(BRANCHES % (2, 3)), part(BRANCHES % (2, 3)))  # type: ignore[arg-type]
    assert found is not None
    matched = list(found)
    assert all(one == other for one, other in matched)
    assert {path for (path, _), _ in matched} == {"Stem", "Mixed/a/One", "Mixed/b/Two"}
    assert len(matched) == 3 * 5


def test_branches_of_a_concatenation_keep_their_order() -> None:
    assert matching_weights(part(BRANCHES % (2, 3)), part(BRANCHES % (3, 2))) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["resnet50", "inception_resnet_v2_keras"])
def test_another_network_does_not_match(name: str) -> None:
    graph, other = load("mobilenet_v2").graph, load(name).graph
    assert matching_weights(graph_part(graph, "Logits"), graph_part(other, "Logits")) is None
