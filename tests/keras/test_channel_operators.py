"""Norms, numbers for each channel and functions, in every backend, against NumPy in float64."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from numpy_network import outputs_of
from rewriting import graph_of, random_values
from runtimes import litert_outputs, onnx_outputs, relative_deviation
from support import spec

import inceptionspec
from inceptionspec.backends.keras import assign, build
from inceptionspec.backends.litert import litert_model
from inceptionspec.backends.onnx import onnx_model
from inceptionspec.engines.inference import Inference
from inceptionspec.ops import OPS
from inceptionspec.weights import load_weights
from inceptionspec.weights.writers import (
    write_keras_weights,
    write_safetensors,
    write_slim_checkpoint,
)

TOLERANCE = 1e-5
"""Of the largest magnitude: what the order of sums in float32 may change."""

LAYERS = {
    "layer_norm": ("{op: layer_norm}",),
    "layer_norm, bare": ("{op: layer_norm, center: false, scale: false, epsilon: 0.1}",),
    "layer_norm of a vector": ("{op: global_avg_pool}", "{op: layer_norm, epsilon: 1e-6}"),
    "group_norm": ("{op: group_norm, groups: 3}",),
    "group_norm, bare": ("{op: group_norm, groups: 2, center: false, scale: false}",),
    "group_norm, one channel each": ("{op: group_norm, groups: input, epsilon: 0.2}",),
    "group_norm, all channels": ("{op: group_norm, groups: 1, scale: false}",),
    "group_norm of a vector": ("{op: global_avg_pool}", "{op: group_norm, groups: 2}"),
    "normalize": ("{op: normalize}",),
    "normalize of a vector": ("{op: flatten}", "{op: normalize}"),
    "rescale": ("{op: rescale, scale: 0.0078, offset: -1}",),
    "rescale by channels": (
        "{op: rescale, scale: [1, 2, 3, 4, 5, 6], offset: [6, 5, 4, 3, 2, 1]}",
    ),
    "rescale of a vector": ("{op: global_avg_pool}", "{op: rescale, offset: [6, 5, 4, 3, 2, 1]}"),
    "rescale by nothing": ("{op: rescale}",),
    "layer_scale": ("{op: layer_scale, init: ones}",),
    "layer_scale of a vector": ("{op: flatten}", "{op: layer_scale}"),
    "prelu": ("{op: prelu}",),
    "prelu of a vector": ("{op: flatten}", "{op: prelu, init: {constant: 0.25}}"),
    "drop_path": ("{op: conv, kernel: 1, filters: 3}", "{op: drop_path, rate: 0.9}"),
    "another slope": ("{op: activation, function: {leaky_relu: 0.3}}",),
    "a slope above 1": ("{op: activation, function: {leaky_relu: 1.5}}",),
    "another factor": ("{op: activation, function: {elu: 0.5}}",),
    "within layers": (
        "{op: conv, kernel: 3, filters: 4, activation: {leaky_relu: 0.125}}",
        "{op: conv, kernel: 3, filters: 4, norm: batch_norm, activation: {elu: 2}}",
        "{op: depthwise_conv, kernel: 3, activation: gelu_tanh}",
        "{op: separable_conv, kernel: 3, filters: 5, activation: hard_swish}",
        "{branches: [[], [{op: activation, function: swish}]], "
        "merge: {op: add, activation: {leaky_relu: 0.5}}}",
        "{branches: [[], [{op: global_avg_pool}]], merge: {op: multiply, activation: mish}}",
        "{op: flatten}",
        "{op: dense, units: 4, activation: {elu: 0.25}}",
        "{op: dense, units: 4, activation: gelu_tanh}",
    ),
}


@pytest.fixture(autouse=True)
def memory() -> Any:
    yield
    keras.backend.clear_session()


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_every_backend_computes_the_definition(layers: tuple[str, ...]) -> None:
    graph = graph_of("\n".join(f"- {layer}" for layer in layers), channels=6)
    values = {key: value.astype("float32") if np.ndim(value) else np.float32(value)
              for key, value in random_values(graph).items()}  # fmt: skip
    images = np.random.default_rng(3).normal(size=(2, *graph.nodes[0].shape))
    path, index = graph.nodes[-1].path, len(graph.nodes) - 1
    expected = outputs_of(graph, {path: index}, values, images)
    model = build(graph)
    assign(model, graph, values)
    inference = Inference(graph, values, engine="graph")
    model_content = litert_model(graph, values, batch=2)
    got = {
        "keras": np.asarray(model(images.astype("float32"), training=False)),
        "tensorflow": np.asarray(inference(images)),
        "onnx": onnx_outputs(onnx_model(graph, values), images)[path],
        "litert": litert_outputs(model_content, images)[path],
        "litert, plain": litert_outputs(model_content, images, plain=True)[path],
    }
    for backend, value in got.items():
        assert value.shape == expected[path].shape, backend
        assert relative_deviation(expected, {path: value}) <= TOLERANCE, backend


@pytest.mark.parametrize("name", ["layer_norm", "group_norm", "normalize", "layer_scale", "prelu"])
def test_an_open_size_gives_what_a_known_one_gives(name: str) -> None:
    """Groups are reshaped by the size at run time, in every backend."""
    layers = f"- {{op: {name}{', groups: 3' if name == 'group_norm' else ''}}}"
    known, open_ = (graph_of(layers, size=size, channels=6) for size in ("8x9", "any"))
    values = {k: np.asarray(v, "float32") for k, v in random_values(known).items()}
    images = np.random.default_rng(3).normal(size=(2, 8, 9, 6))
    path = known.nodes[-1].path
    expected = outputs_of(known, {path: 1}, values, images)
    model = build(open_)
    assign(model, open_, values)
    got = {
        "keras": np.asarray(model(images.astype("float32"), training=False)),
        "tensorflow": np.asarray(Inference(open_, values, engine="graph")(images)),
        "onnx": onnx_outputs(onnx_model(open_, values), images)[path],
        "litert": litert_outputs(litert_model(open_, values), images)[path],
    }
    for backend, value in got.items():
        assert relative_deviation(expected, {path: value}) <= TOLERANCE, backend


def test_drop_path_drops_whole_images_in_training_and_scales_the_others() -> None:
    """The share of images is kept over many draws, and one seed draws the same images."""
    model = build(graph_of("- {op: drop_path, rate: 0.25}", size="2x2", channels=3))
    images = np.ones((400, 2, 2, 3), "float32")

    def drawn() -> Any:
        keras.utils.set_random_seed(4)
        fresh = build(graph_of("- {op: drop_path, rate: 0.25}", size="2x2", channels=3))
        return np.asarray(fresh(images, training=True))

    got = drawn()
    per_image = got.reshape(400, -1)
    assert (per_image == per_image[:, :1]).all()
    assert set(np.unique(per_image.round(5))) == {0, np.float32(1.33333)}
    assert 60 <= int((per_image[:, 0] == 0).sum()) <= 140
    assert (drawn() == got).all()
    assert (np.asarray(model(images, training=False)) == images).all()


def test_models_with_them_are_saved_and_loaded(tmp_path: Any) -> None:
    """`.keras` and `.h5` hold stock layers alone."""
    graph = graph_of("\n".join(f"- {one}" for one in (
        "{op: rescale, scale: [1, 2, 3, 4]}", "{op: normalize}",
        "{op: conv, kernel: 1, filters: 4, activation: {leaky_relu: 0.3}}", "{op: layer_norm}",
        "{op: group_norm, groups: 2}", "{op: layer_scale, init: ones}", "{op: prelu}",
        "{op: drop_path, rate: 0.5}", "{op: activation, function: {elu: 0.3}}",
        "{op: activation, function: hard_swish}", "{op: activation, function: mish}",
    )))  # fmt: skip
    model = build(graph)
    assign(model, graph, random_values(graph))
    images = np.random.default_rng(3).normal(size=(2, 8, 9, 4)).astype("float32")
    for name in ("m.keras", "m.h5"):
        model.save(tmp_path / name)
        loaded = keras.models.load_model(tmp_path / name)
        np.testing.assert_allclose(loaded(images), model(images), rtol=1e-5, atol=1e-5)


WEIGHTED = """
- {op: normalize, name: data}
- {op: conv, name: a, kernel: 3, filters: 6, activation: {leaky_relu: 0.3}}
- {op: layer_norm, name: ln}
- {op: group_norm, name: gn, groups: 2}
- {op: layer_scale, name: ls}
- {op: prelu, name: p}
- {op: batch_norm, name: bn}
"""


@pytest.mark.parametrize(
    "name", ["w.safetensors", "w.weights.h5", "slim.ckpt", "m.keras", "m.h5", "m.onnx"]
)
def test_weights_come_back_from_every_format(tmp_path: Any, name: str) -> None:
    """Names, shapes and Keras' integer count: what is written is read, bit by bit."""
    loaded = inceptionspec.load(spec(WEIGHTED)).loaded
    graph = loaded.graph
    values = {key: np.asarray(one, "float32") for key, one in random_values(graph).items()}
    file = tmp_path / name
    if name.endswith(".safetensors"):
        write_safetensors(str(file), values)
    elif name.endswith(".weights.h5"):
        write_keras_weights(str(file), graph, values)
    elif name == "slim.ckpt":
        write_slim_checkpoint(str(file), graph, values)
    elif name == "m.onnx":
        file.write_bytes(onnx_model(graph, values))
    else:
        model = build(graph)
        assign(model, graph, values)
        model.save(file)
    read = load_weights(loaded, str(file)).arrays
    lost = {("data", "count")} if name == "m.onnx" else set()  # nothing there has a place for it
    assert {key: one for key, one in read.items() if key not in lost}.keys() == values.keys() - lost
    for key in values.keys() - lost:
        assert read[key].shape == values[key].shape, key
        np.testing.assert_array_equal(read[key], values[key], err_msg=str(key))


def test_the_operators_are_those_of_the_table() -> None:
    tested = {line.split(",")[0].removeprefix("{op: ").rstrip("}") for layers in LAYERS.values()
              for line in layers}  # fmt: skip
    new = {"layer_norm", "group_norm", "normalize", "rescale", "layer_scale", "prelu", "drop_path"}
    assert new <= tested & set(OPS)
