"""ONNX files become specs again: those that are written here, rewritten or not, and tf2onnx'."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import onnxruntime
import pytest
from packages import fetched_wheel
from rewriting import graph_of, random_values
from runtimes import onnx_outputs

import inceptionspec
from inceptionspec.backends.onnx import onnx_model
from inceptionspec.backends.weight_exprs import evaluate
from inceptionspec.diagnostics.source import external
from inceptionspec.importers.importing import Imported, import_source
from inceptionspec.importers.recovery.signature import computed_attributes, digests
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.ops import OPS
from inceptionspec.ops.window import padding_pixels, slides
from inceptionspec.rewrites import rewrite
from inceptionspec.weights.initial import initial_value

#: One of each kind: branches, depthwise and residual, separable, heads that merge, concatenations
#: in a row, groups.
BUILT_IN = ("inception_v1", "mobilenet_v2", "xception", "inception_v3", "densenet121", "resnext50")
TOLERANCE = 1e-5
#: What ONNX does not hold, or holds in another way.
_UNHELD = frozenset(
    {"init", "bias_init", "l2", "bias_l2", "depthwise_init", "depthwise_l2", "momentum", "clip",
     "fixed", "padding", "follows_input", "norm", "gamma_init", "rate"}
)  # fmt: skip


def initial_values(graph: Graph) -> dict[tuple[str, str], Any]:
    """What a network starts with."""
    return {(n.path, w.name): initial_value(n, w) for n in graph.nodes for w in n.weights}


def computed(graph: Graph) -> list[Any]:
    """What each head puts out is computed by; numbers right behind the input are one layer."""
    found = digests(graph)
    if any(node.op == "normalize" for node in graph.nodes) or graph.nodes[1].op == "rescale":
        return sorted(
            (
                node.op,
                node.shape,
                str(computed_attributes(node, [graph.nodes[i].shape for i in node.inputs])),
            )
            for node in graph.nodes
            if node.op not in ("input", "rescale", "normalize", "dropout", "drop_path", "softmax")
        )
    return [found[head.output] for head in graph.heads]


def written(tmp_path: Path, graph: Graph, values: Any, ends: Any = None) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(onnx_model(graph, values, ends))
    return path


def structure(graph: Graph) -> Counter[str]:
    """Layers by what they and all before them compute; dropout is left out, names do not count."""
    keys: dict[int, str] = {}
    found: Counter[str] = Counter()
    for node in graph.nodes:
        if node.op in ("dropout", "drop_path"):
            keys[node.index] = keys[node.inputs[0]]
            continue
        before = [keys[source] for source in node.inputs]
        text = repr((node.op, before, node.shape, sorted(_attributes(graph, node).items())))
        keys[node.index] = hashlib.sha256(text.encode()).hexdigest()
        if node.op != "softmax":  # the predictions of a head, which a file need not put out
            found[keys[node.index]] += 1
    return found


def _attributes(graph: Graph, node: Node) -> dict[str, Any]:
    given = {key: value for key, value in node.attributes.items() if key not in _UNHELD}
    norm = node.attributes.get("norm")
    if norm is not None:
        given["norm"] = {key: norm[key] for key in ("epsilon", "center", "scale")}
    if slides(OPS[node.op]):
        given["pads"] = padding_pixels(node.attributes, graph.nodes[node.inputs[0]].shape)
    return given


def imported(path: Path) -> Imported:
    return import_source(str(path), external(f"import {path.name}"))


def ends_of(graph: Graph) -> dict[str, int]:
    """Outputs as they are in a file: predictions where a head has them."""
    last = {"": len(graph.nodes) - 1}
    return {
        head.name: head.output if head.predictions is None else head.predictions
        for head in graph.heads
    } or last


def agree(path: Path, found: Imported, graph: Graph) -> None:
    """Hold what a file computes against what its spec computes with the weights of the file."""
    size = [side or 40 for side in graph.nodes[0].shape]
    images = np.random.default_rng(3).uniform(-1, 1, (2, *size))
    values = {key: np.asarray(value, "float32") for key, value in found.arrays().items()}
    ours = found.loaded.graph
    got = onnx_outputs(onnx_model(ours, values, ends_of(ours)), images)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    first = given.shape[1] == size[2]
    read = images.astype("float32")
    for theirs in session.run(None, {given.name: read.transpose(0, 3, 1, 2) if first else read}):
        scale = float(np.abs(theirs).max())
        assert any(
            theirs.size == one.size
            and np.abs(theirs.reshape(one.shape) - one).max() <= TOLERANCE * scale
            for one in got.values()
        )


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_file_of_ours_is_the_same_graph_again(tmp_path: Path, name: str) -> None:
    # Groups of one channel each would be a depthwise convolution.
    graph = inceptionspec.load(name, width=0.5 if name == "resnext50" else 0.25).graph
    values = {key: np.asarray(value, "float32") for key, value in random_values(graph).items()}
    path = written(tmp_path, graph, values)
    found = imported(path)
    assert structure(found.loaded.graph) == structure(graph)
    agree(path, found, graph)


@pytest.mark.parametrize(
    "name", [name for name in inceptionspec.builtin_specs() if name not in BUILT_IN]
)
def test_every_built_in_network_computes_the_same_again(tmp_path: Path, name: str) -> None:
    size: Any = {"input": 64} if name == "vgg16" else {}  # 100 million weights otherwise
    graph = inceptionspec.load(name, width=0.5, **size).graph
    values = {key: np.asarray(value, "float32") for key, value in random_values(graph).items()}
    found = imported(written(tmp_path, graph, values)).loaded.graph
    assert computed(found) == computed(graph)


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("inception_v3", random_values),  # two heads, norms without factors
        ("inception_v1_paper", random_values),
        ("inception_v1", initial_values),
        ("mobilenet_v2", initial_values),  # norms with factors
        ("nasnet_mobile", initial_values),
        ("squeezenet", random_values),
    ],
)
def test_a_built_in_network_is_known_again(tmp_path: Path, name: str, draw: Any) -> None:
    graph = inceptionspec.load(name).graph
    values = {key: np.asarray(value, "float32") for key, value in draw(graph).items()}
    found = imported(written(tmp_path, graph, values))
    assert (found.builtin, found.varies) == (name, False)
    assert f"extends: {name}\n" in found.text
    arrays = found.arrays()
    again = found.loaded.graph
    assert set(arrays) == {
        (node.path, weight.name) for node in again.nodes for weight in node.weights
    }


def test_numbers_at_the_input_are_one_layer_in_a_file(tmp_path: Path) -> None:
    graph = inceptionspec.load("efficientnet_b0", input=64).graph
    values = {key: np.asarray(value, "float32") for key, value in random_values(graph).items()}
    path = written(tmp_path, graph, values)
    found = imported(path)
    assert (found.builtin, found.differs) == ("efficientnet_b0", "other numbers for its input")
    assert "extends: efficientnet_b0\n" in found.text
    agree(path, found, graph)


@pytest.mark.parametrize("name", ["inception_v1", "resnet50", "mobilenet_v2", "xception"])
def test_a_rewritten_file_computes_the_same(tmp_path: Path, name: str) -> None:
    graph = inceptionspec.load(name, width=0.25).graph
    values = {key: np.asarray(value, "float32") for key, value in random_values(graph).items()}
    made = rewrite(graph, None)
    path = written(tmp_path, made.graph, evaluate(made.weights, values), made.outputs)
    agree(path, imported(path), graph)


_TF2ONNX = """
import sys
import keras, numpy as np, tensorflow as tf, tf2onnx
keras.utils.set_random_seed(1)
name, opset, layout, file = sys.argv[1:]
model = getattr(keras.applications, name)(weights=None, classes=20, input_shape=(96, 96, 3))
draw = np.random.default_rng(2)
for variable in model.variables:
    kind = variable.path.split("/")[-1]
    if kind == "moving_variance":
        variable.assign(draw.uniform(0.5, 1.5, variable.shape))
    elif kind in ("moving_mean", "beta", "bias"):
        variable.assign(draw.normal(size=variable.shape) * 0.1)
compute = tf.function(lambda x: model(x, training=False))
given = {"inputs_as_nchw": ["x"]} if layout == "first" else {}
shape = tf.TensorSpec((None, 96, 96, 3), tf.float32, name="x")
tf2onnx.convert.from_function(compute, [shape], opset=int(opset), output_path=file, **given)
"""


def test_windows_that_do_not_divide_a_map_are_read_again(tmp_path: Path) -> None:
    layers = """
      - {op: conv, kernel: 3x3, filters: 8}
      - {op: adaptive_avg_pool, size: 4x3}
      - {op: flatten}
      - {op: dense, units: 5}
    """
    graph = graph_of(dedent(layers), size="9x10")
    path = written(tmp_path, graph, random_values(graph))
    found = imported(path)
    assert "size: 4x3}" in found.text
    agree(path, found, graph)


def test_a_file_that_reads_bytes_has_its_steps_as_layers(tmp_path: Path) -> None:
    layers = """
      - {op: max_pool, kernel: 3x3, stride: 1}
      - {op: conv, kernel: 3x3, filters: 8, activation: relu}
      - {op: global_avg_pool}
    """
    graph = graph_of(dedent(layers), channels=3)
    steps = Preprocessing("bilinear", 1.0, "BGR", 1.0, (100, 110, 120), (50, 60, 70), "")
    path = tmp_path / "bytes.onnx"
    path.write_bytes(onnx_model(graph, random_values(graph), preprocessing=steps))
    found = imported(path)
    assert "op: rescale" in found.text
    pictures = np.random.default_rng(3).integers(0, 256, (2, 8, 9, 3), "uint8")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (theirs,) = session.run(None, {"images": pictures})
    values = {key: np.asarray(value, "float32") for key, value in found.arrays().items()}
    ours = found.loaded.graph
    (got,) = onnx_outputs(onnx_model(ours, values, ends_of(ours)), pictures.astype("f4")).values()
    assert np.abs(theirs - got).max() <= TOLERANCE * np.abs(theirs).max()


@pytest.fixture(scope="module")
def tf2onnx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tf2onnx; what it needs is here."""
    folder = tmp_path_factory.mktemp("tf2onnx")
    with zipfile.ZipFile(fetched_wheel("tf2onnx==1.17.0", folder)) as wheel:
        wheel.extractall(folder)
    return folder


@pytest.mark.parametrize(
    ("name", "opset", "layout"),
    [
        ("MobileNetV2", 11, "first"),
        ("MobileNetV3Small", 17, "last"),
    ],
)
def test_files_of_tf2onnx(
    tmp_path: Path, tf2onnx: Path, name: str, opset: int, layout: str
) -> None:
    path = tmp_path / "net.onnx"
    command = [sys.executable, "-c", _TF2ONNX, name, str(opset), layout, str(path)]
    paths = os.pathsep.join(filter(None, [str(tf2onnx), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": paths}
    subprocess.run(command, check=True, capture_output=True, timeout=600, env=environment)
    found = imported(path)
    agree(path, found, found.loaded.graph)
