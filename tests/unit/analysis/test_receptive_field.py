"""Receptive fields: unions with offsets, gates, and every field against sets of pixels."""

from __future__ import annotations

import random
from functools import cache

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
        return frozenset().union(
            *(
                seen(source, start + tap * window.dilation[axis])
                for source in node.inputs
                for tap in range(window.kernel[axis])
            )
        )

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
