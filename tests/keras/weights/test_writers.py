"""What is written is what TensorFlow and Keras read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from support import spec

import inceptionspec
from inceptionspec.backends.keras import build, weight_values
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.slim_names import stored_variables
from inceptionspec.weights.writers import write_keras_weights, write_slim_checkpoint
from inceptionspec.weights.writers.keras_layers import keras_layers

KINDS = {
    "Conv2D": "conv2d",
    "DepthwiseConv2D": "depthwise_conv2d",
    "SeparableConv2D": "separable_conv2d",
    "Dense": "dense",
    "BatchNormalization": "batch_normalization",
    "LayerNormalization": "layer_normalization",
    "GroupNormalization": "group_normalization",
    "EinsumDense": "einsum_dense",
    "Normalization": "normalization",
    "PReLU": "p_re_lu",
}
NETWORKS = {
    "inception_v3": {"width": 0.125, "min_filters": 8, "classes": 11},
    "xception": {"width": 0.125, "classes": 11},
    "mobilenet_v2": {"width": 0.25, "classes": 11},
}
_TOP_LEFT = "{top: 1, bottom: 0, left: 1, right: 0}"
#: Nodes for which the model has several layers or one, and every other kind of node.
BRANCHES = (
    f"{{op: conv, padding: {_TOP_LEFT}, filters: 4, kernel: 3, norm: batch_norm, "
    "activation: relu}",
    "{op: conv, stride: 2, dilation: 2, filters: 4, kernel: 3}",
    "{op: conv, stride: 2, dilation: 2, padding: valid, filters: 4, kernel: 3, activation: relu}",
    "{op: depthwise_conv, stride: 1x2, kernel: 3, norm: batch_norm}",
    "{op: depthwise_conv, kernel: 3, padding: 1, depth_multiplier: 2, activation: relu}",
    "{op: separable_conv, filters: 4, stride: 2x1, padding: valid, kernel: 3}",
    "{op: batch_norm}",
    "{op: max_pool, kernel: 3, stride: 2, padding: 1}",
    "{op: max_pool, kernel: 3, stride: 1, padding: 1}",
    "{op: max_pool, kernel: 3, stride: 2, padding: 2}",
    f"{{op: max_pool, kernel: 3, stride: 2, padding: {_TOP_LEFT}}}",
    "{op: avg_pool, kernel: 3, stride: 2, padding: 1, count_padding: true}",
    "{op: avg_pool, kernel: 3, stride: 2, padding: 1, count_padding: false}",
    f"{{op: avg_pool, kernel: 3, stride: 1, padding: {_TOP_LEFT}, count_padding: false}}",
    "{op: avg_pool, kernel: 3, stride: 2, padding: 2, count_padding: false}",
    "{op: avg_pool, kernel: 3, stride: 1, padding: 0, count_padding: false}",
    "{op: avg_pool, kernel: 3, stride: 1, padding: 0, count_padding: true}",
    "{op: avg_pool, kernel: 3, stride: 2, padding: same, count_padding: true}",
    "{op: avg_pool, kernel: 3, stride: 2, padding: same, count_padding: false}",
    "{op: avg_pool, kernel: 3, stride: 2, padding: valid}",
    "{op: lrn}",
    "{op: layer_norm}",
    "{op: group_norm, groups: 3}",
    "{op: layer_scale}",
    "{op: normalize}",
    "{op: prelu}",
    "{op: rescale, scale: 2}",
    "{op: drop_path, rate: 0.5}",
    "{op: conv, filters: 4, kernel: 3, activation: gelu_tanh}",
    "{op: conv, filters: 4, kernel: 3, activation: {leaky_relu: 0.3}}",
    "{op: activation, function: relu}",
    "{op: softmax}",
    "{op: dropout, rate: 0.5}",
    "{op: pad, padding: 1}",
    "{branches: [[], [{op: conv, filters: 6, kernel: 1}]], merge: {op: add, scale: 0.1}}",
    "{branches: [[], [{op: conv, filters: 6, kernel: 1}]], merge: {op: add, activation: relu}}",
    "{branches: [[], [{op: global_avg_pool}, {op: dense, units: 6}]], merge: multiply}",
    "{branches: [[], [{op: global_max_pool, keep_dims: true}]], merge: {op: multiply, "
    "activation: sigmoid}}",
)


@pytest.fixture(autouse=True)
def memory() -> Any:
    yield
    keras.backend.clear_session()


def scattered(graph: Graph) -> dict[tuple[str, str], Any]:
    draw = np.random.default_rng(2)
    return {
        (node.path, weight.name): draw.normal(size=weight.shape).astype("float32")
        for node in graph.nodes
        for weight in node.weights
    }


def ordered_as_in_keras(graph: Graph) -> bool:
    model = build(graph)
    theirs = [(type(layer).__name__, layer.name) for layer in model.layers]
    return [(layer.kind, layer.name) for layer in keras_layers(graph)] == [
        (KINDS[kind], name) for kind, name in theirs if kind in KINDS
    ]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_model_loads_the_weights(tmp_path: Path, name: str) -> None:
    graph = inceptionspec.load(name, **NETWORKS[name]).graph
    arrays = scattered(graph)
    path = tmp_path / "a.weights.h5"
    write_keras_weights(str(path), graph, arrays)
    model = build(graph)
    model.load_weights(path)
    values = weight_values(model, graph)
    assert values
    for key, value in values.items():
        np.testing.assert_array_equal(value, arrays[key])


def test_the_order_of_layers_is_keras_for_every_kind_of_node() -> None:
    branches = "".join(
        f"  - [{branch}, {{op: conv, filters: 2, kernel: 1}}, {{op: flatten}}, "
        "{op: dense, units: 3}]\n"
        for branch in BRANCHES
    )
    text = spec(f"- branches:\n{branches}  merge: concat", size="12x12", channels=6)
    assert ordered_as_in_keras(inceptionspec.load(text).graph)


def test_every_branch_has_the_depth_of_keras() -> None:
    """Beside a chain of each length, a branch of another depth changes places."""
    for branch in BRANCHES:
        chains = "".join(
            "  - [" + "{op: conv, filters: 6, kernel: 1}, " * length + "{op: flatten}]\n"
            for length in range(1, 5)
        )
        text = spec(
            f"- branches:\n{chains}"
            f"  - [{{op: conv, filters: 6, kernel: 1}}, {branch}, {{op: flatten}}]\n"
            "  merge: concat",
            channels=6,
        )
        assert ordered_as_in_keras(inceptionspec.load(text).graph), branch


def test_tensorflow_reads_the_checkpoint(tmp_path: Path) -> None:
    graph = inceptionspec.load("inception_v3", **NETWORKS["inception_v3"]).graph
    arrays = scattered(graph)
    prefix = str(tmp_path / "model.ckpt")
    write_slim_checkpoint(prefix, graph, arrays)
    theirs = tf.train.load_checkpoint(prefix)
    assert set(theirs.get_variable_to_shape_map()) == {v.name for v in stored_variables(graph)}
    for variable in stored_variables(graph):
        kind = theirs.get_variable_to_dtype_map()[variable.name]
        assert kind == tf.float32
        np.testing.assert_array_equal(
            theirs.get_tensor(variable.name), arrays[variable.node.path, variable.weight.name]
        )
