"""Norms, and the layers that scale what comes in."""

from __future__ import annotations

import math
from typing import Any

from inceptionspec.importers.keras.arrays import HeldArray
from inceptionspec.importers.keras.building import Layer, Value

_MOST_CHANNELS = 1 << 16


def batch_norm(layer: Layer) -> Value:
    """BatchNormalization."""
    config = layer.config
    config.only(
        renorm=False,
        virtual_batch_size=None,
        beta_constraint=None,
        gamma_constraint=None,
        beta_regularizer=None,
        gamma_regularizer=None,
    )
    _channels_alone(layer, "axis", -1)
    attributes = {
        "momentum": config.number("momentum", 0.99),
        "epsilon": config.number("epsilon", 1e-3),
        **_center_and_scale(layer),
    }
    names = {"moving_mean": "moving_mean", "moving_variance": "moving_variance"}
    return _kept(layer, "batch_norm", attributes, {**_own_names(attributes), **names})


def layer_norm(layer: Layer) -> Value:
    """LayerNormalization, over channels."""
    config = layer.config
    config.only(
        rms_scaling=False,
        beta_constraint=None,
        gamma_constraint=None,
        beta_regularizer=None,
        gamma_regularizer=None,
    )
    _channels_alone(layer, "axis", -1)
    attributes = {"epsilon": config.number("epsilon", 1e-3), **_center_and_scale(layer)}
    return _kept(layer, "layer_norm", attributes, _own_names(attributes))


def group_norm(layer: Layer) -> Value:
    """GroupNormalization; -1 groups are one for each channel."""
    config = layer.config
    config.only(
        beta_constraint=None, gamma_constraint=None, beta_regularizer=None, gamma_regularizer=None
    )
    _channels_alone(layer, "axis", -1)
    shape = layer.input.shape
    each = config.given.get("groups") == -1 and shape is not None
    groups = shape[-1] if each and shape is not None else config.whole("groups", 32)
    attributes = {
        "groups": groups,
        "epsilon": config.number("epsilon", 1e-3),
        **_center_and_scale(layer),
    }
    return _kept(layer, "group_norm", attributes, _own_names(attributes))


def lrn(layer: Layer) -> Value:
    """Local response normalization, put together from operations."""
    names = ("radius", "alpha", "bias", "beta")
    return layer.add("lrn", {name: layer.config.number(name) for name in names})


def layer_scale(layer: Layer) -> Value:
    """ConvNeXt's LayerScale, a class of Keras' own application."""
    layer.config.without_effect("projection_dim")
    attributes = {"init": {"constant": layer.config.number("init_values", 1e-6)}}
    return _kept(layer, "layer_scale", attributes, {"gamma": ("gamma", "variable")})


def einsum_dense(layer: Layer) -> Value:
    """EinsumDense, where it multiplies each channel by a weight, as our own models write it."""
    config = layer.config
    equation = config.given.get("equation")
    if equation not in ("bhwc,c->bhwc", "bc,c->bc"):
        raise config.refused("equation", equation)
    config.only(
        bias_axes=None,
        kernel_regularizer=None,
        kernel_constraint=None,
        lora_rank=None,
        quantization_config=None,
    )
    config.without_effect("output_shape", "bias_initializer", "bias_regularizer")
    if config.activation() is not None:
        raise config.refused("activation", config.given["activation"])
    start = layer.initializer("kernel_initializer")
    attributes = {"init": "glorot_uniform" if start is None else start}
    return _kept(layer, "layer_scale", attributes, {"gamma": "kernel"})


def rescaling(layer: Layer) -> Value:
    """Rescaling: a factor and an offset, each a number or one for each channel."""
    config = layer.config
    return _kept(
        layer,
        "rescale",
        {
            "scale": per_channel(layer, "scale", config.given.get("scale", 1.0)),
            "offset": per_channel(layer, "offset", config.given.get("offset", 0.0)),
        },
    )


def normalization(layer: Layer) -> Value:
    """Normalization: by numbers that the model gives, or by weights that it has learned."""
    config = layer.config
    config.only(invert=False)
    _channels_alone(layer, "axis", -1)
    mean, variance = config.given.get("mean"), config.given.get("variance")
    if mean is None or variance is None:
        weights = layer.weights(mean="mean", variance="variance", count="count")
        return _kept(layer, "normalize", {}, given=weights)
    means = _as_list(per_channel(layer, "mean", mean))
    variances = _as_list(per_channel(layer, "variance", variance))
    length = max(len(means), len(variances))
    means *= length // len(means)
    variances *= length // len(variances)
    if len(means) != len(variances) or min(variances) < 0:
        raise config.malformed("variance")
    # Keras divides by at least its epsilon.
    scales = [1 / max(math.sqrt(number), 1e-7) for number in variances]
    offsets = [-mean * scale for mean, scale in zip(means, scales, strict=True)]
    return _kept(layer, "rescale", {"scale": _short(scales), "offset": _short(offsets)})


def per_channel(layer: Layer, name: str, value: Any) -> Any:
    """A number, or one for each channel: along the last axis alone."""
    if isinstance(value, dict):
        config = value.get("config")
        value = config.get("value") if isinstance(config, dict) else value.get("value")
    while isinstance(value, list | tuple) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, list | tuple):
        return layer.config.as_number(name, value)
    if not 1 <= len(value) <= _MOST_CHANNELS or any(isinstance(one, list) for one in value):
        raise layer.config.malformed(name)
    return _short([layer.config.as_number(name, number) for number in value])


def _as_list(value: Any) -> list[float]:
    return list(value) if isinstance(value, list) else [value]


def _short(values: list[float]) -> Any:
    """One number where all are alike."""
    return values[0] if len(set(values)) == 1 else values


def _channels_alone(layer: Layer, name: str, default: int) -> None:
    """Refuse an axis other than the last.

    Raises:
        RefusedError: it is another.
    """
    axes = layer.config.axes(name, default)
    shape = layer.input.keras_shape
    last = (-1,) if shape is None else (-1, len(shape))
    if len(axes) != 1 or (axes[0] not in last and shape is not None):
        raise layer.config.refused(name, list(axes), "the axis of the channels, the last, is read")


def _center_and_scale(layer: Layer) -> dict[str, bool]:
    config = layer.config
    for name, usual in (("gamma_initializer", "ones"), ("beta_initializer", "zeros")):
        value, _ = config.initializer(name)
        if value not in (None, usual):
            layer.note(f"`{name}` has no counterpart, so that training afresh starts otherwise")
    return {"center": config.flag("center", True), "scale": config.flag("scale", True)}


def _own_names(attributes: dict[str, Any]) -> dict[str, str]:
    flags = (("gamma", "scale"), ("beta", "center"))
    return {name: name for name, flag in flags if attributes[flag]}


def _kept(
    layer: Layer,
    op: str,
    attributes: dict[str, Any],
    names: dict[str, Any] | None = None,
    given: dict[str, HeldArray] | None = None,
) -> Value:
    """A layer that keeps the shape, and what Keras has for it."""
    weights = layer.weights(**names) if names is not None else given
    return layer.add(op, attributes, weights)._replace(as_map=layer.input.as_map)
