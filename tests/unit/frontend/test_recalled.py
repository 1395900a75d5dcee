"""A variant that sets other arguments in calls: only those calls are expanded again."""

from __future__ import annotations

import pytest

from inceptionspec.diagnostics.limits import DEFAULT_LIMITS
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.expansion.inheritance import inherit_chain
from inceptionspec.frontend.linking.flat import FlatNetwork
from inceptionspec.frontend.load import flattened, recalled
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.reading.yaml_reader import read

BASE = """
spec: 1
name: base
input: {size: 16x16, channels: 3}
blocks:
  unit:
    args: {filters: int, pools: {type: bool, default: false}}
    layers:
      - {op: conv, name: conv, kernel: 3x3, filters: $filters}
      - {op: avg_pool, name: pool, kernel: 2x2, when: $pools}
network:
  - {op: conv, name: stem, kernel: 3x3, filters: 6}
  - {block: unit, name: one, with: {filters: 5}}
  - {name: part, layers: [{block: unit, name: two, with: {filters: 7}}]}
  - layers: [{block: unit, name: hidden, with: {filters: 7}}]
"""


def document(override: str) -> Map:
    text = f"spec: 1\nextends: base\nname: variant\noverride: {override}\n"
    return read(Source("variant", text), DEFAULT_LIMITS)


def network(override: str) -> FlatNetwork:
    return flattened(inherit_chain((document(override), read(Source("base", BASE)))))


@pytest.mark.parametrize("path", ["one", "part/two"])
def test_all_other_layers_are_shared(path: str) -> None:
    like = network(f"{{{path}: {{set: {{with: {{filters: 8}}}}}}}}")
    other = f"{{{path}: {{set: {{with: {{filters: 9}}}}}}}}"
    found, whole = recalled(like, document(other)), network(other)
    assert found is not None
    assert [layer.attributes for layer in found.layers] == [
        layer.attributes for layer in whole.layers
    ]
    shared = [
        layer.path for layer, old in zip(found.layers, like.layers, strict=True) if layer is old
    ]
    assert shared == [one.path for one in like.layers if one.path != f"{path}/conv"]
    assert [child for child in found.tree.children if child in like.tree.children] == [
        child for child in like.tree.children if child.name != path.split("/")[0]
    ]
    filters = {layer.path: layer.attributes.get("filters") for layer in like.layers}
    assert filters[f"{path}/conv"] == 8  # the other one stays as it is


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{one: {set: {with: {filters: 8}}}}", "{one: {set: {with: {filters: 9, pools: true}}}}"),
        ("{one: {set: {with: {filters: 8}}}}", "{one: {set: {with: {filters: x}}}}"),
        ("{one: {set: {with: {filters: 8}}}}", "{one: {set: {with: {filter: 8}}}}"),
        ("{one: {set: {with: {filters: 8}}}}", "{part/two: {set: {with: {filters: 8}}}}"),
        ("{one: {set: {with: {filters: 8}}}}", "{one: {set: {repeat: 2}}}"),
        ("{stem: {set: {filters: 8}}}", "{stem: {set: {filters: 9}}}"),
        ("{hidden: {set: {with: {filters: 8}}}}", "{hidden: {set: {with: {filters: 9}}}}"),
        ("{one: delete}", "{one: delete}"),
    ],
)
def test_what_changes_more_is_left_to_the_whole_way(before: str, after: str) -> None:
    assert recalled(network(before), document(after)) is None


def test_a_number_is_not_a_truth_value() -> None:
    like = network("{one: {set: {with: {filters: 1}}}}")
    assert recalled(like, document("{one: {set: {with: {filters: true}}}}")) is None
    same = recalled(like, document("{one: {set: {with: {filters: 1}}}}"))
    assert same is not None
    assert all(map(lambda one, other: one is other, same.layers, like.layers))
