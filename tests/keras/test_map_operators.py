"""What resamples, crops, frames and reorders, and pools with `ceil` and gaps, in every backend.

They are held against NumPy in float64, by the definitions of Keras and PyTorch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
from numpy_network import outputs_of
from rewriting import graph_of, random_values
from runtimes import litert_outputs, onnx_outputs, relative_deviation
from support import ROOT

import inceptionspec
from inceptionspec.backends.keras import assign, build
from inceptionspec.backends.litert import litert_model
from inceptionspec.backends.onnx import onnx_model
from inceptionspec.engines.inference import Inference
from inceptionspec.ops import OPS

TOLERANCE = 1e-5
"""Of the largest magnitude: what the order of sums in float32 may change."""

CASES = ROOT / "tests/corpus/cases"
TRANSPOSED = (
    "kernel: 3, stride: 2", "kernel: 4, stride: 2, activation: relu", "kernel: 1x3, stride: 3x2",
    "kernel: 3, stride: 2, padding: valid", "kernel: 2, stride: 3, padding: valid",
    "kernel: 4, stride: 2, padding: 1, bias: false",
    "kernel: 2, stride: 3, padding: {top: 0, bottom: 1, left: 1, right: 0}",
    "kernel: 3, stride: 2, padding: {top: 1, bottom: 0, left: 1, right: 0}",
    "kernel: 3, stride: 2, padding: 1, norm: batch_norm, activation: silu",
)  # fmt: skip
WINDOWS = (
    "kernel: 3, stride: 2, ceil: true, padding: valid",
    "kernel: 3, stride: 2, ceil: true, padding: 1",
    "kernel: 2, stride: 3, ceil: true, padding: valid",
    "kernel: 2, stride: 2, ceil: true, padding: {top: 1, bottom: 1, left: 0, right: 1}",
    "kernel: 4x2, stride: 3x2, ceil: true, padding: {top: 2, bottom: 0, left: 1, right: 0}",
    "kernel: 3, dilation: 2, padding: valid", "kernel: 3x2, dilation: 2x3, padding: same",
    "kernel: 2, dilation: 3, stride: 2, padding: same",
    "kernel: 3, dilation: 2, stride: 2x1, padding: 2",
    "kernel: 3, dilation: 2, stride: 2, ceil: true, padding: 1",
    "kernel: 2, dilation: 3, stride: 3, ceil: true, "
    "padding: {top: 2, bottom: 0, left: 0, right: 3}",
)  # fmt: skip
LAYERS = (
    *(f"{{op: conv_transpose, filters: 3, {one}}}" for one in TRANSPOSED),
    *(f"{{branches: [[{{op: max_pool, {one}}}], [{{op: avg_pool, {one}}}], "
      f"[{{op: avg_pool, count_padding: true, {one}}}]]}}" for one in WINDOWS),
    "{op: upsample, factor: 3x1}", "{op: upsample, factor: 2, method: bilinear}",
    "{op: upsample, factor: 3x4, method: bilinear}",
    "{op: adaptive_avg_pool, size: 4x3}", "{op: adaptive_avg_pool, size: 1}",
    "{op: adaptive_avg_pool, size: 3}", "{op: adaptive_avg_pool, size: 5x12}",
    "{op: space_to_depth, block_size: 2}", "{op: depth_to_space, block_size: 2}",
    "{op: channel_shuffle, groups: 4}", "{op: slice, start: 3, stop: 7}",
    "{op: crop, pixels: {top: 1, bottom: 0, left: 2, right: 3}}", "{op: crop, pixels: 0}",
    "{op: pad, padding: {top: 1, bottom: 3, left: 0, right: 8}, mode: reflect}",
)  # fmt: skip


@pytest.fixture(autouse=True)
def memory() -> Any:
    yield
    keras.backend.clear_session()


def computed(graph: Any, values: Any, images: Any, batch: int | None) -> Iterator[tuple[str, Any]]:
    """What each backend yields, by name; LiteRT with XNNPACK and without."""
    path = graph.nodes[-1].path
    model = build(graph)
    assign(model, graph, values)
    yield "keras", np.asarray(model(images.astype("float32"), training=False))
    yield "tensorflow", np.asarray(Inference(graph, values, engine="graph")(images))
    yield "onnx", onnx_outputs(onnx_model(graph, values), images)[path]
    content = litert_model(graph, values, batch=batch)
    yield "litert", litert_outputs(content, images)[path]
    yield "litert, plain", litert_outputs(content, images, plain=True)[path]


def held(layer: str, size: str, channels: int, sides: tuple[int, int]) -> None:
    """Hold all backends against the definition, on a known or an open size."""
    known = graph_of(f"- {layer}", size="x".join(map(str, sides)), channels=channels)
    graph = graph_of(f"- {layer}", size=size, channels=channels)
    values = {key: np.asarray(value, "float32") for key, value in random_values(known).items()}
    images = np.random.default_rng(3).normal(size=(2, *sides, channels))
    path = known.nodes[-1].path
    expected = outputs_of(known, {path: len(known.nodes) - 1}, values, images)
    for backend, got in computed(graph, values, images, None if size == "any" else 2):
        assert got.shape == expected[path].shape, backend
        assert relative_deviation(expected, {path: got}) <= TOLERANCE, backend


@pytest.mark.parametrize("layer", LAYERS)
def test_every_backend_computes_the_definition(layer: str) -> None:
    sides = (8, 10) if "space_to_depth" in layer else (8, 9)
    held(layer, f"{sides[0]}x{sides[1]}", 12, sides)


OPEN = (
    "{op: conv_transpose, filters: 3, kernel: 3, stride: 2, padding: 1}",
    "{op: conv_transpose, filters: 3, kernel: 4, stride: 2, padding: valid}",
    "{branches: [[{op: max_pool, kernel: 3, stride: 2, ceil: true, padding: 1}], "
    "[{op: avg_pool, kernel: 3, stride: 2, ceil: true, padding: 1}], "
    "[{op: avg_pool, kernel: 3, stride: 2, ceil: true, padding: 1, count_padding: true}]]}",
    "{branches: [[{op: max_pool, kernel: 3, dilation: 2, padding: same}], "
    "[{op: avg_pool, kernel: 3, dilation: 2, padding: same}]]}",
    "{op: avg_pool, kernel: 3, dilation: 2, stride: 2, padding: 1}",
    "{op: upsample, factor: 2}", "{op: upsample, factor: 2x3, method: bilinear}",
    "{op: adaptive_avg_pool, size: 1}", "{op: space_to_depth, block_size: 2}",
    "{op: depth_to_space, block_size: 2}", "{op: channel_shuffle, groups: 3}",
    "{op: crop, pixels: {top: 1, bottom: 0, left: 2, right: 3}}",
    "{op: pad, padding: 2, mode: reflect}",
)  # fmt: skip


@pytest.mark.parametrize("layer", OPEN)
def test_an_open_size_gives_what_a_known_one_gives(layer: str) -> None:
    held(layer, "any", 12, (8, 10))


def test_the_last_corner_of_a_counted_mean_in_ceil_mode() -> None:
    """Four pixels of padding and map, one of them of the map: 0.25, as PyTorch gives."""
    graph = inceptionspec.load(str(CASES / "ceil_mode_counted.yaml")).graph
    for backend, got in computed(graph, {}, np.ones((1, 6, 6, 1)), 1):
        assert got.shape == (1, 4, 4, 1), backend
        assert got[0, 3, 3, 0] == pytest.approx(0.25), backend
        assert got[0, 0, 0, 0] == pytest.approx(4 / 9), backend


@pytest.mark.parametrize("layer", [
    "{op: crop, pixels: 1}", "{op: upsample, factor: 2}",
    "{op: conv_transpose, filters: 2, kernel: 3, stride: 2}",
])  # fmt: skip
def test_stock_layers_are_used_where_there_are_some(layer: str) -> None:
    """So that every format of Keras holds them, and a reader knows them."""
    model = build(graph_of(f"- {layer}", channels=4))
    assert not any(isinstance(one, keras.Model) for one in model.layers)


def test_models_with_them_are_saved_and_loaded(tmp_path: Any) -> None:
    graph = graph_of("\n".join(f"- {one}" for one in (
        "{op: conv_transpose, filters: 8, kernel: 3, stride: 2, padding: 1}",
        "{op: upsample, factor: 2, method: bilinear}", "{op: channel_shuffle, groups: 2}",
        "{op: depth_to_space, block_size: 2}", "{op: space_to_depth, block_size: 2}",
        "{op: pad, padding: 1, mode: reflect}", "{op: max_pool, kernel: 3, dilation: 2}",
        "{op: avg_pool, kernel: 3, stride: 2, ceil: true, padding: 1}", "{op: slice, stop: 3}",
        "{op: adaptive_avg_pool, size: 3}",
    )))  # fmt: skip
    model = build(graph)
    assign(model, graph, random_values(graph))
    images = np.random.default_rng(3).normal(size=(2, *graph.nodes[0].shape)).astype("float32")
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(loaded(images), model(images), rtol=1e-5, atol=1e-5)


def test_the_operators_are_those_of_the_table() -> None:
    tested = {name for line in LAYERS for name in re.findall(r"\bop: (\w+)", line)}
    assert {"upsample", "slice"} <= tested
    maps = {op.name for op in OPS.values() if op.category in ("reshape", "pooling")}
    others = {"flatten", "squeeze", "global_avg_pool", "global_max_pool"}
    assert tested == (maps - others) | {"conv_transpose"}
