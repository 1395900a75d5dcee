"""What emitters share: names of layers, composites of operations, and their one refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import keras

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.ir.graph import Graph, Node

#: The norm that belongs to a convolution or a dense layer, as TF-Slim calls its scope.
NORM = "BatchNorm"


def layer_name(node: Node, part: str = "") -> str:
    """The name of a node's layer, or of a helper that belongs to it.

    Keras refuses ``/``; ``.`` cannot stand in a spec's names, so nothing collides.
    """
    name = node.path.replace("/", ".")
    return f"{name}.{part}" if part else name


def model_name(graph: Graph) -> str:
    """The name of the whole model: the network's own, as far as TensorFlow takes free text."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", graph.name)
    return name if name[0].isalnum() else f"model{name}"


def composite(name: str, tensor: Any, compute: Callable[[Any], Any]) -> Any:
    """The result of `keras.ops` under one name.

    Operations name themselves (``pad``, ``add_1``), which could be the name of a layer of
    the spec; in a functional model of their own it cannot.
    """
    inside = keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name="map")
    return keras.Model(inside, compute(inside), name=name)(tensor)


def undecided_padding(node: Node) -> SpecError:
    """What to raise where TensorFlow leaves the padding to us and the size is open (E0407)."""
    return spec_error(
        "E0407",
        f"`{node.path}`: a stride together with a dilation, or unequal strides of "
        "a depthwise convolution, need a known height and width under `padding: same`",
        node.origin.span,
        "give the input a size, or write the padding in pixels",
        label="TensorFlow has no kernel for this on an open size",
    )
