"""Activations, initializers and regularizers of a spec in Keras: literal, closed tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import keras

from inceptionspec.ops.functions import Function, function_name

#: Functions of `activation`, by name, with the arguments that Keras gives them.
ACTIVATIONS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "elu": keras.activations.elu,
        "gelu": keras.activations.gelu,
        "gelu_tanh": partial(keras.activations.gelu, approximate=True),
        "hard_sigmoid": keras.activations.hard_sigmoid,
        "hard_swish": keras.activations.hard_silu,
        "leaky_relu": keras.activations.leaky_relu,
        "mish": keras.activations.mish,
        "relu": keras.activations.relu,
        "relu6": keras.activations.relu6,
        "selu": keras.activations.selu,
        "sigmoid": keras.activations.sigmoid,
        "silu": keras.activations.silu,
        "softmax": keras.activations.softmax,
        "softplus": keras.activations.softplus,
        "tanh": keras.activations.tanh,
    }
)

#: The argument of a function that is its number.
NUMBERS: Mapping[str, str] = MappingProxyType({"elu": "alpha", "leaky_relu": "negative_slope"})

#: Initializers by name. Each layer gets a new one: an instance gives the same numbers again.
INITIALIZERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "constant": keras.initializers.Constant,
        "glorot_normal": keras.initializers.GlorotNormal,
        "glorot_uniform": keras.initializers.GlorotUniform,
        "he_normal": keras.initializers.HeNormal,
        "he_uniform": keras.initializers.HeUniform,
        "lecun_normal": keras.initializers.LecunNormal,
        "lecun_uniform": keras.initializers.LecunUniform,
        "normal": lambda stddev: keras.initializers.RandomNormal(0.0, stddev),
        "ones": keras.initializers.Ones,
        "truncated_normal": lambda stddev: keras.initializers.TruncatedNormal(0.0, stddev),
        "uniform": lambda limit: keras.initializers.RandomUniform(-limit, limit),
        "variance_scaling": keras.initializers.VarianceScaling,
        "zeros": keras.initializers.Zeros,
    }
)


def function_of(function: Function) -> Callable[[Any], Any]:
    """The function of a tensor that an `activation` asks for."""
    name = function_name(function)
    if isinstance(function, str):
        return ACTIVATIONS[name]
    return partial(ACTIVATIONS[name], **{NUMBERS[name]: function.number})


def initializer(value: tuple[str, tuple[tuple[str, Any], ...]]) -> Any:
    """The initializer that a parsed `init` asks for."""
    name, arguments = value
    return INITIALIZERS[name](**dict(arguments))


def regularizer(l2: float) -> Any:
    """The penalty of `l2` times the sum of squares; none for 0."""
    return keras.regularizers.L2(l2) if l2 else None
