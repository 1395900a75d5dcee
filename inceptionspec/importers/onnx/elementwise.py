"""Functions of each element, arithmetic with constants, sums and products of tensors."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from inceptionspec.importers.onnx import functions, merges, moments, ones
from inceptionspec.importers.onnx.building import Operator, channels_alone, plain
from inceptionspec.importers.onnx.constants import arithmetic
from inceptionspec.importers.onnx.tensors import (
    CHANNELS,
    DUMMY,
    FLAT,
    GRID,
    Constant,
    Expression,
    Sizes,
    Tensor,
    Value,
)

_MOST_LISTED = 4
"""Numbers of a list that a person would write into a spec."""
_EPSILON = 1e-3
_PRODUCTS = frozenset({"conv", "depthwise_conv", "separable_conv", "conv_transpose", "dense"})
Formula = Callable[..., Any]


# Functions of one number


def function(of: Formula) -> Callable[[Operator], Tensor]:
    """An operator without attributes that is a function of each element."""
    return lambda now: computed(now, now.tensor(), of)


def computed(now: Operator, source: Tensor, of: Formula) -> Tensor:
    """A function of each element of a tensor, which may be one of another tensor's itself."""
    before = source.expression
    anchor, values = (source, GRID) if before is None else before
    with np.errstate(all="ignore"):
        found = expressed(now, source, anchor, of(values))
        if found.layer is None and source.layer is not None and before is not None:
            # Not a function of what the tensor is a function of, but of the tensor itself.
            alone = expressed(now, source, source._replace(expression=None), of(GRID))
            return alone._replace(expression=found.expression)
        return found


def expressed(now: Operator, source: Tensor, anchor: Tensor, values: Any) -> Tensor:
    """The tensor of a function of another one: a layer where the function is known."""
    anchor = anchor._replace(labels=source.labels)
    if functions.is_near(values, GRID):
        return anchor
    own = Expression(anchor, values)
    if anchor.layer is None:
        return source._replace(layer=None, expression=own)
    name = functions.recognized(values)
    attributes: dict[str, Any]
    if name:
        op, attributes = "activation", {"function": name}
    elif (line := functions.affine(values)) is not None and np.isfinite(line).all():
        scale, offset = line
        op, attributes = "rescale", {"scale": plain(scale), "offset": plain(offset)}
    elif (bent := functions.sloped(values)) is not None:
        op, attributes = "activation", {"function": {bent[0]: plain(bent[1])}}
    else:
        return source._replace(layer=None, expression=own)
    return now.layer(op, attributes, [anchor])._replace(
        expression=own, flattened=source.flattened, groups=source.groups
    )


def clip(now: Operator) -> Tensor:
    """Clip between two numbers, which older operator sets have as attributes."""
    bounds = []
    for at, name, default in ((1, "min", -inf), (2, "max", inf)):
        given = now.given(name, None)
        number = now.number(at) if given is None else given
        bounds.append(default if number is None else number)
    low, high = bounds
    return computed(now, now.tensor(), lambda x: np.minimum(np.maximum(x, low), high))


def leaky_relu(now: Operator) -> Tensor:
    """LeakyRelu."""
    alpha = now.given("alpha", 0.01)
    return computed(now, now.tensor(), lambda x: np.where(x > 0, x, alpha * x))


def elu(now: Operator) -> Tensor:
    """Elu."""
    alpha = now.given("alpha", 1.0)
    return computed(
        now, now.tensor(), lambda x: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    )


def selu(now: Operator) -> Tensor:
    """Selu with its usual numbers."""
    alpha, gamma = now.given("alpha", 1.6732632), now.given("gamma", 1.050701)
    return computed(
        now, now.tensor(), lambda x: gamma * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    )


def hard_sigmoid(now: Operator) -> Tensor:
    """HardSigmoid; another slope than 1 / 6 is a factor before it."""
    alpha, beta = now.given("alpha", 0.2), now.given("beta", 0.5)
    found = computed(now, now.tensor(), lambda x: np.clip(alpha * x + beta, 0, 1))
    if found.layer is not None or beta != 0.5 or now.tensor().layer is None:
        return found
    steeper = now.layer(
        "rescale", {"scale": plain(6 * alpha)}, [now.tensor()], name=f"{now.name}/slope"
    )
    made = now.layer("activation", {"function": "hard_sigmoid"}, [steeper])
    return made._replace(expression=found.expression)


def gelu(now: Operator) -> Tensor:
    """Gelu, exact or by a hyperbolic tangent."""
    how = now.given("approximate", "none")
    if how not in ("none", "tanh"):
        raise now.refused(f"`approximate` {how}")
    return computed(now, now.tensor(), functions.KNOWN["gelu" if how == "none" else "gelu_tanh"])


def power(now: Operator) -> Tensor:
    """Pow with a constant exponent, a step of longer functions."""
    exponent = now.number(1)
    if now.tensor().moment is not None and exponent is not None:
        return moments.of_number(now, now.tensor(), np.power, exponent)
    return computed(now, now.tensor(), lambda x: np.power(x, exponent))


def root(now: Operator) -> Tensor:
    """Sqrt: of a variance, or a step of longer functions."""
    source = now.tensor()
    if source.moment is not None:
        return moments.of_number(now, source, np.power, 0.5)
    return computed(now, source, np.sqrt)


def softmax(now: Operator) -> Tensor:
    """Softmax over channels or features."""
    source = now.tensor()
    rank = len(source.labels)
    axis = now.given("axis", -1 if now.network.opset >= 13 else 1)
    if not -rank <= axis < rank:
        raise now.refused(f"`axis` {axis}")
    # Before version 13 all axes from it on are one.
    label = source.labels[axis]
    several = now.network.opset < 13 and any(
        one not in (DUMMY, label) for one in source.labels[axis % rank :]
    )
    if label not in (CHANNELS, FLAT) or several or source.flattened is not None:
        raise now.refused("another axis than that of the channels")
    return now.layer("softmax", {}, [source])


def prelu(now: Operator) -> Tensor:
    """PRelu with one slope for each channel."""
    source, slope = now.tensor(), now.constant(1)
    channels = source.shape[-1] or 0
    whole = slope.size == 1
    if not whole and not channels_alone(source, slope):
        raise now.refused("slopes that are not one for each channel")
    shape = (1, 1, channels) if source.is_map else (channels,)
    held = slope.changed(shape, lambda array: np.broadcast_to(array.reshape(-1), shape))
    return now.layer("prelu", {}, [source], {"alpha": held})


def dropout(now: Operator) -> Tensor:
    """Dropout: nothing in inference, kept for training."""
    source = now.tensor()
    now.given("seed", 0)
    rate = now.given("ratio", None)
    if rate is None:
        rate = now.number(1)
    rate = 0.5 if rate is None else plain(rate)
    if not 0 <= rate < 1 or source.layer is None or source.flattened is not None:
        return source
    return now.layer("dropout", {"rate": rate}, [source])


def same(now: Operator) -> Value:
    """What hands on what it reads: Identity, and Cast of tensors."""
    now.given("to", 1)
    now.given("saturate", 1)
    found = now.value(0)
    if found is None:
        raise now.refused("no input")
    return found


# Arithmetic


def add(now: Operator) -> Value:
    """Add, Sum: a bias, an offset, or a sum of tensors."""
    return _arithmetic(now, np.add, _plus, merges.total)


def subtract(now: Operator) -> Value:
    """Sub."""
    return _arithmetic(now, np.subtract, _minus, merges.difference)


def multiply(now: Operator) -> Value:
    """Mul: a factor, a function times its input, or a product of tensors."""
    return _arithmetic(now, np.multiply, _times, merges.product)


def divide(now: Operator) -> Value:
    """Div by a constant, or of a mean by the share of its window that is no padding."""
    return ones.quotient(now) or _arithmetic(now, np.divide, _by, merges.quotient)


def bound(of: Formula) -> Callable[[Operator], Value]:
    """Min, Max with a number."""
    return lambda now: _arithmetic(now, of, _unlisted, _unlisted)


def _arithmetic(now: Operator, formula: Formula, with_constant: Formula, merged: Formula) -> Value:
    values = [now.value(at) for at in range(len(now.node.inputs))]
    if any(isinstance(value, Sizes) for value in values) or not any(
        isinstance(value, Tensor) for value in values
    ):
        return arithmetic(now, values, formula)
    if len(values) == 1 and isinstance(values[0], Tensor):
        return values[0]
    constant = next((value for value in values if isinstance(value, Constant)), None)
    if len(values) == 2 and constant is not None:
        first = isinstance(values[0], Tensor)
        tensor = values[0] if first else values[1]
        assert isinstance(tensor, Tensor)
        if constant.size == 1:
            number = float(np.ravel(constant.read())[0])
            rank = len(constant.shape) <= len(tensor.labels)
            if rank and tensor.moment is not None:
                return moments.of_number(now, tensor, formula, number)
            if rank:
                return computed(
                    now, tensor, lambda x: formula(x, number) if first else formula(number, x)
                )
        found: Tensor = with_constant(now, tensor, constant, first)
        return found
    tensors = [value for value in values if isinstance(value, Tensor)]
    if len(tensors) != len(values):
        raise now.refused("a constant among several tensors")
    if any(tensor.moment is not None for tensor in tensors) and len(tensors) == 2:
        return moments.combined(now, tensors[0], tensors[1], formula)
    alike = _function_of_one(now, tensors, formula, merged)
    if alike is not None:
        return alike
    result: Tensor = merged(now, tensors)
    return result


def _function_of_one(
    now: Operator, tensors: list[Tensor], formula: Formula, merged: Formula
) -> Tensor | None:
    """Two functions of one tensor combined, as x times a function of x is; None for others."""
    if len(tensors) != 2 or tensors[0].labels != tensors[1].labels:
        return None
    (one, first), (other, second) = (
        (tensor, GRID) if tensor.expression is None else tensor.expression for tensor in tensors
    )
    if one.layer != other.layer or one.flattened is not None:
        return None
    with np.errstate(all="ignore"):
        found = expressed(now, tensors[0], one, formula(first, second))
    if found.layer is None and all(tensor.layer is not None for tensor in tensors):
        # Perhaps a step of a longer function; if not, a merge of its parts.
        result: Tensor = merged(now, tensors)
        return result._replace(expression=found.expression)
    return found


def _plus(now: Operator, source: Tensor, constant: Constant, first: bool) -> Tensor:
    """A bias of the layer before, or an offset of each channel."""
    offset = _by_channel(now, source, constant)
    layer = now.network.layers.get(source.layer or "")
    read_once = merges.joins(now, source)
    if layer is not None and read_once and source.expression is None:
        if layer.op in _PRODUCTS and layer.attributes.get("bias") is False:
            now.network.changed(layer.name, {"bias": True}, bias=offset)
            return source
        if layer.op in ("group_norm", "layer_norm") and layer.attributes.get("center") is False:
            now.network.changed(layer.name, {"center": True}, beta=offset)
            return source
    return affine(now, source, None, offset)


def _minus(now: Operator, source: Tensor, constant: Constant, first: bool) -> Tensor:
    offset = _by_channel(now, source, constant)
    if first:
        return _plus(
            now, source, offset.changed(constant.shape, _shaped(constant, np.negative)), True
        )
    ones = offset.changed(offset.shape, lambda array: -np.ones_like(array))
    return affine(now, source, ones, offset)


def _times(now: Operator, source: Tensor, constant: Constant, first: bool) -> Tensor:
    """A factor of each channel: that of a norm without one before it, or a layer of its own."""
    factor = _by_channel(now, source, constant)
    layer = now.network.layers.get(source.layer or "")
    if layer is not None and merges.joins(now, source) and source.expression is None:
        plain_norm = (
            layer.attributes.get("scale") is False and layer.attributes.get("center") is False
        )
        if layer.op in ("group_norm", "layer_norm") and plain_norm:
            now.network.changed(layer.name, {"scale": True}, gamma=factor)
            return source
    return affine(now, source, factor, None)


def _by(now: Operator, source: Tensor, constant: Constant, first: bool) -> Tensor:
    if not first:
        raise now.refused("a constant divided by a tensor")
    return _times(now, source, constant.changed(constant.shape, lambda array: 1 / array), True)


def _unlisted(now: Operator, *rest: Any) -> Tensor:
    raise now.refused("another form than with a number")


def _shaped(constant: Constant, change: Formula) -> Formula:
    return lambda array: change(array).reshape(constant.shape)


def _by_channel(now: Operator, source: Tensor, constant: Constant) -> Constant:
    """A constant as one number for each channel.

    Raises:
        RefusedError: it is not that.
    """
    channels = source.shape[-1]
    if not channels_alone(source, constant) or channels is None or source.flattened is not None:
        raise now.refused("a constant that is not one number for each channel")
    return constant.changed((channels,), lambda array: array.reshape(-1))


def affine(
    now: Operator, source: Tensor, factor: Constant | None, offset: Constant | None
) -> Tensor:
    """Numbers for each channel: in the text where they are few, as weights where they are many."""
    channels = source.shape[-1] or 0
    if channels <= _MOST_LISTED:
        given = {
            name: [plain(float(number)) for number in held.read()]
            for name, held in (("scale", factor), ("offset", offset))
            if held is not None
        }
        short = {name: _short(values) for name, values in given.items()}
        return _joined(now, source, short) or now.layer("rescale", short, [source])
    network = now.network
    before = network.lines.get(source.layer or "")
    if before is not None and merges.joins(now, source):
        factor, offset = _composed(before, factor, offset)
        read = network.layers[source.layer or ""].inputs[0]
        source = Tensor(read, network.shapes[read], source.labels)
    if offset is None and factor is not None:
        made = now.layer("layer_scale", {}, [source], {"gamma": factor})
    else:
        made = now.layer(*_as_norm(channels, source, factor, offset))
    network.lines[made.layer or ""] = (factor, offset)
    return made


def _composed(
    before: tuple[Constant | None, Constant | None],
    factor: Constant | None,
    offset: Constant | None,
) -> tuple[Constant | None, Constant | None]:
    """Factors and offsets after others: factor (a x + b) + offset."""
    first, then = before
    if first is None or factor is None:
        product = first or factor
    else:
        one, two = first, factor
        product = one.changed(one.shape, lambda array: array * two.read())
    if then is not None and factor is not None:
        scaled, by = then, factor
        then = scaled.changed(scaled.shape, lambda array: array * by.read())
    if then is None or offset is None:
        return product, then or offset
    left, right = then, offset
    return product, left.changed(left.shape, lambda array: array + right.read())


def _as_norm(
    channels: int, source: Tensor, factor: Constant | None, offset: Constant | None
) -> tuple[str, dict[str, Any], list[Tensor], dict[str, Constant]]:
    """Factors and offsets as a norm of statistics that change nothing."""
    weights = {
        "moving_mean": _filled("mean", channels, 0.0),
        "moving_variance": _filled("variance", channels, 1.0 - _EPSILON),
    }
    weights |= {name: held for name, held in (("gamma", factor), ("beta", offset)) if held}
    given = {"epsilon": _EPSILON, "scale": factor is not None, "center": offset is not None}
    return "batch_norm", given, [source], weights


def _filled(name: str, count: int, value: float) -> Constant:
    return Constant(name, (count,), lambda: np.full(count, value, "float32"))


def _joined(now: Operator, source: Tensor, given: dict[str, Any]) -> Tensor | None:
    """A factor and an offset joined to those of the layer before; None where none is."""
    before = now.network.layers.get(source.layer or "")
    if before is None or before.op != "rescale" or not merges.joins(now, source):
        return None
    scale, offset = given.get("scale", 1), given.get("offset", 0)
    old_scale = np.asarray(before.attributes.get("scale", 1), float)
    old_offset = np.asarray(before.attributes.get("offset", 0), float)
    made = {
        "scale": _short([plain(float(one)) for one in np.ravel(old_scale * scale)]),
        "offset": _short([plain(float(one)) for one in np.ravel(old_offset * scale + offset)]),
    }
    read = Tensor(before.inputs[0], source.shape, source.labels)
    return now.layer("rescale", made, [read])


def _short(values: list[Any]) -> Any:
    return values[0] if len(set(values)) == 1 else values
