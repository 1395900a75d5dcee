"""Calls of norms without moving statistics, of numbers for each channel, and of functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inceptionspec.backends.keras_source.call import Call, Code
from inceptionspec.backends.keras_source.initializers import initializer
from inceptionspec.ops.functions import Function, Sloped, function_name
from inceptionspec.ops.record import Attributes, Shape


def function_call(function: Function, *, own: bool = False) -> Call:
    """A function as a layer, which has the node's own name or that of the function."""
    name = function_name(function)
    part = "" if own else name
    if isinstance(function, Sloped):
        layer, argument = _SLOPED[name]
        return Call(f"layers.{layer}", part, {argument: function.number})
    if function == "gelu_tanh":
        return Call("gelu_tanh", part)
    return Call("layers.Activation", part, {"function": function}, positional=("function",))


_SLOPED: Mapping[str, tuple[str, str]] = {
    "elu": ("ELU", "alpha"),
    "leaky_relu": ("LeakyReLU", "negative_slope"),
}
_NORM_DEFAULTS: Mapping[str, Any] = {"epsilon": 1e-3, "center": True, "scale": True}


def layer_norm_call(given: Attributes) -> Call:
    """Normalization of each pixel over its channels."""
    args = {key: given[key] for key in _NORM_DEFAULTS}
    return Call("layers.LayerNormalization", "", args, None, _NORM_DEFAULTS)


def group_norm_call(given: Attributes) -> Call:
    """Normalization of each image over the pixels of a group of channels."""
    args = {"groups": given["groups"], **{key: given[key] for key in _NORM_DEFAULTS}}
    return Call("layers.GroupNormalization", "", args, None, _NORM_DEFAULTS, ("groups",))


def rescale_call(given: Attributes) -> Call:
    """A factor and an offset that are no weights."""
    args = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in ((name, given[name]) for name in ("scale", "offset"))
    }
    return Call("layers.Rescaling", "", args, None, {"offset": 0.0}, ("scale",))


def layer_scale_call(given: Attributes, shape: Shape) -> Call:
    """A learned factor of each channel."""
    axes = "bhwc" if len(shape) == 3 else "bc"
    args = {
        "equation": f"{axes},c->{axes}",
        "output_shape": Code(repr(tuple(shape))),
        "kernel_initializer": initializer(given["init"]),
    }
    return Call("layers.EinsumDense", "", args, positional=("equation", "output_shape"))


def prelu_call(given: Attributes, shape: Shape) -> Call:
    """A learned slope of each channel below 0."""
    args: dict[str, Any] = {"alpha_initializer": initializer(given["init"]), "shared_axes": None}
    if len(shape) == 3:
        args["shared_axes"] = [1, 2]
    defaults = {"alpha_initializer": initializer(("zeros", ())), "shared_axes": None}
    return Call("layers.PReLU", "", args, None, defaults)


def drop_path_call(given: Attributes, shape: Shape) -> Call:
    """Zeros for a share of the images, in training only."""
    args = {"rate": given["rate"], "noise_shape": (None, *(1 for _ in shape))}
    return Call("layers.Dropout", "", args, positional=("rate",))
