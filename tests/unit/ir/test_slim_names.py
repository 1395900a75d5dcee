"""Variable names against lists that were made by running TF-Slim."""

from __future__ import annotations

import pytest
from support import REFERENCE

import inceptionspec
from inceptionspec.ir.slim_names import stored_variables


def listed(network):
    """Names and shapes that TF-Slim's network has, in the order of their creation."""
    text = (REFERENCE / "slim_variables" / f"{network}.tsv").read_text(encoding="utf-8")
    head, *rows = text.splitlines()
    assert head == "variable\tshape"
    return [tuple(row.split("\t")) for row in rows]


@pytest.mark.parametrize(
    "network",
    ["inception_v1", "inception_v2", "inception_v3", "inception_v4", "inception_resnet_v2"],
)
def test_names_shapes_and_order_are_tf_slims(network):
    rows = listed(network)
    classes = 1001 if any(shape.endswith("1001") for _, shape in rows) else 1000
    graph = inceptionspec.load(network, classes=classes).graph
    ours = [(one.name, "x".join(map(str, one.shape))) for one in stored_variables(graph)]
    assert ours == rows


def test_every_kind_of_weight_has_its_name():
    graph = inceptionspec.load(
        "spec: 1\nname: t\ncheckpoint_scope: Scope\ninput: {size: 8x8, channels: 3}\nnetwork:\n"
        "  - {op: conv, name: c, kernel: 1x1, filters: 2, bias: true, norm: batch_norm}\n"
        "  - {op: depthwise_conv, name: d, kernel: 3x3, bias: false}\n"
        "  - {op: separable_conv, name: s, kernel: 3x3, filters: 2}\n"
        "  - {op: batch_norm, name: b, scale: false}\n"
        "  - {op: flatten, name: f}\n"
        "  - {op: dense, name: e, units: 5}\n"
    ).graph
    assert [(one.name, one.shape) for one in stored_variables(graph)] == [
        ("Scope/c/weights", (1, 1, 3, 2)),
        ("Scope/c/biases", (2,)),
        ("Scope/c/BatchNorm/beta", (2,)),
        ("Scope/c/BatchNorm/gamma", (2,)),
        ("Scope/c/BatchNorm/moving_mean", (2,)),
        ("Scope/c/BatchNorm/moving_variance", (2,)),
        ("Scope/d/depthwise_weights", (3, 3, 2, 1)),
        ("Scope/s/depthwise_weights", (3, 3, 2, 1)),
        ("Scope/s/pointwise_weights", (1, 1, 2, 2)),
        ("Scope/s/biases", (2,)),
        ("Scope/b/beta", (2,)),
        ("Scope/b/moving_mean", (2,)),
        ("Scope/b/moving_variance", (2,)),
        ("Scope/e/weights", (128, 5)),
        ("Scope/e/biases", (5,)),
    ]


def test_without_a_scope_names_start_with_the_path():
    graph = inceptionspec.load(
        "spec: 1\nname: t\ninput: {size: 8x8, channels: 3}\nnetwork:\n"
        "  - {op: conv, name: c, kernel: 1x1, filters: 2, bias: false}\n"
    ).graph
    names = [one.name for one in stored_variables(graph)]
    assert graph.checkpoint_scope or names == ["c/weights"]
    assert names[0].endswith("c/weights")
