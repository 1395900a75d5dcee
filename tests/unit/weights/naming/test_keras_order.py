"""The order of Keras' `model.layers`: by depth, not by creation."""

from __future__ import annotations

from support import loaded, spec

from inceptionspec.weights.naming.keras_order import keras_order

BRANCHES = """
- {op: conv, name: first, kernel: 1x1, filters: 4, norm: batch_norm, activation: relu}
- branches:
    short:
      - {op: conv, name: s, kernel: 1x1, filters: 4, norm: batch_norm, activation: relu}
    long:
      - {op: conv, name: l1, kernel: 1x1, filters: 4, norm: batch_norm, activation: relu}
      - {op: conv, name: l2, kernel: 1x1, filters: 4, norm: batch_norm, activation: relu}
    pool:
      - {op: max_pool, name: p, kernel: 3x3, stride: 1}
      - {op: conv, name: c, kernel: 1x1, filters: 4, norm: batch_norm, activation: relu}
"""


def test_layers_are_counted_by_depth_and_then_as_a_search_meets_them() -> None:
    """As Keras has it: the longest way first, then branch by branch."""
    graph = loaded(spec(BRANCHES)).graph
    order = keras_order(graph)
    paths = [graph.nodes[index].path.rpartition("/")[2] for index in order["conv2d"]]
    assert paths == ["first", "l1", "s", "l2", "c"]
    assert list(order["conv2d"].values()) == [0, 1, 2, 3, 4]
    assert list(order["batch_normalization"]) == list(order["conv2d"])


def test_v3_is_counted_as_keras_counts_it() -> None:
    """Creation numbers in the order of `model.layers`, as Keras 3 lists them."""
    graph = loaded("inception_v3_keras").graph
    created = {node.index: n for n, node in enumerate(
        node for node in graph.nodes if node.op == "conv")}  # fmt: skip
    numbers = [created[index] for index in keras_order(graph)["conv2d"]]
    assert numbers[:15] == [0, 1, 2, 3, 4, 8, 6, 9, 5, 7, 10, 11, 15, 13, 16]
