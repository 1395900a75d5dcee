"""How rewrites are tested: both networks as Keras models, on the same random weights.

TensorFlow is imported by what runs a model alone, so that tests of graphs do without.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import inceptionspec
from inceptionspec.ir.graph import Graph
from inceptionspec.rewrites import PASSES, Rewritten, rewrite


def graph_of(network: str, *, size: str = "8x9", channels: int = 4, more: str = "") -> Graph:
    """The graph of layers in YAML, each line of which stands in ``network:``."""
    lines = "".join(f"  {line}\n" for line in network.strip("\n").split("\n"))
    head = f"spec: 1\nname: t\ninput: {{size: {size}, channels: {channels}}}\n"
    return inceptionspec.load(f"{head}network:\n{lines}{more}").graph


def random_values(graph: Graph, seed: int = 5) -> dict[tuple[str, str], Any]:
    """A value for every weight: variances positive, kernels of the size that keeps one."""
    import numpy as np

    generator = np.random.default_rng(seed)
    values = {}
    for node in graph.nodes:
        for weight in node.weights:
            value = generator.normal(size=weight.shape)
            if weight.name in ("moving_variance", "variance"):
                value = np.abs(value) + 0.5
            elif weight.name == "count":
                value = np.array(7.0)
            elif "kernel" in weight.name:
                value /= np.sqrt(np.prod(weight.shape[:-1]))
            values[node.path, weight.name] = value
    return values


@contextmanager
def _precision(dtype: str) -> Iterator[None]:
    """Let Keras build and compute in a type, which it keeps in two places."""
    import keras

    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)


def _unstarted(graph: Graph) -> Graph:
    """The same graph with weights that start at zero: random ones take a quarter of the time."""
    nodes = []
    for node in graph.nodes:
        zeros = {name: ("zeros", ()) for name in node.attributes if name.endswith("init")}
        nodes.append(dataclasses.replace(node, attributes={**node.attributes, **zeros}))
    return dataclasses.replace(graph, nodes=tuple(nodes))


def outputs_of(
    graph: Graph, outputs: Any, values: Any, *, dtype: str = "float64", images: Any = None
) -> Any:
    """What Keras gives for images, fixed ones by default, by output name, in float64."""
    import numpy as np

    from inceptionspec.backends.keras import build
    from inceptionspec.backends.keras.variables import assign

    with _precision(dtype):
        model = build(_unstarted(graph), outputs)
        assign(model, graph, values)
        if images is None:
            sides = [side or 9 for side in graph.nodes[0].shape]
            images = np.random.default_rng(3).normal(size=(2, *sides))
        result = model(images.astype(dtype), training=False)
    found = result if isinstance(result, dict) else {"": result}
    return {name: tensor.numpy() for name, tensor in found.items()}


def distance(
    graph: Graph, found: Rewritten, outputs: Any = None, *, dtype: str = "float64"
) -> float:
    """The largest difference over all outputs, relative to the largest magnitude."""
    import numpy as np

    from inceptionspec.backends.weight_exprs import evaluate

    values = random_values(graph)
    plain = outputs_of(graph, outputs, values, dtype=dtype)
    rewritten = outputs_of(found.graph, outputs, evaluate(found.weights, values), dtype=dtype)
    assert plain.keys() == rewritten.keys()
    assert all(np.abs(value).max() > 1e-3 for value in plain.values()), (
        "a dead output shows nothing"
    )
    return max(
        float(np.abs(plain[name] - rewritten[name]).max() / np.abs(plain[name]).max())
        for name in plain
    )


def rewritten_by(
    graph: Graph, *passes: str, outputs: str | Sequence[str] | None = None
) -> Rewritten:
    """A graph after some passes."""
    return rewrite(graph, outputs, {name: PASSES[name] for name in passes})
