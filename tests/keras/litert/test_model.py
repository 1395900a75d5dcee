"""What LiteRT computes of a graph, against definitions in NumPy, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy_network import outputs_of
from random_networks import deviation, networks
from rewriting import graph_of, random_values
from runtimes import litert_interpreter, litert_outputs, onnx_outputs, relative_deviation
from support import REFERENCE

import inceptionspec
from inceptionspec.backends.litert import litert_model
from inceptionspec.backends.litert.activations import ACTIVATIONS, NUMBERED
from inceptionspec.backends.litert.emit import EMITTERS
from inceptionspec.backends.onnx import onnx_model
from inceptionspec.backends.weight_exprs import evaluate
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.ir.traversal import resolve_outputs
from inceptionspec.ops import OPS
from inceptionspec.ops.functions import ACTIVATIONS as FUNCTIONS
from inceptionspec.ops.functions import NUMBERS
from inceptionspec.rewrites import rewrite
from inceptionspec.weights import load_weights

TOLERANCE = 1e-5
"""Of the largest magnitude: what the order of sums in float32 may change."""


def pictures(graph: Any, count: int = 2) -> Any:
    return np.random.default_rng(3).normal(size=(count, *graph.nodes[0].shape))


def same(graph: Any, outputs: Any = None) -> None:
    """Hold the runtime, with XNNPACK and without, against NumPy."""
    weights, images = random_values(graph), pictures(graph)
    ends = {
        name or graph.nodes[index].path: index
        for name, index in resolve_outputs(graph, outputs).items()
    }
    expected = outputs_of(graph, ends, weights, images)
    content = litert_model(graph, weights, outputs, batch=2)
    for plain in (False, True):
        got = litert_outputs(content, images, plain=plain)
        assert relative_deviation(expected, got) <= TOLERANCE, plain


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
    "kernel: 1x1, padding: same",
    "kernel: 1x1, stride: 2, padding: same",
    'kernel: 3x3, padding: "0x2"',
    # Strides leave out rows, columns are padded.
    "kernel: 1x3, stride: 2x1, padding: same",
    "kernel: 3x3, padding: 1",
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
        "op: conv, filters: 6, dilation: 2x1, activation: tanh",
        "op: depthwise_conv, depth_multiplier: 2, norm: batch_norm, activation: selu",
        "op: depthwise_conv, dilation: 1x2, activation: relu6",
        "op: separable_conv, filters: 6, depth_multiplier: 2, norm: batch_norm",
        "op: max_pool",
        "op: avg_pool",
        "op: avg_pool, count_padding: true",
    ],
)
def test_windows(window: str, rest: str) -> None:
    same(graph_of(f"- {{{rest}, {window}}}"))


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_functions(function: str) -> None:
    same(graph_of(f"- {{op: activation, function: {function}}}"))
    same(graph_of(f"- {{op: flatten}}\n- {{op: dense, units: 5, activation: {function}}}"))


@pytest.mark.parametrize(
    "layers",
    [
        ("{op: conv, filters: 6, kernel: map, padding: valid}", "{op: squeeze}", "{op: softmax}"),
        ("{op: flatten}", "{op: dense, units: 5, norm: batch_norm, activation: relu6}"),
        ("{op: flatten}", "{op: flatten}", "{op: batch_norm}", "{op: dropout, rate: 0.5}"),
        ("{op: lrn, radius: 2, alpha: 0.3, beta: 0.75}",),
        ("{op: batch_norm, epsilon: 0.1}",),
        ("{op: batch_norm, scale: false, center: false}",),
        ("{op: global_avg_pool}", "{op: softmax}"),
        ("{op: global_avg_pool, keep_dims: true}",),
        ("{op: global_max_pool}",),
        ("{op: global_max_pool, keep_dims: true}",),
        ("{op: pad, padding: {top: 1, bottom: 0, left: 2, right: 3}}",),
        ("{op: softmax}",),
        # What hands its input on, to the very end: the runtime must yield a copy.
        ("{op: dropout, rate: 0.5}",),
        ("{op: avg_pool, kernel: 1x1}",),
        # XNNPACK computes two pools that do nothing wrongly.
        ("{op: conv, kernel: 1, filters: 2}", *["{op: max_pool, kernel: 1}"] * 2),
    ],
)  # fmt: skip
def test_layers(layers: tuple[str, ...]) -> None:
    same(graph_of("\n".join(f"- {layer}" for layer in layers), channels=6))


@pytest.mark.parametrize(
    ("merge", "branches"),
    [
        ("concat", ("", "{op: conv, kernel: 1x1, filters: 3}")),
        ("{op: add, scale: 0.17, activation: relu}", ("", "{op: conv, kernel: 1x1, filters: 4}")),
        ("{op: add, activation: gelu}", ("", "{op: conv, kernel: 1x1, filters: 4}")),
        ("{op: add, activation: relu}", ("", "{op: activation, function: tanh}", "")),
        ("{op: multiply, activation: relu}", ("", "{op: global_avg_pool}")),
        # The same branch twice: the function comes after the last product only.
        ("{op: multiply, activation: relu}", ("{op: activation, function: tanh}", "", "")),
        ("multiply", ("{op: global_avg_pool}", "", "{op: global_max_pool}")),
        ("multiply", ("{op: global_avg_pool, keep_dims: true}", "")),
        ("multiply", ("{op: global_avg_pool}", "{op: global_max_pool}")),
        ("concat", ("{op: global_avg_pool}", "{op: global_max_pool}")),
    ],
)
def test_merges(merge: str, branches: tuple[str, ...]) -> None:
    lines = "".join(f"\n    - [{branch}]" for branch in branches)
    graph = graph_of(f"- name: m\n  merge: {merge}\n  branches:{lines}")
    same(graph)
    weights, images = random_values(graph), pictures(graph)
    expected = litert_outputs(litert_model(graph, weights, batch=2), images)
    got = onnx_outputs(onnx_model(graph, weights), images)
    assert relative_deviation(expected, dict(zip(expected, got.values(), strict=True))) <= 1e-5


def test_random_networks_and_what_rewriting_makes_of_them() -> None:
    rewritten = 0
    for network in networks(seed=2, count=40):
        expected = network.plain()
        kinds = [(network.graph, network.weights, resolve_outputs(network.graph, network.outputs))]
        found = rewrite(network.graph, network.outputs)
        if found.steps:
            rewritten += 1
            weights = evaluate(found.weights, network.weights)
            kinds.append((found.graph, weights, found.outputs))
        for graph, weights, ends in kinds:
            named = {name or "last": index for name, index in ends.items()}
            by_name = {name or "last": value for name, value in expected.items()}
            content = litert_model(graph, weights, named)
            got = litert_outputs(content, network.images)
            assert deviation(by_name, got) <= TOLERANCE, network.text
            got = onnx_outputs(onnx_model(graph, weights, named), network.images)
            assert deviation(by_name, got) <= TOLERANCE, network.text
    assert rewritten > 15


OPEN = [
    "{op: conv, filters: 3, kernel: 3x3, stride: 2}",
    "{op: conv, filters: 4, kernel: 3x3, padding: 2, dilation: 2, groups: 2}",
    "{op: avg_pool, kernel: 3x3, stride: 2}",
    "{op: avg_pool, kernel: 3x3, stride: 2, count_padding: true}",
    "{op: avg_pool, kernel: 3x3, count_padding: true}",
    "{op: avg_pool, kernel: 3x3, stride: 2, padding: 1}",
    "{op: avg_pool, kernel: 3x3, stride: 2, padding: 1, count_padding: true}",
    "{op: max_pool, kernel: 3x3, stride: 2, padding: 1}",
    "{op: pad, padding: 1}",
    "{op: flatten}",
    "{op: global_avg_pool}",
]


@pytest.mark.parametrize("layer", OPEN)
@pytest.mark.parametrize("batch", [None, 2])
def test_an_open_size_is_left_to_the_runtime(layer: str, batch: int | None) -> None:
    graph = graph_of(f"- {layer}", size="any")
    weights = random_values(graph)
    content = litert_model(graph, weights, batch=batch)
    for side in (8, 9):
        sized = graph_of(f"- {layer}", size=f"{side}x{side}")
        images = pictures(sized)
        path = sized.nodes[-1].path
        expected = outputs_of(sized, {path: len(sized.nodes) - 1}, weights, images)
        assert relative_deviation(expected, litert_outputs(content, images)) <= TOLERANCE


def test_an_open_batch_takes_any_number_of_images() -> None:
    graph = graph_of(
        "- {op: conv, kernel: 3x3, filters: 4}\n- {op: global_avg_pool}\n- {op: dense, units: 3}"
    )
    weights = random_values(graph)
    content = litert_model(graph, weights)
    (details,) = litert_interpreter(content, pictures(graph, 1)).get_input_details()
    assert list(details["shape_signature"]) == [-1, 8, 9, 4]
    for count in (1, 5):
        images = pictures(graph, count)
        expected = outputs_of(graph, {"dense": 3}, weights, images)
        assert relative_deviation(expected, litert_outputs(content, images)) <= TOLERANCE


def test_tensors_have_the_paths_of_layers_and_outputs_the_names_asked_for() -> None:
    graph = graph_of(
        "- {op: conv, name: c, kernel: 3x3, padding: 1x2, filters: 6, activation: tanh}\n"
        "- {op: softmax, name: s}"
    )
    content = litert_model(graph, random_values(graph), ("s", "c", "input"))
    interpreter = litert_interpreter(content, pictures(graph, 1))
    names = {details["name"] for details in interpreter.get_tensor_details()}
    assert {"images", "c", "c/kernel", "c/bias", "s"} <= names
    assert set(interpreter.get_signature_list()["serving_default"]["outputs"]) == {
        "s", "c", "input",
    }  # fmt: skip
    same(graph, ("s", "c", "input"))


def test_two_names_of_one_tensor() -> None:
    graph = graph_of(
        "- {op: conv, name: c, kernel: 1, filters: 2}\n- {op: dropout, name: d, rate: 0.5}"
    )
    same(graph, ("c", "d"))


def test_constants_lie_where_the_schema_wants_them() -> None:
    from ai_edge_litert import schema_py_generated as schema

    graph = graph_of(
        "- {op: conv, name: abc, kernel: 1, filters: 3}\n- {op: conv, kernel: 1, filters: 1}"
    )
    content = litert_model(graph, random_values(graph), metadata={"a": "b"})
    model = schema.Model.GetRootAs(content, 0)
    for index in range(model.BuffersLength()):
        if not model.Buffers(index).DataIsNone():
            data = model.Buffers(index).DataAsNumpy()
            start = data.__array_interface__["data"][0]
            base = np.frombuffer(content, "uint8").__array_interface__["data"][0]
            assert (start - base) % 16 == 0


def test_an_output_that_does_not_exist_is_a_finding() -> None:
    graph = graph_of("- {op: softmax, name: probabilities}")
    with pytest.raises(SpecError, match="has no end point `probabilty`"):
        litert_model(graph, {}, "probabilty")


@pytest.mark.parametrize("write", [litert_model, onnx_model])
def test_weights_that_no_file_holds_are_refused_before_they_are_read(write: Any) -> None:
    graph = graph_of("- {op: flatten}\n- {op: dense, units: 40000}", size="64x64")
    with pytest.raises(SpecError, match="holds at most 2 GiB") as caught:
        write(graph, {})
    assert caught.value.findings[0].code == "E0508"
    assert write(graph, {}, "flatten")


@pytest.mark.parametrize("name", inceptionspec.builtin_specs())
def test_built_in_networks_in_both_runtimes(name: str) -> None:
    # So small an input is too small for some auxiliary heads: the main head stands for them.
    main = inceptionspec.load(name).graph.main
    small = inceptionspec.load(name, width=0.25, input=96, head=main or ()).graph
    weights, images = random_values(small), pictures(small, 1)
    expected = onnx_outputs(onnx_model(small, weights), images)
    got = litert_outputs(litert_model(small, weights), images)
    assert relative_deviation(expected, got) <= TOLERANCE


def test_what_slim_computed() -> None:
    """A checkpoint that TF-Slim's own V3 wrote, read and run without TensorFlow."""
    network = inceptionspec.load("inception_v3", width=0.125, min_filters=8, classes=11)
    graph = network.graph
    file = str(REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt")
    weights = load_weights(network.loaded, file).arrays
    names = ["Logits", "AuxLogits", "Predictions"]
    saved = np.load(REFERENCE / "slim_v3_tiny" / "outputs.npz")
    expected = {name: saved[name] for name in names}
    images = np.random.default_rng(7).uniform(-1, 1, (2, 299, 299, 3)).astype("float32")
    got = litert_outputs(litert_model(graph, weights, names), images)
    assert relative_deviation(expected, got) <= TOLERANCE
    got = onnx_outputs(onnx_model(graph, weights, names), images)
    assert relative_deviation(expected, got) <= TOLERANCE
