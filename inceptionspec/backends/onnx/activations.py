"""Activation functions of a spec in ONNX: a literal, closed table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from inceptionspec.backends.onnx.layer_builder import LayerBuilder


def activated(layer: LayerBuilder, tensor: str, function: str | None) -> str:
    """A tensor after a function; the tensor itself after none."""
    return tensor if function is None else ACTIVATIONS[function](layer, tensor)


def _relu6(layer: LayerBuilder, tensor: str) -> str:
    bounds = [layer.constant("lowest", 0.0), layer.constant("highest", 6.0)]
    return layer.operator("Clip", [tensor, *bounds])


def _silu(layer: LayerBuilder, tensor: str) -> str:
    return layer.operator("Mul", [tensor, layer.operator("Sigmoid", [tensor])])


def _gelu(layer: LayerBuilder, tensor: str) -> str:
    """The function x (1 + erf(x / sqrt(2))) / 2; later versions have an operator for it."""
    root, one, half = (
        layer.constant(name, value)
        for name, value in (("root", math.sqrt(2)), ("one", 1.0), ("half", 0.5))
    )
    error = layer.operator("Erf", [layer.operator("Div", [tensor, root])])
    doubled = layer.operator("Mul", [tensor, layer.operator("Add", [error, one])])
    return layer.operator("Mul", [doubled, half])


#: Functions of `activation`, by name, with the arguments that Keras gives them.
ACTIVATIONS: Mapping[str, Callable[[LayerBuilder, str], str]] = MappingProxyType(
    {
        "elu": lambda layer, tensor: layer.operator("Elu", [tensor], alpha=1.0),
        "gelu": _gelu,
        "hard_sigmoid": lambda layer, tensor: layer.operator(
            "HardSigmoid", [tensor], alpha=1 / 6, beta=0.5
        ),
        "leaky_relu": lambda layer, tensor: layer.operator("LeakyRelu", [tensor], alpha=0.2),
        "relu": lambda layer, tensor: layer.operator("Relu", [tensor]),
        "relu6": _relu6,
        "selu": lambda layer, tensor: layer.operator("Selu", [tensor]),
        "sigmoid": lambda layer, tensor: layer.operator("Sigmoid", [tensor]),
        "silu": _silu,
        # Channels are the second axis of maps and of vectors.
        "softmax": lambda layer, tensor: layer.operator("Softmax", [tensor], axis=1),
        "softplus": lambda layer, tensor: layer.operator("Softplus", [tensor]),
        "tanh": lambda layer, tensor: layer.operator("Tanh", [tensor]),
    }
)
