"""What ONNX Runtime computes of a graph, against what Keras computes of it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

import inceptionspec
from inceptionspec.backends.keras import build, weight_values
from inceptionspec.backends.onnx import onnx_model
from inceptionspec.backends.onnx.activations import ACTIVATIONS, NUMBERED
from inceptionspec.backends.onnx.emit import EMITTERS
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.ops import OPS
from inceptionspec.ops.functions import ACTIVATIONS as FUNCTIONS
from inceptionspec.ops.functions import NUMBERS
from inceptionspec.rewrites import rewrite

TOLERANCE = 1e-4
"""Of the largest magnitude: what the order of sums in float32 may change."""


@pytest.fixture(autouse=True)
def memory() -> Any:
    yield
    keras.backend.clear_session()


def scattered(model: Any) -> None:
    """Give every weight a random value, variances positive ones, of a size that keeps maps so."""
    generator = np.random.default_rng(5)
    for variable in model.weights:
        if variable.dtype != "float32":
            continue
        value = generator.normal(size=variable.shape)
        if "variance" in variable.name:
            value = np.abs(value) + 0.5
        elif "kernel" in variable.name:
            fan = np.prod(variable.shape[:-1]) if len(variable.shape) == 4 else variable.shape[0]
            value = value * np.sqrt(2 / max(fan, 1))
        variable.assign(value)


def both(graph: Any, outputs: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Outputs of Keras and of ONNX Runtime, by name, maps in TensorFlow's layout."""
    model = build(graph, outputs)
    scattered(model)
    images = np.random.default_rng(3).uniform(-1, 1, (2, *graph.nodes[0].shape)).astype("float32")
    expected = model(images, training=False)
    if not isinstance(expected, dict):
        expected = {"": expected}
    data = onnx_model(graph, weight_values(model, graph), outputs, batch=2)
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    got = session.run(None, {"images": images.transpose(0, 3, 1, 2)})
    turned = [one.transpose(0, 2, 3, 1) if one.ndim == 4 else one for one in got]
    return {k: np.asarray(v) for k, v in expected.items()}, dict(zip(names, turned, strict=True))


def same(graph: Any, outputs: Any = None) -> None:
    """Hold the two against each other."""
    expected, got = both(graph, outputs)
    assert len(expected) == len(got)
    for (name, ours), theirs in zip(expected.items(), got.values(), strict=True):
        assert ours.shape == theirs.shape, name
        assert np.isfinite(ours).all(), name
        assert np.abs(ours - theirs).max() <= TOLERANCE * np.abs(ours).max(), name


def network(*layers: str, size: str = "9x8", channels: int = 4) -> Any:
    lines = "".join(f"  - {layer}\n" for layer in layers)
    return inceptionspec.load(
        f"spec: 1\nname: t\ninput: {{size: {size}, channels: {channels}}}\nnetwork:\n{lines}"
    ).graph


def test_every_operator_but_the_input_has_an_emitter() -> None:
    assert set(EMITTERS) == set(OPS) - {"input"}


def test_every_function_has_its_counterpart() -> None:
    assert {*ACTIVATIONS, *NUMBERED} == set(FUNCTIONS)
    assert set(NUMBERED) == set(NUMBERS)


WINDOWS = [
    "kernel: 3x3, padding: same",
    "kernel: 3x3, stride: 2, padding: same",
    "kernel: 2x3, stride: 2x1, padding: valid",
    "kernel: 1x7, padding: same",
    'kernel: 3x3, padding: "0x2"',
    "kernel: 3x3, stride: 2, padding: {top: 0, bottom: 1, left: 2, right: 1}",
]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(
    "rest",
    [
        "op: conv, filters: 6",
        "op: conv, filters: 6, groups: 2, bias: false",
        "op: conv, filters: 6, norm: batch_norm, activation: relu",
        "op: conv, filters: 6, norm: {op: batch_norm, scale: false, center: false}, bias: true",
        "op: depthwise_conv, depth_multiplier: 2, norm: batch_norm",
        "op: separable_conv, filters: 6, depth_multiplier: 2",
        "op: max_pool",
        "op: avg_pool",
        "op: avg_pool, count_padding: true",
    ],
)
def test_windows(window: str, rest: str) -> None:
    same(network(f"{{{rest}, {window}}}"))


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_functions(function: str) -> None:
    same(network(f"{{op: activation, function: {function}}}"))


@pytest.mark.parametrize(
    "layers",
    [
        ("{op: conv, filters: 6, kernel: 3x3, dilation: 2}",),
        ("{op: conv, filters: 6, kernel: map, padding: valid}", "{op: squeeze}", "{op: softmax}"),
        ("{op: flatten}", "{op: dense, units: 5, activation: tanh}"),
        ("{op: flatten}", "{op: dense, units: 5, norm: batch_norm, activation: relu6}"),
        ("{op: flatten}", "{op: batch_norm}", "{op: dropout, rate: 0.5}"),
        ("{op: lrn, radius: 2, alpha: 0.3, beta: 0.75}",),
        ("{op: batch_norm, epsilon: 0.1}",),
        ("{op: global_avg_pool}", "{op: softmax}"),
        ("{op: global_max_pool, keep_dims: true}",),
        ("{op: pad, padding: {top: 1, bottom: 0, left: 2, right: 3}}",),
        ("{op: softmax}",),
    ],
)
def test_layers(layers: tuple[str, ...]) -> None:
    same(network(*layers, channels=6))


@pytest.mark.parametrize(
    ("merge", "branches"),
    [
        ("concat", ("", "{op: conv, kernel: 1x1, filters: 3}")),
        ("{op: add, scale: 0.17, activation: relu}", ("", "{op: conv, kernel: 1x1, filters: 4}")),
        ("add", ("", "{op: activation, function: tanh}", "{op: activation, function: elu}")),
        ("{op: multiply, activation: relu}", ("", "{op: global_avg_pool}")),
        ("multiply", ("", "{op: global_avg_pool, keep_dims: true}")),
    ],
)
def test_merges(merge: str, branches: tuple[str, ...]) -> None:
    lines = "".join(f"      - [{branch}]\n" for branch in branches)
    same(
        inceptionspec.load(
            "spec: 1\nname: t\ninput: {size: 9x8, channels: 4}\nnetwork:\n"
            f"  - name: m\n    merge: {merge}\n    branches:\n{lines}"
        ).graph
    )


def test_an_open_size_is_left_to_the_runtime() -> None:
    graph = network("{op: conv, filters: 6, kernel: 3x3, stride: 2}", size="any")
    model = build(graph)
    data = onnx_model(graph, weight_values(model, graph))
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    for side in (8, 9):
        images = np.random.default_rng(side).uniform(-1, 1, (3, side, side, 4)).astype("float32")
        got = session.run(None, {"images": images.transpose(0, 3, 1, 2)})[0]
        np.testing.assert_allclose(got.transpose(0, 2, 3, 1), model(images), atol=1e-5)


def test_operators_bear_the_paths_of_layers() -> None:
    graph = network("{op: conv, name: c, kernel: 1x1, filters: 6, norm: batch_norm}")
    model = build(graph)
    loaded = onnx.load_from_string(onnx_model(graph, weight_values(model, graph)))
    assert [one.name for one in loaded.graph.node][:2] == ["c", "c/BatchNormalization_1"]


def test_an_output_that_does_not_exist_is_a_finding() -> None:
    graph = network("{op: softmax, name: probabilities}")
    with pytest.raises(SpecError, match="has no end point `probabilty`"):
        onnx_model(graph, {}, "probabilty")


def test_an_output_cannot_have_the_name_of_the_input() -> None:
    graph = network("{op: softmax, name: images}", "{op: flatten}")
    with pytest.raises(SpecError, match="can be named `images`"):
        onnx_model(graph, {}, "images")
    assert onnx_model(graph, {})


def test_a_padded_output_may_be_read_by_a_convolution() -> None:
    """ONNX Runtime fuses padding into a convolution, and refuses an `Identity` before it."""
    layers = ("{op: max_pool, name: p, kernel: 2}", "{op: pad, padding: 1}")
    graph = network(*layers, "{op: conv, name: c, kernel: 3x3, padding: valid, filters: 5}")
    same(graph, ("p", "c"))


def test_two_names_of_one_tensor_and_the_input() -> None:
    graph = network("{op: softmax, name: s}", "{op: dropout, name: d, rate: 0.5}")
    same(graph, ("d", "s", "input"))


#: One of each family: operators are tested alone above, here is how they hang together.
FAMILIES = ("inception_v1", "inception_v3_torchvision", "inception_resnet_v1", "mobilenet_v2",
            "resnet50", "xception")  # fmt: skip


@pytest.mark.parametrize("name", FAMILIES)
def test_built_in_networks(name: str) -> None:
    graph = inceptionspec.load(name).graph
    side = graph.nodes[0].shape[0]
    assert side is not None
    # Half the size is too small for some auxiliary heads: the main head stands for them.
    small = inceptionspec.load(name, width=0.25, input=side // 2 + 8, head=graph.main or ())
    same(small.graph)


def test_a_rewritten_network_is_the_same_too() -> None:
    """Its slices, and the norm that only adds a bias after a pool that counts padding."""
    pool = "{op: avg_pool, kernel: 3x3, stride: 1, count_padding: true}"
    ones = "[{op: conv, kernel: 1x1, filters: 2}], [{op: conv, kernel: 1x1, filters: 3}]"
    pooled = f"[{pool}, {{op: conv, kernel: 1x1, filters: 1}}]"
    branches = f"{{branches: [{ones}, {pooled}], merge: concat}}"
    rewritten = rewrite(network(branches)).graph
    ops = {node.op for node in rewritten.nodes}
    assert {"slice", "batch_norm"} <= ops
    same(rewritten)
