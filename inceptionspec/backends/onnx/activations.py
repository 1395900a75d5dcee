"""Activation functions of a spec in ONNX: a literal, closed table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from inceptionspec.backends.onnx.layer_builder import LayerBuilder
from inceptionspec.ops.functions import Function, function_name, function_number


def activated(layer: LayerBuilder, tensor: str, function: Function | None) -> str:
    """A tensor after a function; the tensor itself after none."""
    if function is None:
        return tensor
    name = function_name(function)
    if name in NUMBERED:
        return layer.operator(NUMBERED[name], [tensor], alpha=function_number(function))
    return ACTIVATIONS[name](layer, tensor)


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


def _gelu_tanh(layer: LayerBuilder, tensor: str) -> str:
    """The function x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, which stands for GELU."""
    root, cubed, one, half = (
        layer.constant(name, value)
        for name, value in (
            ("root", math.sqrt(2 / math.pi)),
            ("cubed", 0.044715),
            ("one", 1.0),
            ("half", 0.5),
        )
    )
    square = layer.operator("Mul", [tensor, tensor])
    bent = layer.operator("Add", [layer.operator("Mul", [square, cubed]), one])
    inner = layer.operator("Mul", [layer.operator("Mul", [tensor, root]), bent])
    grown = layer.operator("Add", [layer.operator("Tanh", [inner]), one])
    return layer.operator("Mul", [layer.operator("Mul", [tensor, grown]), half])


#: Operators with a number, `alpha` there, by function.
NUMBERED: Mapping[str, str] = MappingProxyType({"elu": "Elu", "leaky_relu": "LeakyRelu"})
#: The other functions of `activation`, by name, with the arguments that Keras gives them.
ACTIVATIONS: Mapping[str, Callable[[LayerBuilder, str], str]] = MappingProxyType(
    {
        "gelu": _gelu,
        "gelu_tanh": _gelu_tanh,
        "hard_sigmoid": lambda layer, tensor: layer.operator(
            "HardSigmoid", [tensor], alpha=1 / 6, beta=0.5
        ),
        "hard_swish": lambda layer, tensor: layer.operator("HardSwish", [tensor]),
        "mish": lambda layer, tensor: layer.operator("Mish", [tensor]),
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
