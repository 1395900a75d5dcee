"""Pools whose padding counts, and the version of ONNX that every supported runtime computes."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from support import script

import inceptionspec
from inceptionspec.backends.keras import build, weight_values
from inceptionspec.backends.onnx import onnx_model

TOOL = script("check_onnxruntime")
NETWORKS = dict(TOOL.networks())


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS.keys())
def test_the_installed_runtime_computes_what_keras_does(text):
    """`tools/check_onnxruntime.py` holds any other version against the same models."""
    graph = inceptionspec.load(text).graph
    model = build(graph)
    data = onnx_model(graph, weight_values(model, graph))
    images = np.random.default_rng(3).uniform(-1, 1, (2, 9, 8, 4)).astype("float32")
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"images": images.transpose(0, 3, 1, 2)})
    np.testing.assert_allclose(got.transpose(0, 2, 3, 1), model(images), atol=1e-5)


@pytest.mark.parametrize("size", ["9x8", "any"])
def test_no_pool_is_of_a_version_that_some_runtimes_compute_wrongly(size):
    """From 19 on, with padding that counts: microsoft/onnxruntime#24681."""
    graph = inceptionspec.load(
        f"spec: 1\nname: t\ninput: {{size: {size}, channels: 4}}\nnetwork:\n"
        "  - {op: avg_pool, kernel: 5x1, count_padding: true}\n"
    ).graph
    model = onnx.load_from_string(onnx_model(graph, {}))
    assert [one.version for one in model.opset_import] == [18]
    assert "AveragePool" in {node.op_type for node in model.graph.node}


def test_the_tool_tells_a_wrong_result(tmp_path, capsys):
    """A model is compared with what is stored next to it."""
    graph = inceptionspec.load(next(iter(NETWORKS.values()))).graph
    model = build(graph)
    data = onnx_model(graph, weight_values(model, graph))
    (tmp_path / "a.onnx").write_bytes(data)
    images = np.zeros((1, 4, 9, 8), "float32")
    np.savez(tmp_path / "a.npz", images=images, expected=np.ones((1, 6, 9, 8), "float32"))
    assert TOOL.run(tmp_path) == 1
    assert "wrong: a" in capsys.readouterr().out
