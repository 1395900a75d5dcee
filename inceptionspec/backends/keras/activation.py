"""A function as a Keras layer of its own."""

from __future__ import annotations

from typing import Any

import keras

from inceptionspec.backends.keras.shared import composite, layer_name
from inceptionspec.backends.keras.tables import ACTIVATIONS
from inceptionspec.ir.graph import Node
from inceptionspec.ops.functions import Function, Sloped, function_name


def activated(node: Node, tensor: Any, function: Function, *, own: bool = False) -> Any:
    """A tensor after a function, by a layer that Keras can load again.

    Args:
        node: the node that applies it.
        tensor: what it is applied to.
        function: which.
        own: whether the function is all that the node is, so that the layer has its name.
    """
    name = layer_name(node, "" if own else function_name(function))
    if isinstance(function, Sloped):
        layer = _SLOPED[function.name](function.number, name=name)
        return layer(tensor)
    if function == "gelu_tanh":
        return composite(name, tensor, lambda x: keras.ops.gelu(x, approximate=True))
    return keras.layers.Activation(ACTIVATIONS[function], name=name)(tensor)


_SLOPED = {"elu": keras.layers.ELU, "leaky_relu": keras.layers.LeakyReLU}
