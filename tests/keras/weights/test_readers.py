"""Our readers against the libraries that own the formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tensorflow as tf
from onnx import TensorProto, helper, numpy_helper
from support import spec
from weight_reading import PLACE, everything

import inceptionspec
from inceptionspec.weights.files.frozen_graph import FrozenGraph
from inceptionspec.weights.files.onnx_file import OnnxFile
from inceptionspec.weights.files.weight_file import StoredLayer

SHAPES = ((2, 3), (), (1,), (0, 2))
ONNX_TYPES = ("FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "BOOL", "FLOAT16",
              "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16", "FLOAT8E4M3FN",
              "FLOAT8E5M2")  # fmt: skip
TENSORFLOW_TYPES = ("float32", "float64", "float16", "bfloat16", "int32", "int64", "int8", "int16",
                    "uint8", "uint16", "uint32", "uint64", "bool")  # fmt: skip
#: Types that NumPy lacks, which are read as float32.
WIDENED = ("bfloat16", "float8_e4m3fn", "float8_e5m2")


def drawn(kind: Any, shape: tuple[int, ...]) -> np.ndarray:
    draw = np.random.default_rng(4).normal(size=shape) * 50
    return np.asarray(np.abs(draw)).astype(kind)


def check_same(read: dict[str, Any], expected: dict[str, np.ndarray]) -> None:
    assert set(read) == set(expected)
    for name, array in expected.items():
        if array.dtype.name in WIDENED:
            array = array.astype("float32")
        assert read[name].dtype == array.dtype, name
        assert read[name].shape == array.shape, name
        np.testing.assert_array_equal(read[name], array, name)


@pytest.mark.parametrize("raw", [False, True])
def test_what_onnx_makes_of_every_type_is_read(tmp_path: Path, raw: bool) -> None:
    tensors = []
    for name in ONNX_TYPES:
        kind = getattr(TensorProto, name)
        for number, shape in enumerate(SHAPES):
            array = drawn(helper.tensor_dtype_to_np_dtype(kind), shape)
            called = f"{name}/{number}"
            tensors.append(
                numpy_helper.from_array(array, called)
                if raw
                else helper.make_tensor(called, kind, shape, array.flatten())
            )
    graph = helper.make_graph([], "g", [], [], tensors)
    onnx.save(helper.make_model(graph), tmp_path / "a.onnx")
    expected = {tensor.name: numpy_helper.to_array(tensor) for tensor in tensors}
    check_same(everything(OnnxFile, tmp_path / "a.onnx"), expected)


def test_our_own_onnx_is_read(tmp_path: Path) -> None:
    text = spec(
        "- {op: conv, name: a, filters: 4, kernel: 3, norm: batch_norm}\n"
        "- {op: separable_conv, name: b, filters: 5, kernel: 3}\n"
        "- {op: flatten}\n- {op: dense, name: c, units: 3}"
    )
    path = tmp_path / "a.onnx"
    inceptionspec.load(text).to_onnx().save(str(path))
    model = onnx.load(path)
    expected = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    assert {"a/kernel", "a/gamma", "b/pointwise_kernel", "c/bias"} <= set(expected)
    check_same(everything(OnnxFile, path), expected)
    layers = {layer.name: layer for layer in OnnxFile(str(path), PLACE).layers}
    assert layers["a"].config["inputs"] == ("images", "a/kernel")
    assert layers["a/BatchNormalization_1"].inputs == ("a",)
    apart = tmp_path / "apart.onnx"
    onnx.save(model, apart, save_as_external_data=True, location="w.bin", size_threshold=0)
    assert apart.stat().st_size < path.stat().st_size - 4 * 192 * 5
    check_same(everything(OnnxFile, apart), expected)


def test_what_tensorflow_freezes_is_read(tmp_path: Path) -> None:
    expected = {
        f"{kind}/{number}": drawn(tf.as_dtype(kind).as_numpy_dtype, shape)
        for kind in TENSORFLOW_TYPES
        for number, shape in enumerate(SHAPES)
    }
    expected["filled"] = np.ones(1000, "float32")
    with tf.Graph().as_default() as graph:
        for name, array in expected.items():
            tf.constant(array, name=name)
        images = tf.compat.v1.placeholder(tf.float32, (1, 2), name="images")
        tf.matmul(images, drawn("float32", (2, 2)), name="product")
        tf.constant("text", name="text")
        written = graph.as_graph_def()
    for node in written.node:
        if node.name == "filled":  # as graph tools write it: one number for all
            node.attr["value"].tensor.ClearField("tensor_content")
            node.attr["value"].tensor.float_val.append(1)
        elif node.name == "product/b":
            expected[node.name] = tf.make_ndarray(node.attr["value"].tensor)
    (tmp_path / "a.pb").write_bytes(written.SerializeToString())
    check_same(everything(FrozenGraph, tmp_path / "a.pb"), expected)
    product = FrozenGraph(str(tmp_path / "a.pb"), PLACE).layers[1]
    assert product == StoredLayer("product", "MatMul", inputs=("images", "product/b"))
