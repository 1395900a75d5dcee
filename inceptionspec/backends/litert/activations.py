"""Activation functions of a spec in LiteRT: literal, closed tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ai_edge_litert import schema_py_generated as schema

from inceptionspec.backends.litert.flatbuffer import Tensor, options
from inceptionspec.backends.litert.layer_builder import LayerBuilder, Operator
from inceptionspec.ops.functions import NUMBERS, Function, function_name, function_number

#: Functions that convolutions, dense layers, sums and products apply themselves.
FUSED: Mapping[Function | None, int] = MappingProxyType(
    {
        "relu": schema.ActivationFunctionType.RELU,
        "relu6": schema.ActivationFunctionType.RELU6,
    }
)


def fused(function: Function | None) -> int:
    """The code of a function for the options of an operator; that of none where it has none."""
    return FUSED.get(function, schema.ActivationFunctionType.NONE)


def unfused(layer: LayerBuilder, tensor: Tensor, function: Function | None) -> Tensor:
    """A tensor after a function that no operator before it has applied."""
    return tensor if function is None or function in FUSED else applied(layer, tensor, function)


def applied(layer: LayerBuilder, tensor: Tensor, function: Function) -> Tensor:
    """A tensor after a function, by operators of its own."""
    name = function_name(function)
    if name in NUMBERED:
        return NUMBERED[name](layer, tensor, function_number(function))
    return ACTIVATIONS[name](layer, tensor)


def _sum(layer: LayerBuilder, one: Tensor, other: Tensor, function: str | None = None) -> Tensor:
    given = options(schema.AddOptionsT, fusedActivationFunction=fused(function))
    return layer.operator(Operator.ADD, [one, other], given)


def _product(layer: LayerBuilder, one: Tensor, other: Tensor) -> Tensor:
    return layer.operator(Operator.MUL, [one, other], options(schema.MulOptionsT))


def _hard_sigmoid(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """The function relu6(x + 3) / 6."""
    shifted = _sum(layer, tensor, layer.constant("three", 3.0), "relu6")
    return _product(layer, shifted, layer.constant("sixth", 1 / 6))


def _elu(layer: LayerBuilder, tensor: Tensor, alpha: float) -> Tensor:
    """The function relu(x) + a elu(min(x, 0)): LiteRT's operator has the factor 1."""
    if alpha == NUMBERS["elu"]:
        return layer.operator(Operator.ELU, [tensor])
    below = layer.operator(Operator.MINIMUM, [tensor, layer.constant("zero", 0.0)])
    bent = _product(layer, layer.operator(Operator.ELU, [below]), layer.constant("alpha", alpha))
    return _sum(layer, _simple(Operator.RELU)(layer, tensor), bent)


def _leaky_relu(layer: LayerBuilder, tensor: Tensor, alpha: float) -> Tensor:
    given = options(schema.LeakyReluOptionsT, alpha=alpha)
    return layer.operator(Operator.LEAKY_RELU, [tensor], given)


def _mish(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """The function x tanh(log(1 + exp(x)))."""
    bent = layer.operator(Operator.TANH, [_softplus(layer, tensor)])
    return _product(layer, tensor, bent)


def _selu(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """The function s elu(x), with a factor in it: LiteRT has no operator for it."""
    scale = layer.constant("scale", 1.0507009873554805)
    return _product(layer, _elu(layer, tensor, 1.6732632423543772), scale)


def _silu(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    return _product(layer, tensor, layer.operator(Operator.LOGISTIC, [tensor]))


def _softplus(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """The function relu(x) + log(1 + exp(-|x|)), which no large x overflows."""
    size = layer.operator(Operator.ABS, [tensor])
    power = layer.operator(Operator.EXP, [layer.operator(Operator.NEG, [size])])
    rest = layer.operator(Operator.LOG, [_sum(layer, power, layer.constant("one", 1.0))])
    return _sum(layer, _simple(Operator.RELU)(layer, tensor), rest)


def _simple(code: int) -> Callable[[LayerBuilder, Tensor], Tensor]:
    return lambda layer, tensor: layer.operator(code, [tensor])


def _gelu(*, approximate: bool) -> Callable[[LayerBuilder, Tensor], Tensor]:
    return lambda layer, tensor: layer.operator(
        Operator.GELU, [tensor], options(schema.GeluOptionsT, approximate=approximate)
    )


#: Functions with a number, by name.
NUMBERED: Mapping[str, Callable[[LayerBuilder, Tensor, float], Tensor]] = MappingProxyType(
    {"elu": _elu, "leaky_relu": _leaky_relu}
)
#: The other functions of `activation`, by name, with the arguments that Keras gives them.
ACTIVATIONS: Mapping[str, Callable[[LayerBuilder, Tensor], Tensor]] = MappingProxyType(
    {
        "gelu": _gelu(approximate=False),
        "gelu_tanh": _gelu(approximate=True),
        "hard_sigmoid": _hard_sigmoid,
        "hard_swish": _simple(Operator.HARD_SWISH),
        "mish": _mish,
        "relu": _simple(Operator.RELU),
        "relu6": _simple(Operator.RELU6),
        "selu": _selu,
        "sigmoid": _simple(Operator.LOGISTIC),
        "silu": _silu,
        "softmax": lambda layer, tensor: layer.operator(
            Operator.SOFTMAX, [tensor], options(schema.SoftmaxOptionsT, beta=1.0)
        ),
        "softplus": _softplus,
        "tanh": _simple(Operator.TANH),
    }
)
