"""What Keras calls the layers and the model of a network."""

from __future__ import annotations

import re

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
