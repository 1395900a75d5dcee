"""What rewrites know about layers with a product: convolutions and the dense layer.

Such a layer is y = activation(norm(K x + b)), where K is linear in x.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from inceptionspec.ir.graph import Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import Attributes, Shape
from inceptionspec.ops.window import padding_pixels
from inceptionspec.rewrites.graph_rewriter import GraphRewriter
from inceptionspec.rewrites.weight_expr import (
    Filled,
    Negated,
    NormFactor,
    Scaled,
    WeightExpr,
    plus,
    scaled,
)

#: The kernel that makes the outputs of each operator with a product.
KERNELS: Mapping[str, str] = MappingProxyType(
    {
        "conv": "kernel",
        "depthwise_conv": "depthwise_kernel",
        "separable_conv": "pointwise_kernel",
        "dense": "kernel",
    }
)
_NORM_WEIGHTS = ("beta", "gamma", "moving_mean", "moving_variance")


def has_product(node: Node) -> bool:
    """Whether a node is a convolution or a dense layer."""
    return node.op in KERNELS


def is_affine(node: Node) -> bool:
    """Whether a node is a product and perhaps a bias, with no norm or activation after it."""
    attributes = node.attributes
    return has_product(node) and attributes["norm"] is None and attributes["activation"] is None


def is_pointwise(node: Node) -> bool:
    """Whether a node is a convolution of one pixel that mixes all channels and pads nothing."""
    return (
        node.op == "conv"
        and node.attributes["kernel"] == (1, 1)
        and node.attributes["groups"] == 1
        and not pads(node)
    )


def pads(node: Node) -> bool:
    """Whether a window reads zeros next to the map.

    Where ``same`` and a stride make that depend on the input size, it counts as yes.
    """
    if node.attributes["padding"] == "same" and node.attributes["kernel"] == (1, 1):
        return False
    pixels = padding_pixels(node.attributes, (None, None))
    return pixels is None or any(pixels)


def bias_of(rewriter: GraphRewriter, node: Node) -> WeightExpr:
    """The bias of a layer with a product, zeros where it has none."""
    return rewriter.weight(node, "bias") or Filled(0.0, (node.shape[-1] or 0,))


def norm_as_affine(
    rewriter: GraphRewriter, node: Node, epsilon: float
) -> tuple[WeightExpr, WeightExpr]:
    """A norm at inference as y = factor x + shift: both, by channel.

    factor = gamma / sqrt(variance + epsilon), shift = beta - mean x factor. A norm without
    gamma has 1 for it, one without beta 0.
    """
    beta, gamma, mean, variance = (rewriter.weight(node, name) for name in _NORM_WEIGHTS)
    assert mean is not None
    assert variance is not None
    factor = NormFactor(gamma or Filled(1.0, mean.shape), variance, epsilon)
    centered = isinstance(mean, Filled) and mean.value == 0
    offset = Filled(0.0, mean.shape) if centered else Negated(Scaled(mean, factor))
    return factor, plus(beta or Filled(0.0, mean.shape), offset)


def with_affine(
    rewriter: GraphRewriter, node: Node, factor: WeightExpr, shift: WeightExpr | None
) -> Mapping[str, WeightExpr]:
    """The weights of a product whose result is multiplied and shifted, channel by channel.

    factor (K x + b) + shift = (factor K) x + (factor b + shift). Weights of a norm are
    left out. Without a shift, a layer without a bias stays without one.
    """
    main = KERNELS[node.op]
    weights = {
        weight.name: rewriter.weights[node.path, weight.name]
        for weight in node.weights
        if weight.name not in _NORM_WEIGHTS
    }
    weights[main] = scaled(weights[main], factor)
    bias = scaled(bias_of(rewriter, node), factor) if "bias" in weights else None
    terms = tuple(term for term in (bias, shift) if term is not None)
    if terms:
        weights["bias"] = plus(*terms)
    return weights


def flops_in_turn(source: Shape, *layers: tuple[str, Attributes]) -> int | None:
    """FLOPs of layers that follow each other, as ``analysis.costs`` counts them.

    Args:
        source: the shape that the first one reads.
        layers: operators with their attributes.

    Returns:
        None where the size is open.
    """
    total = 0
    for op, attributes in layers:
        record, inputs = OPS[op], [source]
        shape = record.shape(attributes, inputs)
        macs = record.macs(attributes, inputs, shape)
        other = record.other_flops(attributes, inputs, shape)
        if macs is None or other is None:
            return None
        total += 2 * macs + other
        source = shape
    return total
