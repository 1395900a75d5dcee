"""Formulae: parameters, MACs, FLOPs, memory, receptive fields, against counts by hand."""

from __future__ import annotations

import pytest
from support import nodes, spec

import inceptionspec
from inceptionspec.analysis.bound_weights import bound_weights
from inceptionspec.analysis.costs import Cost, costs
from inceptionspec.analysis.memory import live_bytes, peak_activation_bytes
from inceptionspec.analysis.receptive_field import receptive_fields


def cost(layer: str, size: str = "8x8") -> Cost:
    return costs(inceptionspec.load(spec(f"- {layer}", size=size)).graph)[-1]


@pytest.mark.parametrize(
    ("layer", "params", "trainable", "macs", "flops"),
    [
        # 8x8 outputs of 5 channels; a window of 3x3 over 3 channels
        ("{op: conv, kernel: 3, filters: 5}", 140, 140, 8640, 2 * 8640 + 320),
        ("{op: conv, kernel: 3, filters: 5, bias: false}", 135, 135, 8640, 17280),
        ("{op: conv, kernel: 3, filters: 5, norm: batch_norm}", 155, 145, 8640, 17280 + 640),
        (
            "{op: conv, kernel: 3, filters: 5, norm: {op: batch_norm, scale: false}, "
            "activation: relu}",
            150, 140, 8640, 17280 + 3 * 320,
        ),
        ("{op: conv, kernel: 1x7, filters: 5, bias: false}", 105, 105, 6720, 13440),
        ("{op: conv, kernel: 3, filters: 6, groups: 3, bias: false}", 54, 54, 3456, 6912),
        ("{op: depthwise_conv, kernel: 3, depth_multiplier: 2}", 60, 60, 3456, 6912 + 384),
        (
            "{op: separable_conv, kernel: 3, depth_multiplier: 2, filters: 5}",
            54 + 30 + 5, 89, 3456 + 1920, 2 * 5376 + 320,
        ),
        ("{op: max_pool, kernel: 2, stride: 2}", 0, 0, 0, 48 * 4),
        ("{op: avg_pool, kernel: 3x1}", 0, 0, 0, 192 * 3),
        ("{op: global_avg_pool}", 0, 0, 0, 192),
        ("{op: batch_norm}", 12, 6, 0, 384),
        ("{op: activation, function: relu6}", 0, 0, 0, 192),
        ("{op: softmax}", 0, 0, 0, 960),
        ("{op: dropout, rate: 0.5}", 0, 0, 0, 0),
        ("{op: flatten}", 0, 0, 0, 0),
        ("{op: pad, padding: 1}", 0, 0, 0, 0),
        ("{op: lrn, radius: 2}", 0, 0, 0, 192 * 13),
    ],
)  # fmt: skip
def test_layers(layer: str, params: int, trainable: int, macs: int, flops: int) -> None:
    assert cost(layer)[:4] == (params, trainable, macs, flops)


def test_dense() -> None:
    graph = inceptionspec.load(
        spec("- {op: flatten}\n- {op: dense, units: 10, activation: softmax}", size="8x8")
    ).graph
    assert costs(graph)[-1][:4] == (1930, 1930, 1920, 2 * 1920 + 10 + 50)
    assert bound_weights(graph) == {2}


def test_merges() -> None:
    text = spec(
        "- {name: a, branches: [[], []], merge: {op: add, activation: relu}}\n"
        "- {name: b, branches: [[], []], merge: {op: add, scale: 0.5}}\n"
        "- {name: c, branches: [[], [{op: global_avg_pool}]], merge: multiply}\n"
        "- {name: d, branches: [[], []]}",
        size="8x8",
    )
    graph = inceptionspec.load(text).graph
    flops = {n.path: c.flops for n, c in zip(graph.nodes, costs(graph), strict=True)}
    assert flops["a/add"] == 2 * 192
    assert flops["b/add"] == 2 * 192
    assert flops["c/multiply"] == 192
    assert flops["d/concat"] == 0
    assert graph.nodes[-1].shape == (8, 8, 6)


def peak(layers: str) -> list[int]:
    live = live_bytes(inceptionspec.load(spec(layers, size="10x10", channels=1)).graph)
    assert live is not None
    return [size // 400 for size in live]  # in maps of one channel


def test_a_tensor_lives_until_its_last_reader() -> None:
    assert peak(
        "- {op: conv, kernel: 1, filters: 2}\n- {op: conv, kernel: 1, filters: 3}\n"
        "- {op: conv, kernel: 1, filters: 1}"
    ) == [1, 3, 5, 4]


def test_layers_in_place_take_no_memory() -> None:
    assert peak("- {op: conv, kernel: 1, filters: 2}\n- {op: batch_norm}\n- {op: softmax}") == [
        1, 3, 2, 2,
    ]  # fmt: skip


def test_what_another_layer_still_reads_is_not_overwritten() -> None:
    layers = "- {name: x, residual: {}, layers: [{op: activation, function: relu}]}"
    assert peak(layers) == [1, 2, 3]


def test_concat_copies_and_keeps_branches_until_then() -> None:
    layers = """
- branches:
    - [{op: conv, kernel: 1, filters: 2}]
    - [{op: conv, kernel: 1, filters: 3}]
"""
    assert peak(layers) == [1, 3, 6, 10]


def test_an_open_size_has_no_peak() -> None:
    graph = inceptionspec.load(spec("- {op: conv, kernel: 1, filters: 2}", size="any")).graph
    assert peak_activation_bytes(graph) is None


def fields(layers: str) -> list[object]:
    graph = inceptionspec.load(spec(layers, size="64x64")).graph
    return [None if f is None else (*f.size, f.stride) for f in receptive_fields(graph)]


def test_receptive_fields_grow_by_kernel_stride_and_dilation() -> None:
    assert fields(
        "- {op: conv, kernel: 3, stride: 2, filters: 1}\n- {op: conv, kernel: 1x7, filters: 1}\n"
        "- {op: max_pool, kernel: 3, stride: 2}\n- {op: conv, kernel: 3, dilation: 2, filters: 1}"
    ) == [(1, 1, (1, 1)), (3, 3, (2, 2)), (3, 15, (2, 2)), (7, 19, (4, 4)), (23, 35, (4, 4))]


def test_paths_that_meet_see_the_union() -> None:
    layers = """
- branches:
    - [{op: conv, kernel: 1x7, filters: 1}]
    - [{op: conv, kernel: 5x3, filters: 1}]
"""
    assert fields(layers)[-1] == (5, 7, (1, 1))


def test_a_global_pool_sees_everything() -> None:
    assert fields("- {op: global_avg_pool, keep_dims: true}\n- {op: squeeze}")[1:] == [None, None]


def test_weights_have_keras_names_and_tensorflow_layout() -> None:
    found = nodes(spec("- {op: separable_conv, name: s, kernel: 3, filters: 5, norm: batch_norm}"))
    assert [(w.name, w.shape, w.trainable) for w in found["s"].weights] == [
        ("depthwise_kernel", (3, 3, 3, 1), True),
        ("pointwise_kernel", (1, 1, 3, 5), True),
        ("beta", (5,), True),
        ("gamma", (5,), True),
        ("moving_mean", (5,), False),
        ("moving_variance", (5,), False),
    ]
