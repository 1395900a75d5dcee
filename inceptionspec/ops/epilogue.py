"""What convolutions and dense layers share: a bias or a norm, then an activation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inceptionspec.ops.attribute_types import (
    ACTIVATION,
    BOOL,
    DECAY,
    FRACTION,
    INIT,
    NONE,
    POSITIVE,
    Kind,
    or_null,
)
from inceptionspec.ops.functions import Function
from inceptionspec.ops.record import Attribute, Attributes, Weight

BATCH_NORM_ATTRIBUTES = (
    Attribute(
        "momentum", FRACTION, "Share of the old moving statistics that a training step keeps.", 0.99
    ),
    Attribute("epsilon", POSITIVE, "Added to the variance before the root.", 1e-3),
    Attribute("center", BOOL, "Whether a learned offset (beta) is added.", True),
    Attribute("scale", BOOL, "Whether a learned factor (gamma) is applied.", True),
)

NORM = Kind(
    "`none`, `batch_norm` or a mapping such as `{op: batch_norm, scale: false}`",
    {
        "anyOf": [
            {"enum": [NONE, "batch_norm"]},
            {
                "type": "object",
                "properties": {
                    "op": {"const": "batch_norm"},
                    **{a.name: a.kind.schema for a in BATCH_NORM_ATTRIBUTES},
                },
                "required": ["op"],
                "additionalProperties": False,
            },
        ]
    },
    # The resolved norm is a mapping: the linker merges `defaults.batch_norm` into it.
    lambda value: (
        None
        if value == NONE
        else {}
        if isinstance(value, str)
        else {key: given for key, given in value.items() if key != "op"}
    ),
    lambda value: NONE if value is None else {"op": "batch_norm", **value},
)
NORM = or_null(NORM, NONE)
AUTO_BOOL = or_null(Kind("`true`, `false` or `auto`", {"enum": [True, False, "auto"]}), False)

EPILOGUE_ATTRIBUTES = (
    Attribute(
        "bias",
        AUTO_BOOL,
        "Whether a learned bias is added; `auto` adds one where there is no norm.",
        "auto",
    ),
    Attribute(
        "norm",
        NORM,
        "The normalization between the product and the activation; "
        "what it leaves open comes from `defaults.batch_norm`.",
        NONE,
    ),
    Attribute("activation", ACTIVATION, "The function applied last.", NONE),
    Attribute("init", INIT, "How the weights start.", "glorot_uniform"),
    Attribute("bias_init", INIT, "How the bias starts.", "zeros"),
    Attribute(
        "l2",
        DECAY,
        "Weight decay: adds this times the sum of squares of the weights, "
        "as Keras does (TF-Slim's factor halves it).",
        0,
    ),
    Attribute("bias_l2", DECAY, "The same for the bias.", 0),
)


def with_bias(attributes: Attributes) -> Attributes:
    """Attributes in which ``bias: auto`` is settled."""
    if attributes["bias"] == "auto":
        return {**attributes, "bias": attributes["norm"] is None}
    return attributes


def epilogue_weights(attributes: Attributes, channels: int) -> tuple[Weight, ...]:
    """The bias and the norm of a layer, by its number of output channels."""
    bias = (Weight("bias", (channels,)),) if attributes["bias"] else ()
    return bias + (batch_norm_weights(attributes["norm"], channels) if attributes["norm"] else ())


def epilogue_flops(attributes: Attributes) -> int:
    """Operations per output element after the product: bias 1, norm 2, activation."""
    norm = 2 if attributes["norm"] is not None else 0
    return int(bool(attributes["bias"])) + norm + activation_flops(attributes["activation"])


def activation_flops(function: Function | None) -> int:
    """Operations of an activation per element: softmax 5, any other 1, none 0."""
    return 0 if function is None else 5 if function == "softmax" else 1


def batch_norm_weights(norm: Mapping[str, Any], channels: int) -> tuple[Weight, ...]:
    """The arrays of a batch norm, those that are learned first."""
    return tuple(
        Weight(name, (channels,), trainable)
        for name, present, trainable in (
            ("beta", norm["center"], True),
            ("gamma", norm["scale"], True),
            ("moving_mean", True, False),
            ("moving_variance", True, False),
        )
        if present
    )
