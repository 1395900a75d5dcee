"""Activations, dropout, merges, and layers that do nothing in inference."""

from __future__ import annotations

from typing import Any

from inceptionspec.importers.keras.building import Layer, Value
from inceptionspec.importers.keras.config import layer_activation
from inceptionspec.importers.problems import RefusedError


def activation(layer: Layer) -> Value:
    """Activation."""
    return activated(layer, layer.config.activation())


def activation_layer(layer: Layer) -> Value:
    """ReLU, LeakyReLU, ELU, Softmax: activations that are layers."""
    if layer.call.kind == "Softmax":
        shape = layer.input.keras_shape
        axis = layer.config.given.get("axis", -1)
        if axis != -1 and (shape is None or axis != len(shape)):
            raise layer.config.refused("axis", axis, "a softmax is one over the channels")
    return activated(layer, layer_activation(layer.config))


def activated(layer: Layer, function: Any) -> Value:
    """A function of each element; a softmax is one of all channels."""
    source = layer.input
    if function is None:
        return source
    if function == "softmax":
        return layer.add("softmax")._replace(as_map=source.as_map)
    return applied(layer, source, function)


def applied(layer: Layer, source: Value, function: Any, name: str = "") -> Value:
    """A function of each element. Keras 2's `hard_sigmoid` is 0.2 x + 0.5, ours x / 6 + 0.5."""
    if function == "hard_sigmoid" and layer.build.dialect < 3:
        layer.note("`hard_sigmoid` has the slope of Keras 2, 0.2")
        slope = f"{name or layer.name}/slope"
        source = layer.add("rescale", {"scale": 1.2}, inputs=(source,), name=slope)
    value = layer.add("activation", {"function": function}, inputs=(source,), name=name)
    return value._replace(as_map=layer.input.as_map)


def prelu(layer: Layer) -> Value:
    """PReLU with one slope for each channel."""
    config = layer.config
    config.only(alpha_regularizer=None, alpha_constraint=None)
    shape = layer.input.keras_shape
    shared = config.given.get("shared_axes")
    if shape is not None and len(shape) == 3 and sorted(shared or ()) != [1, 2]:
        raise config.refused("shared_axes", shared, "slopes for each pixel have no operator")
    start = layer.initializer("alpha_initializer")
    attributes = {} if start is None else {"init": start}
    value = layer.add("prelu", attributes, layer.weights(alpha="alpha"))
    return value._replace(as_map=layer.input.as_map)


def dropout(layer: Layer) -> Value:
    """Dropout; one that drops whole images is stochastic depth."""
    config = layer.config
    rate = config.number("rate", 0.5)
    shape = config.given.get("noise_shape")
    if shape is None:
        return _kept(layer, "dropout", {"rate": rate})
    if isinstance(shape, list | tuple) and shape and all(side == 1 for side in shape[1:]):
        return _kept(layer, "drop_path", {"rate": rate})
    raise config.refused("noise_shape", shape)


def spatial_dropout(layer: Layer) -> Value:
    """SpatialDropout2D."""
    layer.config.channels_last()
    layer.note("it drops whole channels in training; `dropout` stands for it and drops elements")
    return _kept(layer, "dropout", {"rate": layer.config.number("rate", 0.5)})


def stochastic_depth(layer: Layer) -> Value:
    """ConvNeXt's StochasticDepth, a class of Keras' own application."""
    name = "drop_path_rate" if "drop_path_rate" in layer.config.given else "rate"
    return _kept(layer, "drop_path", {"rate": layer.config.number(name, 0.0)})


def nothing(layer: Layer) -> Value:
    """A layer that hands on what it reads."""
    return layer.input


def in_training_only(layer: Layer) -> Value:
    """A layer that changes pictures or maps in training, and does nothing afterwards."""
    layer.config.without_effect()
    layer.note(f"`{layer.call.kind}` works in training alone, and is left out")
    return layer.input


def concatenate(layer: Layer) -> Value:
    """Concatenate, along the channels."""
    shape = layer.inputs[0].keras_shape if layer.inputs else None
    (axis, *more) = layer.config.axes("axis", -1)
    if more or (shape is not None and axis not in (-1, len(shape))):
        raise layer.config.refused("axis", axis, "maps are concatenated along their channels")
    return concatenated(layer, layer.inputs)


def add(layer: Layer) -> Value:
    """Add."""
    return merged(layer, "add", layer.inputs)


def subtract(layer: Layer) -> Value:
    """Subtract."""
    return merged(layer, "add", layer.inputs, scale=-1)


def multiply(layer: Layer) -> Value:
    """Multiply."""
    # The layer spreads a vector over a map, which the operation of that name does not.
    return merged(layer, "multiply", layer.inputs, spread=True)


def average(layer: Layer) -> Value:
    """Average: the sum, then a factor."""
    value = merged(layer, "add", layer.inputs)
    factor = {"scale": 1 / len(layer.inputs)}
    scaled = layer.add("rescale", factor, inputs=(value,), name=f"{layer.name}/factor")
    return scaled._replace(as_map=value.as_map)


def scaled_sum(layer: Layer) -> Value:
    """The sum of InceptionResNetV2, a class of Keras' own application."""
    return merged(layer, "add", layer.inputs, scale=layer.config.number("scale"))


def concatenated(layer: Layer, values: tuple[Value, ...]) -> Value:
    """Maps or vectors side by side."""
    return merged(layer, "concat", values)


def merged(
    layer: Layer, op: str, values: tuple[Value, ...], *, spread: bool = False, **attributes: Any
) -> Value:
    """A merge of what comes in, which Keras has with equal numbers of axes.

    Args:
        layer: the layer.
        op: its operator.
        values: what is merged.
        spread: whether vectors are spread over maps.
        attributes: in YAML terms.
    """
    if not values:
        raise RefusedError("E0722", f"`{layer.call.kind}` without inputs has no operator")
    if len(values) == 1:
        return values[0]
    axes = {len(value.keras_shape) for value in values if value.keras_shape is not None}
    if len(axes) > 1 and not spread:
        raise RefusedError("E0722", f"`{layer.call.kind}` of a vector and a map has no operator")
    vectors = all(not value.is_map for value in values)
    value = layer.add(op, attributes, inputs=values)
    return value._replace(as_map=vectors and axes == {3})


def _kept(layer: Layer, op: str, attributes: dict[str, Any]) -> Value:
    return layer.add(op, attributes)._replace(as_map=layer.input.as_map)
