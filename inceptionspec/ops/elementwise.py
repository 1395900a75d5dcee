"""Operators that keep the shape: norms, activations, dropout."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import COUNT, FRACTION, FUNCTION, NUMBER, POSITIVE
from inceptionspec.ops.epilogue import BATCH_NORM_ATTRIBUTES, activation_flops, batch_norm_weights
from inceptionspec.ops.record import (
    Attribute,
    Attributes,
    Op,
    OperatorError,
    Shape,
    Weight,
    elements,
    require_map,
    times,
)


def _same_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    return inputs[0]


def _norm_weights(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    channels = inputs[0][-1]
    if channels is None:
        raise OperatorError("E0407", "a norm needs a known number of channels")
    return batch_norm_weights(attributes, channels)


def _norm_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return times(elements(output), 2)


def _activation_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return times(elements(output), activation_flops(attributes["function"]))


def _softmax_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return times(elements(output), activation_flops("softmax"))


def _map_only(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    require_map(attributes, inputs)
    return inputs[0]


def _lrn_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    # A square and a sum for each neighbor, then a factor, an offset and the division.
    return times(elements(output), 2 * (2 * attributes["radius"] + 1) + 3)


BATCH_NORM = Op(
    name="batch_norm",
    role="layer",
    category="normalization",
    doc="Batch normalization (arXiv:1502.03167), channel by channel.",
    attributes=BATCH_NORM_ATTRIBUTES,
    shape=_same_shape,
    weights=_norm_weights,
    other_flops=_norm_flops,
    in_place=True,
)

LRN = Op(
    name="lrn",
    role="layer",
    category="normalization",
    doc="Local response normalization over neighboring channels: "
    "x / (bias + alpha * sum of squares) ^ beta.",
    attributes=(
        Attribute("radius", COUNT, "Neighbors on each side.", 5),
        Attribute("bias", POSITIVE, "Offset in the denominator.", 1),
        Attribute(
            "alpha",
            NUMBER,
            "Factor of each square; Caffe divides its own by the number of neighbors.",
            1,
        ),
        Attribute("beta", NUMBER, "Exponent of the denominator.", 0.5),
    ),
    shape=_map_only,
    other_flops=_lrn_flops,
    in_place=True,
)

ACTIVATION = Op(
    name="activation",
    role="layer",
    category="activation",
    doc="A function applied to every element.",
    attributes=(Attribute("function", FUNCTION, "Which function, such as `relu`."),),
    shape=_same_shape,
    other_flops=_activation_flops,
    in_place=True,
)

SOFTMAX = Op(
    name="softmax",
    role="layer",
    category="activation",
    doc="Softmax over channels or features: what turns logits into predictions.",
    attributes=(),
    shape=_same_shape,
    other_flops=_softmax_flops,
    in_place=True,
)

DROPOUT = Op(
    name="dropout",
    role="layer",
    category="regularization",
    doc="Sets a share of the elements to zero in training and scales up the others.",
    attributes=(Attribute("rate", FRACTION, "Share that is dropped: 0.2 is TF-Slim's keep 0.8."),),
    shape=_same_shape,
    in_place=True,
)

DROP_PATH = Op(
    name="drop_path",
    role="layer",
    category="regularization",
    doc="Stochastic depth (arXiv:1603.09382): in training, sets all of an image to zero with this "
    "probability and scales up the other images. It ends a branch of a residual.",
    attributes=(Attribute("rate", FRACTION, "Share of the images that are dropped."),),
    shape=_same_shape,
    in_place=True,
)
