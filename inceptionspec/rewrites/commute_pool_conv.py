"""Let a 1x1 convolution and the average pool next to it change places.

An average pool P is linear and treats every channel the same; a 1x1 convolution K is linear
and treats every pixel the same. So P K x = K P x for every window, stride and padding of the
pool, and the cheaper of the two orders may stand: a pool of fewer channels, or a convolution
of fewer pixels.

The bias b needs a condition. P (K x + b) = P K x + P b, and the pool leaves a constant map
as it is, P b = b, exactly where the weights of each of its windows sum to 1. They do

- without padding, and
- with padding that is not counted, if every window holds at least one pixel of the map.

They do not where padded pixels count as zeros, since windows at the border then sum to less,
nor where a window holds nothing but padding. There a convolution that moves before the pool
leaves its bias after it, as a norm that only adds, and one that would move after the pool is
refused.

The activation stays after both: max(0, P x) is not P max(0, x). So a convolution that moves
before the pool hands its activation on to a layer of its own, and one with an activation
cannot move after it. Nothing moves whose tensor has another reader or is an output, nor a
convolution with a stride, a norm, or groups.

Exact under these conditions.
"""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Attributes, Shape
from inceptionspec.ops.window import padding_pixels
from inceptionspec.rewrites.conv_dense import flops_in_turn, is_affine, is_pointwise
from inceptionspec.rewrites.graph_rewriter import GraphRewriter
from inceptionspec.rewrites.steps import Skipped, Step
from inceptionspec.rewrites.weight_expr import Filled

NAME = "commute-pool-conv"
#: A norm that adds and does nothing else.
_ADDS: Attributes = {"momentum": 0.0, "epsilon": 0.0, "center": True, "scale": False}


def commute_pool_conv(rewriter: GraphRewriter) -> Iterator[Step | Skipped]:
    """Each average pool with the convolution after it, or else the one before it."""
    for pool in rewriter.in_order():
        if pool.op != "avg_pool":
            continue
        after, before = rewriter.only_reader(pool), rewriter.source(pool)
        if after is not None and _is_1x1(after):
            yield _convolution_first(rewriter, pool, after)
        elif after is None and any(_is_1x1(reader) for reader in rewriter.readers(pool)):
            yield Skipped(NAME, (pool.path,), "the pool is read elsewhere too", pool.origin)
        elif _is_1x1(before):
            yield _pool_first(rewriter, before, pool)


def _is_1x1(node: Node) -> bool:
    return node.op == "conv" and node.attributes["kernel"] == (1, 1)


def _convolution_first(rewriter: GraphRewriter, pool: Node, conv: Node) -> Step | Skipped:
    paths, source = (pool.path, conv.path), rewriter.source(pool).shape
    function, bias = conv.attributes["activation"], rewriter.weight(conv, "bias")
    linear = {**conv.attributes, "activation": None}
    bias_stays = bias is not None and not windows_sum_to_one(pool, source)
    moved = {**linear, "bias": False} if bias_stays else linear
    window = ("avg_pool", pool.attributes)
    adding = [("batch_norm", _ADDS)] if bias_stays else []
    why = _unfit(conv) or _no_cheaper(
        flops_in_turn(source, window, ("conv", linear)),
        flops_in_turn(source, ("conv", moved), window, *adding),
        "before",
    )
    if why:
        return Skipped(NAME, paths, why, conv.origin)
    weights = {
        weight.name: rewriter.weights[conv.path, weight.name]
        for weight in conv.weights
        if weight.name != "bias" or not bias_stays
    }
    conv = rewriter.change(conv, attributes=moved, weights=weights)
    last, conv = rewriter.exchange(pool, conv)
    if bias_stays and bias is not None:
        zeros, ones = Filled(0.0, bias.shape), Filled(1.0, bias.shape)
        last = rewriter.append(
            last,
            op="batch_norm",
            path=f"{conv.path}.bias",
            attributes=_ADDS,
            weights={"beta": bias, "moving_mean": zeros, "moving_variance": ones},
        )
    if function is not None:
        rewriter.append(
            last, op="activation", path=f"{conv.path}.activation", attributes={"function": function}
        )
    return Step(NAME, paths, "the convolution first: fewer channels to pool", conv.origin)


def _pool_first(rewriter: GraphRewriter, conv: Node, pool: Node) -> Step | Skipped:
    paths, source = (conv.path, pool.path), rewriter.source(conv).shape
    layers = ("conv", conv.attributes), ("avg_pool", pool.attributes)
    why = _unfit(conv)
    if not why and not is_affine(conv):
        why = f"{conv.attributes['activation']} stands between the two"
    elif not why and rewriter.only_reader(conv) is None:
        why = "the convolution is read elsewhere too"
    elif not why and conv.attributes["bias"] and not windows_sum_to_one(pool, conv.shape):
        why = "the pool averages padding, which has no bias"
    why = why or _no_cheaper(
        flops_in_turn(source, *layers), flops_in_turn(source, *layers[::-1]), "after"
    )
    if why:
        return Skipped(NAME, paths, why, conv.origin)
    rewriter.exchange(conv, pool)
    return Step(NAME, paths, "the pool first: fewer pixels or channels", conv.origin)


def _unfit(conv: Node) -> str:
    """Why a 1x1 convolution cannot change places with any pool; empty where it can."""
    if conv.attributes["norm"] is not None:
        return "the convolution has a norm of its own"
    if not is_pointwise(conv):
        return "the convolution works in groups, or pads"
    if conv.attributes["stride"] != (1, 1):
        return "the convolution has a stride"
    return ""


def windows_sum_to_one(pool: Node, source: Shape) -> bool:
    """Whether the weights of each window of an average pool sum to 1.

    Args:
        pool: the pool.
        source: the shape of the map that it reads.
    """
    pixels = padding_pixels(pool.attributes, source)
    if pixels is not None and not any(pixels):
        return True
    if pool.attributes["count_padding"]:
        return False
    # `same`, all that depends on an open size, always leaves a pixel in each window.
    top, bottom, left, right = pixels or (0, 0, 0, 0)
    height, width = pool.attributes["kernel"]
    return bool(max(top, bottom) < height and max(left, right) < width)


def _no_cheaper(now: int | None, then: int | None, where: str) -> str:
    """Why another order is not taken; empty where it is known to be cheaper."""
    if now is None or then is None:
        return "the input size is open, so that neither order is known to be cheaper"
    if then >= now:
        return f"with the convolution {where} the pool both cost {then:,} FLOPs, now {now:,}"
    return ""
