"""Every operator, with each value of its attributes, comes back from Keras and from ONNX."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy_network
import pytest
from operator_layers import ATTRIBUTES, CHANNELS, SIZE, layers, network
from rewriting import graph_of, random_values

import inceptionspec
from inceptionspec.backends.keras import assign, build
from inceptionspec.backends.onnx import onnx_model
from inceptionspec.importers.recovery.signature import STEERING, TRAINING, digests
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import OPS

TOLERANCE = 1e-6
"""Of the largest magnitude: weights that a format folds are rounded once more."""
#: What a format writes in another way, so that another operator of the same meaning comes back.
_CEIL_OF_COUNTED = {
    f"avg_pool {given}"
    for given in ATTRIBUTES["avg_pool"]
    if "ceil: true" in given and "count_padding: true" in given
}
_IN_BOTH = {
    *_CEIL_OF_COUNTED,
    "adaptive_avg_pool size: 1",
    "adaptive_avg_pool size: 4x5",
    "activation function: softmax",
}
_NO_CENTER = {
    f"{op} {given}"
    for op, every in ATTRIBUTES.items()
    for given in every
    if "center: false" in given and op not in ("layer_norm", "group_norm")
}
OTHERS: dict[str, set[str]] = {
    "keras": _IN_BOTH,
    # It holds an offset for every norm, and products and sums where a spec has numbers by channel.
    "onnx": _IN_BOTH | _NO_CENTER | {"normalize "} | {
        f"rescale {given}" for given in ATTRIBUTES["rescale"] if "[" in given
    },
}  # fmt: skip


def imported(form: str, graph: Graph, folder: Path) -> tuple[Graph, Any]:
    """A graph with values, written as a model and imported: the graph, and its arrays."""
    values = {key: np.asarray(one, "float32") for key, one in random_values(graph).items()}
    if form == "keras":
        model = build(graph)
        assign(model, graph, values)
        found = inceptionspec.from_keras(model)
    else:
        file = folder / "net.onnx"
        file.write_bytes(onnx_model(graph, values))
        found = inceptionspec.import_model(file)
    return found.network.graph, found.arrays()


def branches(graph: Graph) -> Iterator[int]:
    """What the last layer reads, in order; itself where it reads one."""
    last = graph.nodes[-1]
    yield from last.inputs if last.op == "concat" else (last.index,)


def computed(graph: Graph, values: Any, images: Any) -> Any:
    """What the last layer yields."""
    return numpy_network.outputs_of(graph, {"": len(graph.nodes) - 1}, values, images)[""]


@pytest.mark.parametrize("op", ATTRIBUTES)
@pytest.mark.parametrize("form", ["keras", "onnx"])
def test_an_operator_comes_back(form: str, op: str, tmp_path: Path) -> None:
    graph = graph_of(network(op), size="x".join(map(str, SIZE)), channels=CHANNELS)
    again, arrays = imported(form, graph, tmp_path)
    images = np.random.default_rng(3).normal(size=(2, *SIZE, CHANNELS))
    values = {key: np.asarray(one, "float32") for key, one in random_values(graph).items()}
    expected, got = computed(graph, values, images), computed(again, arrays, images)
    assert np.abs(got - expected).max() <= TOLERANCE * np.abs(expected).max()
    ours, theirs = digests(graph), digests(again)
    pairs = zip(layers(op), branches(graph), branches(again), strict=True)
    differing = {f"{op} {given}" for given, a, b in pairs if ours[a] != theirs[b]}
    assert differing == {name for name in OTHERS[form] if name.partition(" ")[0] == op}


def test_every_operator_and_attribute_is_tried() -> None:
    assert set(ATTRIBUTES) == set(OPS) - {"input"}
    for op, every in ATTRIBUTES.items():
        for attribute in OPS[op].attributes:
            if attribute.name not in TRAINING | STEERING:
                assert any(f"{attribute.name}: " in given for given in every) or attribute.required
