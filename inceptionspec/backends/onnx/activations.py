"""Activation functions of a spec in ONNX: a literal, closed table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from inceptionspec.backends.onnx.layer_builder import Part


def activated(part: Part, tensor: str, function: str | None) -> str:
    """A tensor after a function; the tensor itself after none."""
    return tensor if function is None else ACTIVATIONS[function](part, tensor)


def _relu6(part: Part, tensor: str) -> str:
    bounds = [part.constant("lowest", 0.0), part.constant("highest", 6.0)]
    return part.operator("Clip", [tensor, *bounds])


def _silu(part: Part, tensor: str) -> str:
    return part.operator("Mul", [tensor, part.operator("Sigmoid", [tensor])])


def _gelu(part: Part, tensor: str) -> str:
    """The function x (1 + erf(x / sqrt(2))) / 2; later versions have an operator for it."""
    root, one, half = (
        part.constant(name, value)
        for name, value in (("root", math.sqrt(2)), ("one", 1.0), ("half", 0.5))
    )
    error = part.operator("Erf", [part.operator("Div", [tensor, root])])
    doubled = part.operator("Mul", [tensor, part.operator("Add", [error, one])])
    return part.operator("Mul", [doubled, half])


#: Functions of `activation`, by name, with the arguments that Keras gives them.
ACTIVATIONS: Mapping[str, Callable[[Part, str], str]] = MappingProxyType(
    {
        "elu": lambda part, tensor: part.operator("Elu", [tensor], alpha=1.0),
        "gelu": _gelu,
        "hard_sigmoid": lambda part, tensor: part.operator(
            "HardSigmoid", [tensor], alpha=1 / 6, beta=0.5
        ),
        "leaky_relu": lambda part, tensor: part.operator("LeakyRelu", [tensor], alpha=0.2),
        "relu": lambda part, tensor: part.operator("Relu", [tensor]),
        "relu6": _relu6,
        "selu": lambda part, tensor: part.operator("Selu", [tensor]),
        "sigmoid": lambda part, tensor: part.operator("Sigmoid", [tensor]),
        "silu": _silu,
        # Channels are the second axis of maps and of vectors.
        "softmax": lambda part, tensor: part.operator("Softmax", [tensor], axis=1),
        "softplus": lambda part, tensor: part.operator("Softplus", [tensor]),
        "tanh": lambda part, tensor: part.operator("Tanh", [tensor]),
    }
)
