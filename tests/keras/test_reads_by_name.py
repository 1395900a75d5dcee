"""Networks that read by name, in every backend, plain and rewritten, against NumPy in float64."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest
from numpy_network import outputs_of
from rewriting import random_values
from runtimes import litert_outputs, onnx_outputs, relative_deviation
from shapes import BY_NAME, spec

import inceptionspec
from inceptionspec.backends.keras import assign, build
from inceptionspec.backends.keras_source import keras_module
from inceptionspec.backends.litert import litert_model
from inceptionspec.backends.onnx import onnx_model
from inceptionspec.engines.inference import Inference

TOLERANCE = 1e-5
"""Of the largest magnitude: what the order of sums in float32 may change."""


@pytest.fixture(autouse=True)
def memory() -> Any:
    yield
    keras.backend.clear_session()


@pytest.mark.parametrize("name", BY_NAME)
def test_every_backend_computes_the_same(name: str) -> None:
    network = inceptionspec.load(spec(name), input=16)
    graph = network.graph
    values = {key: np.asarray(one, "float32") for key, one in random_values(graph).items()}
    images = np.random.default_rng(3).normal(size=(2, *graph.nodes[0].shape))
    last = graph.nodes[-1]
    expected = outputs_of(graph, {last.path: last.index}, values, images)
    model = build(graph)
    assign(model, graph, values)
    inner = graph.nodes[graph.names["Cells/cell_1" if name == "cells" else "Down_1"]]
    several = Inference(graph, values, [last.path, inner.path], engine="graph")(images)
    got = {
        "keras": np.asarray(model(images.astype("float32"), training=False)),
        "tensorflow": np.asarray(Inference(graph, values, engine="graph")(images)),
        "tensorflow, two outputs": np.asarray(several[last.path]),
        "onnx": onnx_outputs(onnx_model(graph, values), images)[last.path],
        "litert": litert_outputs(litert_model(graph, values, batch=2), images)[last.path],
    }
    for backend, value in got.items():
        assert relative_deviation(expected, {last.path: value}) <= TOLERANCE, backend
    middle = outputs_of(graph, {inner.path: inner.index}, values, images)
    assert relative_deviation(middle, {inner.path: np.asarray(several[inner.path])}) <= TOLERANCE


@pytest.mark.parametrize("name", BY_NAME)
def test_a_module_builds_the_same_model(name: str) -> None:
    network = inceptionspec.load(spec(name), input=16).loaded
    names: dict[str, Any] = {}
    exec(compile(keras_module(network), "net.py", "exec"), names)
    ours = json.dumps(names["build"]().get_config())
    keras.backend.clear_session()
    assert json.dumps(build(network.graph).get_config()) == ours
