"""Convolutions and dense layers."""

from __future__ import annotations

from typing import Any

from inceptionspec.importers.keras.arrays import HeldArray
from inceptionspec.importers.keras.building import Layer, Value
from inceptionspec.importers.keras.elementwise import applied
from inceptionspec.importers.problems import RefusedError


def conv(layer: Layer) -> Value:
    """Conv2D: a convolution, or a dense layer where it reads a vector that Keras has as 1x1."""
    config = layer.config
    attributes = {
        "kernel": config.kernel("kernel_size"),
        "filters": config.whole("filters"),
        "groups": config.whole("groups", 1),
        **_window(layer),
        **_epilogue(layer, "kernel"),
    }
    weights = _weights(layer, kernel="kernel")
    if layer.input.is_map:
        return _added(layer, "conv", attributes, weights)
    if attributes["kernel"] != "1x1" or attributes["groups"] != 1 or not layer.input.as_map:
        raise RefusedError("E0722", "a convolution of a vector has no operator")
    units = {"units": attributes["filters"], **_epilogue(layer, "kernel")}
    return _added(layer, "dense", units, _flat_kernel(weights))


def depthwise_conv(layer: Layer) -> Value:
    """DepthwiseConv2D."""
    config = layer.config
    config.only(groups=1)
    config.without_effect("kernel_initializer", "kernel_regularizer")  # Keras 2 writes them
    attributes = {
        "kernel": config.kernel("kernel_size"),
        "depth_multiplier": config.whole("depth_multiplier", 1),
        **_window(layer),
        **_epilogue(layer, "depthwise"),
    }
    weights = _weights(layer, depthwise_kernel=("depthwise_kernel", "kernel"))
    return _added(layer, "depthwise_conv", attributes, weights)


def separable_conv(layer: Layer) -> Value:
    """SeparableConv2D."""
    config = layer.config
    config.only(depthwise_constraint=None, groups=1)
    config.without_effect("kernel_initializer", "kernel_regularizer")  # Keras 2 writes them
    attributes = {
        "kernel": config.kernel("kernel_size"),
        "filters": config.whole("filters"),
        "depth_multiplier": config.whole("depth_multiplier", 1),
        **_window(layer),
        **_epilogue(layer, "pointwise"),
        "depthwise_l2": config.decay("depthwise_regularizer"),
    }
    start = layer.initializer("depthwise_initializer")
    if start is not None:
        attributes["depthwise_init"] = start
    weights = _weights(
        layer, depthwise_kernel="depthwise_kernel", pointwise_kernel="pointwise_kernel"
    )
    return _added(layer, "separable_conv", attributes, weights)


def conv_transpose(layer: Layer) -> Value:
    """Conv2DTranspose."""
    config = layer.config
    config.only(output_padding=None, groups=1, dilation_rate=[1, 1])
    config.channels_last()
    attributes = {
        "kernel": config.kernel("kernel_size"),
        "filters": config.whole("filters"),
        "stride": config.sides("strides"),
        "padding": config.padding(),
        **_epilogue(layer, "kernel"),
    }
    return _added(layer, "conv_transpose", attributes, _weights(layer, kernel="kernel"))


def dense(layer: Layer) -> Value:
    """Dense: on a map it is a convolution of 1x1."""
    config = layer.config
    config.only(lora_rank=None, quantization_config=None)
    units = config.whole("units")
    epilogue = _epilogue(layer, "kernel")
    weights = _weights(layer, kernel="kernel")
    source = layer.input
    if not source.is_map:
        return _added(layer, "dense", {"units": units, **epilogue}, weights)
    if weights is not None and "kernel" in weights and len(weights["kernel"].shape) == 2:
        kernel = weights["kernel"]
        weights["kernel"] = kernel.reshaped((1, 1, *kernel.shape))
    return _added(layer, "conv", {"kernel": "1x1", "filters": units, **epilogue}, weights)


def _window(layer: Layer) -> dict[str, Any]:
    config = layer.config
    config.channels_last()
    return {
        "stride": config.sides("strides"),
        "padding": config.padding(),
        "dilation": config.sides("dilation_rate"),
    }


def _epilogue(layer: Layer, weight: str) -> dict[str, Any]:
    """The bias, the activation, how weights start and decay."""
    config = layer.config
    config.only(activity_regularizer=None, bias_constraint=None, **{f"{weight}_constraint": None})
    bias = config.flag("use_bias", True)
    attributes: dict[str, Any] = {
        "bias": bias,
        "activation": _joined_activation(layer),
        "l2": config.decay(f"{weight}_regularizer"),
    }
    start = layer.initializer(f"{weight}_initializer")
    if start is not None:
        attributes["init"] = start
    if bias:
        attributes["bias_l2"] = config.decay("bias_regularizer")
        start = layer.initializer("bias_initializer")
        if start is not None:
            attributes["bias_init"] = start
    config.without_effect("bias_initializer", "bias_regularizer")
    return attributes


def _joined_activation(layer: Layer) -> Any:
    """The activation as an attribute."""
    function = layer.config.activation()
    if function is None or (function == "hard_sigmoid" and layer.build.dialect < 3):
        return "none"
    return function


def _added(
    layer: Layer, op: str, attributes: dict[str, Any], weights: dict[str, HeldArray] | None
) -> Value:
    """The layer, and the activation that is no attribute of it."""
    value = layer.add(op, attributes, weights)._replace(as_map=layer.input.as_map)
    function = layer.config.activation()
    if function is None or _joined_activation(layer) == function:
        return value
    return applied(layer, value, function, f"{layer.name}/{function}")


def _weights(layer: Layer, **names: str | tuple[str, ...]) -> dict[str, HeldArray] | None:
    if layer.config.flag("use_bias", True):
        names["bias"] = "bias"
    return layer.weights(**names)


def _flat_kernel(weights: dict[str, HeldArray] | None) -> dict[str, HeldArray] | None:
    """The weights of a convolution of 1x1 as those of a dense layer."""
    if weights is not None and "kernel" in weights and len(weights["kernel"].shape) == 4:
        kernel = weights["kernel"]
        weights["kernel"] = kernel.reshaped(kernel.shape[2:])
    return weights
