"""Each operator as plain TensorFlow, against the Keras layer of the same spec."""

from __future__ import annotations

import numpy as np
import pytest
from support import spec

import inceptionspec
from inceptionspec.backends.tensorflow.emit import EMITTERS
from inceptionspec.ops import OPS
from inceptionspec.ops.functions import ACTIVATIONS

NORM = "norm: {op: batch_norm, scale: true}"
#: Layers that follow one another, one of each thing that an emitter decides.
NETWORKS = {
    "conv same": "- {op: conv, name: a, kernel: 3x2, filters: 5, stride: 2x1, activation: relu}",
    "conv valid": "- {op: conv, name: a, kernel: 1x3, filters: 5, padding: valid, bias: false}",
    "conv pixels": "- {op: conv, name: a, kernel: 3x3, filters: 5, stride: 2, "
    "padding: {top: 0, bottom: 1, left: 2, right: 1}}",
    "conv dilated": "- {op: conv, name: a, kernel: 3x3, filters: 5, dilation: 2x1}",
    "conv dilated and strided": "- {op: conv, name: a, kernel: 3x3, filters: 5, "
    "dilation: 2, stride: 2x1}",
    "conv dilated, strided, in pixels": "- {op: conv, name: a, kernel: 3x3, filters: 5, "
    "dilation: 2, stride: 2, padding: 3}",
    "conv in groups": f"- {{op: conv, name: a, kernel: 3x3, filters: 6, groups: 2, {NORM}, "
    "activation: relu6}",
    "conv in strided groups": "- {op: conv, name: a, kernel: 3x3, filters: 8, groups: 4, "
    "dilation: 2, stride: 2}",
    "conv and norm": f"- {{op: conv, name: a, kernel: 3x3, filters: 5, {NORM}, bias: true, "
    "activation: silu}",
    "depthwise": f"- {{op: depthwise_conv, name: a, kernel: 3x3, depth_multiplier: 2, {NORM}}}",
    "depthwise, unequal strides": "- {op: depthwise_conv, name: a, kernel: 3x3, stride: 2x1}",
    "depthwise in pixels": "- {op: depthwise_conv, name: a, kernel: 3x3, stride: 2, padding: 1}",
    "depthwise dilated": "- {op: depthwise_conv, name: a, kernel: 3x3, dilation: 2}",
    "separable": f"- {{op: separable_conv, name: a, kernel: 3x3, filters: 5, stride: 2, {NORM}}}",
    "dense": f"- {{op: flatten}}\n- {{op: dense, name: a, units: 5, {NORM}, activation: tanh}}",
    "max pool": "- {op: max_pool, kernel: 3x2, stride: 2}",
    "max pool in pixels": "- {op: max_pool, kernel: 3x3, stride: 2, padding: 1}",
    "avg pool": "- {op: avg_pool, kernel: 3x3}",
    "avg pool, padding counted": "- {op: avg_pool, kernel: 3x3, stride: 2, count_padding: true}",
    "avg pool in pixels": "- {op: avg_pool, kernel: 3x3, stride: 2, "
    "padding: {top: 2, bottom: 0, left: 0, right: 1}}",
    "avg pool in pixels, counted": "- {op: avg_pool, kernel: 3x3, stride: 2, padding: 1, "
    "count_padding: true}",
    "global avg pool": "- {op: global_avg_pool}",
    "global avg pool, kept": "- {op: global_avg_pool, keep_dims: true}\n- {op: squeeze}",
    "global max pool": "- {op: global_max_pool}",
    "norm": "- {op: batch_norm, name: a, epsilon: 0.01, scale: true}",
    "norm of a vector": "- {op: flatten}\n- {op: batch_norm, name: a, center: false}",
    "lrn": "- {op: lrn, radius: 2, alpha: 0.3, beta: 0.75, bias: 2}",
    "softmax": "- {op: softmax}",
    "dropout": "- {op: dropout, rate: 0.5}",
    "pad": "- {op: pad, padding: {top: 1, bottom: 2, left: 0, right: 3}}",
    "concat": "- merge: concat\n  branches:\n    a: [{op: max_pool, kernel: 3x3, stride: 1}]\n"
    "    b: [{op: avg_pool, kernel: 3x3}]",
    "add": "- merge: {op: add, scale: 0.3, activation: relu}\n  branches:\n"
    "    a: [{op: max_pool, kernel: 3x3, stride: 1}]\n    b: [{op: avg_pool, kernel: 3x3}]",
    "multiply": "- merge: {op: multiply, activation: sigmoid}\n  branches:\n"
    "    a: [{op: max_pool, kernel: 3x3, stride: 1}]\n    b: [{op: global_avg_pool}]",
    **{
        f"activation {name}": f"- {{op: activation, function: {name}}}"
        for name in sorted(set(ACTIVATIONS) - {"softmax"})
    },
}
#: Those whose arithmetic depends on sizes that may be open.
OPEN = (
    "conv same",
    "conv dilated",
    "avg pool, padding counted",
    "avg pool in pixels",
    "global avg pool, kept",
    "depthwise in pixels",
)


def images(*shape: int) -> np.ndarray:
    """A batch of both signs."""
    return np.random.default_rng(3).normal(size=(2, *shape)).astype("float32")


def scattered(model: object) -> None:
    """Give every weight of a model a random value, variances positive ones."""
    generator = np.random.default_rng(5)
    for variable in model.weights:  # type: ignore[attr-defined]
        if variable.dtype == "float32":
            value = generator.normal(size=variable.shape)
            variable.assign(np.abs(value) + 0.5 if "variance" in variable.name else value)


def test_every_operator_has_an_emitter() -> None:
    assert set(EMITTERS) == set(OPS)


@pytest.mark.parametrize(
    ("name", "size"),
    [(name, "8x9") for name in NETWORKS] + [(name, "any") for name in OPEN],
)
def test_plain_operations_do_what_the_layers_do(name: str, size: str) -> None:
    network = inceptionspec.load(spec(NETWORKS[name], size=size, channels=4))
    model = network.to_keras()
    scattered(model)
    seen = images(8, 9, 4)
    expected = np.asarray(model(seen))
    for engine in ("graph", "optimized"):
        got = np.asarray(network.to_inference(model, engine=engine)(seen))
        assert got.shape == expected.shape
        assert np.abs(got - expected).max() <= 1e-5 * max(np.abs(expected).max(), 1)


def test_maximum_pools_do_not_note_where_each_maximum_was() -> None:
    """As oneDNN's kernel for `MaxPool` does, which takes twice the time."""
    infer = inceptionspec.load(spec(NETWORKS["max pool"])).to_inference(batch=1, engine="optimized")
    operations = {one.type for one in infer.function.get_concrete_function().graph.get_operations()}
    assert "MaxPoolV2" in operations
    assert "MaxPool" not in operations
