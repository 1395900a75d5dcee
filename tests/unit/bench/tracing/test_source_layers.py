"""Which layers of a spec those of a rewritten network compute."""

from __future__ import annotations

import pytest
from support import loaded as load

from inceptionspec.bench.tracing.attribution import source_layers
from inceptionspec.rewrites import rewrite

SPLIT = """
spec: 1
name: Split
input: {size: 8x8}
network:
  - {op: conv, name: Stem, kernel: 3x3, filters: 4}
  - name: Mix
    branches:
      - [{op: conv, name: A, kernel: 1x1, filters: 2}]
      - [{op: conv, name: B, kernel: 1x1, filters: 6}, {op: conv, name: C, kernel: 3x3, filters: 2}]
  - {op: dropout, name: Drop, rate: 0.5}
"""


def test_merged_convolutions_are_theirs_by_macs() -> None:
    found = source_layers(rewrite(load(SPLIT).graph))
    assert found["Stem"] == (("Stem", 1.0),)
    assert found["Mix.merged"] == (("Mix/A", 0.25), ("Mix/B", 0.75))
    assert found["Mix/A.slice"] == (("Mix/A", 1.0),)
    assert found["Mix/C"] == (("Mix/C", 1.0),)
    assert "Drop" not in found


@pytest.mark.parametrize("name", ["inception_v3", "inception_resnet_v2", "xception"])
def test_shares_add_up_and_are_of_layers_that_there_are(name: str) -> None:
    graph = load(name, width=0.25).graph
    paths = {node.path for node in graph.nodes}
    rewritten = rewrite(graph)
    found = source_layers(rewritten)
    assert set(found) == {node.path for node in rewritten.graph.nodes}
    for sources in found.values():
        assert {path for path, _ in sources} <= paths
        assert sum(share for _, share in sources) == pytest.approx(1)
