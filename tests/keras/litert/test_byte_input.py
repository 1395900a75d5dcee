"""Models that read bytes, against preprocessing before a network in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy_network import outputs_of
from rewriting import graph_of, random_values
from runtimes import litert_outputs, onnx_outputs, relative_deviation

import inceptionspec
from inceptionspec.backends.byte_input import byte_input
from inceptionspec.backends.litert import litert_model
from inceptionspec.backends.onnx import onnx_model
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.ir.traversal import resolve_outputs


def preprocessing(
    scale: float = 1.0,
    mean: tuple[float, ...] = (0, 0, 0),
    std: tuple[float, ...] = (1, 1, 1),
    order: str = "RGB",
) -> Preprocessing:
    return Preprocessing("bilinear", 0.875, order, scale, mean, std, "a test")


INCEPTION = preprocessing(1 / 127.5, (1, 1, 1))
VGG = preprocessing(1, (103.939, 116.779, 123.68), order="BGR")
TORCH = preprocessing(1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
KINDS = {
    "inception": INCEPTION,
    "vgg": VGG,
    "torchvision": TORCH,
    "bgr": preprocessing(1 / 255, (0.1, 0.5, 0.9), (0.2, 0.3, 0.4), "BGR"),
    "scale": preprocessing(1 / 255),
    "bytes": preprocessing(),
}
#: First layers, and what each does with the mean of pictures.
FIRST = {
    "- {op: conv, kernel: 3x3, stride: 2, padding: valid, filters: 5}": "folded into its bias",
    "- {op: conv, kernel: 3x3, padding: valid, filters: 5, norm: batch_norm, activation: relu}":
        "folded into its bias",
    "- {op: conv, kernel: 3x3, padding: valid, filters: 5, bias: false}": "since it has no bias",
    "- {op: conv, kernel: 3x3, stride: 2, filters: 5, norm: batch_norm}": "at the borders by up to",
    "- {op: pad, padding: {top: 1, bottom: 0, left: 2, right: 0}}\n"
    "- {op: conv, kernel: 3x3, padding: valid, filters: 5}": "at the borders by up to",
    "- {op: dropout, rate: 0.5}\n- {op: conv, kernel: 1x1, filters: 5}": "folded into its bias",
    "- {op: separable_conv, kernel: 3x3, filters: 5, depth_multiplier: 2, norm: batch_norm}":
        "at the borders by up to",
    "- {op: separable_conv, kernel: 3x3, filters: 5, padding: valid, depth_multiplier: 2}":
        "folded into its bias",
    "- {op: depthwise_conv, kernel: 3x3}": "not folded",
    "- {op: conv, kernel: 3x3, filters: 6, groups: 3}": "not folded",
    "- {branches: [[{op: conv, kernel: 3x3, filters: 5}], []], merge: concat}": "not folded",
}  # fmt: skip


def pictures(graph: Any) -> Any:
    return np.random.default_rng(3).integers(0, 256, (2, *graph.nodes[0].shape), "uint8")


def prepared(given: Preprocessing, images: Any) -> Any:
    """The definition, step by step."""
    ordered = images[..., ::-1] if given.channel_order == "BGR" else images
    return (ordered.astype("float64") * given.scale - given.mean) / given.std


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", FIRST)
def test_bytes_give_what_prepared_pictures_give(layers: str, kind: str) -> None:
    graph, given = graph_of(layers, channels=3), KINDS[kind]
    weights, images = random_values(graph), pictures(graph)
    ends = {node.path: node.index for node in graph.nodes[1:]}
    last = {graph.nodes[-1].path: len(graph.nodes) - 1}
    for asked in (last, ends, {"input": 0, **last}):
        expected = outputs_of(graph, asked, weights, prepared(given, images))
        content = litert_model(graph, weights, asked, 2, preprocessing=given)
        assert relative_deviation(expected, litert_outputs(content, images)) <= 1e-5
        content = onnx_model(graph, weights, asked, preprocessing=given)
        assert relative_deviation(expected, onnx_outputs(content, images)) <= 1e-5


@pytest.mark.parametrize(("layers", "note"), FIRST.items())
def test_notes_say_what_is_folded(layers: str, note: str) -> None:
    graph = graph_of(layers, channels=3)
    notes = byte_input(graph, random_values(graph), resolve_outputs(graph), TORCH).notes
    assert note in "; ".join(notes)
    assert ("scale is folded into the kernel" in notes[0]) == (note != "not folded")


def test_no_mean_is_exact_at_padded_borders_too() -> None:
    graph = graph_of("- {op: conv, kernel: 3x3, filters: 2}", channels=3)
    steps = byte_input(graph, random_values(graph), resolve_outputs(graph), KINDS["scale"])
    assert (steps.minus, steps.times, steps.reverse) == (None, None, False)


def test_the_stated_error_is_what_folding_would_have_done() -> None:
    """The largest change of a sum, by computing what zeros of the mean do at every border."""
    layers = "- {op: conv, kernel: 3x2, stride: 2x1, dilation: 1x2, filters: 4, bias: false}"
    graph = graph_of(layers, channels=3)
    weights = random_values(graph)
    steps = byte_input(graph, weights, resolve_outputs(graph), TORCH)
    mean = np.broadcast_to(steps.minus, (1, *graph.nodes[0].shape))
    scaled = outputs_of(graph, {"c": 1}, steps.values, mean)["c"]
    whole = np.einsum("hwio,i->o", steps.values["conv", "kernel"], steps.minus)
    worst = np.abs(whole - scaled).max()
    assert worst > 0
    assert f"by up to {worst:.3g}" in steps.notes[-1]


def test_a_rewritten_network_reads_bytes_too() -> None:
    from inceptionspec.backends.weight_exprs import evaluate
    from inceptionspec.rewrites import rewrite

    graph = inceptionspec.load("inception_v3", width=0.125, input=80, head="Logits").graph
    weights, images = random_values(graph), pictures(graph)[:1]
    expected = onnx_outputs(onnx_model(graph, weights, preprocessing=INCEPTION), images)
    found = rewrite(graph)
    values = evaluate(found.weights, weights)
    for content, run in (
        (litert_model(found.graph, values, found.outputs, preprocessing=INCEPTION), litert_outputs),
        (onnx_model(found.graph, values, found.outputs, preprocessing=INCEPTION), onnx_outputs),
    ):
        assert relative_deviation(expected, run(content, images)) <= 1e-5


@pytest.mark.parametrize("write", [litert_model, onnx_model])
def test_another_number_of_channels_is_a_finding(write: Any) -> None:
    graph = graph_of("- {op: conv, kernel: 1, filters: 2}", channels=4)
    with pytest.raises(SpecError, match="a `mean` of 3 numbers, the input of `t` has 4") as caught:
        write(graph, random_values(graph), preprocessing=TORCH)
    assert caught.value.findings[0].code == "E0805"
