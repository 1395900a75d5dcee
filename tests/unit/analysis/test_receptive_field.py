"""Receptive fields: unions with offsets, gates, and every field against sets of pixels."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import floor

import pytest
from support import ROOT, loaded, spec

from inceptionspec.analysis.receptive_field import Field, receptive_fields
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import OPS
from inceptionspec.ops.window import padding_pixels

CASES = ROOT / "tests/corpus/cases"


def fields(reference: str, **settings: object) -> dict[str, Field | None]:
    graph = loaded(reference, **settings).graph
    return dict(zip((node.path for node in graph.nodes), receptive_fields(graph), strict=True))


def field(layers: str, path: str, size: str = "33x33") -> Field | None:
    return fields(spec(layers, size=size))[path]


def test_paths_that_start_at_different_pixels_see_their_union() -> None:
    found = fields(str(CASES / "field_of_unlike_centres.yaml"))
    assert found["M/A/conv"] == Field((-1, -1), (1, 1), (1, 1))
    assert (found["N"].first, found["N"].last) == ((-1, -1), (2, 2))
    assert (found["N"].size, found["N"].stride) == ((4, 4), (1, 1))


def test_a_gate_keeps_field_and_stride() -> None:
    found = fields(str(CASES / "stride_after_a_gate.yaml"))
    assert found["B16/Rest/Project"].stride == found["Top"].stride == (32, 32)
    assert found["Top"].size == (851, 851)  # as published for EfficientNet-B0
    assert found["B1/SE/weight/Pool"] is None
    assert found["Logits/dense"] is None


@pytest.mark.parametrize("size", ["33x33", "3x3", "any"])
def test_a_gate_of_one_pixel_is_a_gate_too(size: str) -> None:
    layers = """
- {op: conv, name: C, kernel: 3, stride: 2, filters: 8}
- {op: conv, name: D, kernel: 3, stride: 2, filters: 8}
- name: G
  branches:
    map: []
    weight:
      - {op: global_avg_pool, keep_dims: true}
      - {op: conv, name: E, kernel: 1, filters: input, activation: sigmoid}
  merge: multiply
"""
    found = field(layers, "G/multiply", size)
    assert (found.size, found.stride) == ((7, 7), (4, 4))


def test_a_product_of_two_maps_is_a_union() -> None:
    layers = """
- name: G
  branches:
    a: [{op: conv, kernel: 3, filters: 4}]
    b: [{op: conv, kernel: 2, filters: 4}, {op: conv, kernel: 4, filters: 4}]
  merge: multiply
"""
    assert field(layers, "G/multiply").size == (5, 5)  # -1..1 and -1..3


def test_what_sees_the_whole_image_has_no_field_in_a_concat() -> None:
    layers = """
- name: G
  branches:
    a: [{op: conv, kernel: map, padding: valid, filters: 4}]
    b: [{op: global_avg_pool, keep_dims: true}]
"""
    assert field(layers, "G/concat", "5x5") is None


@pytest.mark.parametrize(("size", "grown"), [("32x32", (4, 4)), ("33x33", (5, 5)), ("any", (4, 4))])
def test_same_padding_starts_where_the_size_says(size: str, grown: tuple[int, int]) -> None:
    """A 3x3 window of stride 2 reads 0..2 of an even side, -1..1 of an odd one."""
    layers = """
- name: M
  branches:
    a: [{op: conv, kernel: 3, stride: 2, filters: 1}]
    b:
      - {op: pad, padding: {top: 0, bottom: 3, left: 0, right: 3}}
      - {op: conv, kernel: 4, stride: 2, padding: valid, filters: 1}
"""
    assert field(layers, "M/concat", size).size == grown


def test_paths_of_different_strides_have_no_field_in_a_map() -> None:
    layers = """
- name: M
  branches:
    a: [{op: conv, kernel: 3, stride: 2, filters: 1}]
    b: [{op: conv, kernel: 3, padding: valid, filters: 1}]
- {op: conv, name: N, kernel: 1, filters: 1}
"""
    assert field(layers, "M/concat", "4x4") is None
    assert field(layers, "N", "4x4") is None


def test_paths_of_different_strides_may_meet_in_one_pixel() -> None:
    layers = """
- name: M
  branches:
    a: [{op: conv, kernel: 3, stride: 2, padding: valid, filters: 1}]
    b: [{op: conv, kernel: 3, padding: valid, filters: 1}]
- {op: conv, name: N, kernel: 1, filters: 1}
"""
    found = field(layers, "N", "3x3")
    assert (found.size, found.stride) == ((3, 3), None)


# Every field against the sets of pixels that it is made of


def patches(given, axis, place):
    """The input pixels whose patches hold an output pixel, by trying them."""
    kernel, stride, before = (
        given["kernel"][axis],
        given["stride"][axis],
        given["padding"][2 * axis],
    )
    near = place // stride
    return [
        at
        for at in range(near - kernel - 1, near + kernel + 2)
        if 0 <= place + before - at * stride < kernel
    ]


def neighbors(given, axis, place):
    """The pixels between whose centers an output pixel's center lies."""
    factor = given["factor"][axis]
    at = Fraction(2 * place + 1 - factor, 2 * factor)
    if given["method"] == "nearest":
        return [place // factor]
    return [floor(at)] if at == floor(at) else [floor(at), floor(at) + 1]


#: Operators whose windows follow no kernel and padding, each from a place to those it reads.
RULES_OF_PLACES = {
    "conv_transpose": patches,
    "upsample": neighbors,
    "crop": lambda given, axis, place: [place + given["pixels"][2 * axis]],
    "depth_to_space": lambda given, axis, place: [place // given["block_size"]],
    "space_to_depth": lambda given, axis, place: [
        place * given["block_size"] + at for at in range(given["block_size"])
    ],
}


def pixels(graph: Graph, axis: int):
    """A function from a node and a place to the input pixels it sees, on an endless map."""

    @cache
    def seen(index: int, place: int) -> frozenset[int]:
        node = graph.nodes[index]
        if not node.inputs:
            return frozenset((place,))
        window = OPS[node.op].window(node.attributes)
        pads = (0, 0, 0, 0)
        if "padding" in node.attributes:
            pads = padding_pixels(node.attributes, graph.nodes[node.inputs[0]].shape)
        start = place * window.stride[axis] - pads[2 * axis]
        places = [start + tap * window.dilation[axis] for tap in range(window.kernel[axis])]
        if node.op in RULES_OF_PLACES:
            places = RULES_OF_PLACES[node.op](node.attributes, axis, place)
        return frozenset().union(*(seen(source, at) for source in node.inputs for at in places))

    return seen


def random_layer(rng: random.Random, stride: int) -> str:
    kernel = f"{rng.randint(1, 4)}x{rng.randint(1, 4)}"
    op = rng.choice(["conv, filters: 2", "max_pool", "avg_pool", "depthwise_conv"])
    dilation = f", dilation: {rng.randint(1, 2)}" if "conv" in op and stride == 1 else ""
    return f"{{op: {op}, kernel: {kernel}, stride: {stride}{dilation}}}"


def random_spec(rng: random.Random) -> str:
    lines = []
    for _ in range(rng.randint(1, 3)):
        stride = rng.choice([1, 1, 2, 3])
        branches = []
        for _ in range(rng.randint(1, 3)):
            layers = [random_layer(rng, 1) for _ in range(rng.randint(0, 2))]
            layers.insert(rng.randint(0, len(layers)), random_layer(rng, stride))
            if rng.random() < 0.3:  # as many pixels as it takes away again
                top, left = rng.randint(0, 2), rng.randint(0, 2)
                layers += [
                    f"{{op: pad, padding: {{top: {top}, bottom: {2 - top}, "
                    f"left: {left}, right: {2 - left}}}}}",
                    "{op: max_pool, kernel: 3, padding: valid}",
                ]
            branches.append(f"[{', '.join(layers)}]")
        lines.append(f"- {{branches: [{', '.join(branches)}]}}")
    return spec("\n".join(lines), size=f"{rng.randint(5, 40)}x{rng.randint(5, 40)}")


@pytest.mark.parametrize("seed", range(60))
def test_every_field_is_the_union_of_all_paths(seed: int) -> None:
    graph = loaded(random_spec(random.Random(seed))).graph
    found = receptive_fields(graph)
    for axis in (0, 1):
        seen = pixels(graph, axis)
        for node, field in zip(graph.nodes, found, strict=True):
            here, there = seen(node.index, 0), seen(node.index, 1)
            assert (field.first[axis], field.last[axis]) == (min(here), max(here)), node.path
            assert field.stride[axis] == min(there) - min(here) == max(there) - max(here)


GROWING = (
    "op: upsample, factor: 2", "op: upsample, factor: 3",
    "op: upsample, factor: 2, method: bilinear",
    "op: upsample, factor: 3x4, method: bilinear", "op: depth_to_space, block_size: 2",
    "op: conv_transpose, kernel: 3, stride: 2, padding: 1, filters: 256",
    "op: conv_transpose, kernel: 4x3, stride: 2x3, padding: 0, filters: 256",
)  # fmt: skip
OTHERS = (
    "op: conv, kernel: 3, stride: 2, filters: 256", "op: conv, kernel: 2, filters: 4",
    "op: max_pool, kernel: 3, stride: 3",
    "op: crop, pixels: {top: 1, bottom: 0, left: 0, right: 1}",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_a_field_behind_upsampling_is_that_of_the_pixel_that_sees_most(seed: int) -> None:
    rng = random.Random(seed)
    layers = [rng.choice(GROWING if rng.random() < 0.5 else OTHERS) for _ in range(4)]
    lines = [f"- {{{layer}}}" for layer in layers]
    if rng.random() < 0.5:  # a path beside two layers that take a map down and up again
        down = rng.choice(["kernel: 2", "kernel: 3"])
        lines.insert(
            0,
            f"- branches: [[{{op: conv, {down}, stride: 2, filters: 256}}, "
            "{op: upsample, factor: 2}], []]",
        )
    graph = loaded(spec("\n".join(lines), size="48x48", channels=256)).graph
    found = receptive_fields(graph)
    for axis in (0, 1):
        seen = pixels(graph, axis)
        for node, field in zip(graph.nodes, found, strict=True):
            if field is None:
                continue
            places = [seen(node.index, place) for place in range(96)]
            assert (field.first[axis], field.last[axis]) == (min(places[0]), max(places[0]))
            assert field.size[axis] == max(max(each) - min(each) + 1 for each in places), node.path
            if field.strides[axis] is not None:
                moved = {min(b) - min(a) for a, b in pairwise(places)}
                assert moved == {field.strides[axis]}
