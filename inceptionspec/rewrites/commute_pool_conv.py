"""Let a 1x1 convolution and the average pool next to it change places.

An average pool P is linear, and does to every channel the same; a 1x1 convolution K is
linear, and does to every pixel the same. So P K x = K P x is exact for every window,
stride and padding of the pool, and the cheaper of the two orders may stand. What comes before or
after the pool decides: a pool of fewer channels, or a convolution of fewer pixels.

The bias b needs a closer look. A constant map b is what the pool makes of it where the
weights of each window sum to 1: without padding, or where padding is not counted. Then
P (K x + b) = P K x + b, and the bias goes with the convolution. Where padded pixels count
as zeros, windows at the border sum to less, and it may not: a convolution that moves
before the pool leaves its bias behind it, as a norm that only adds; one that would move
behind such a pool is refused.

The activation stays behind both: max(0, P x) is not P max(0, x). So a convolution that
moves before the pool hands its activation on to a layer of its own, and one with an
activation cannot move behind. Nor can anything move that has another reader or is an
output (its tensor would be wanted as it is), a convolution with a stride or a norm of its
own, or one with more than one group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Attributes
from inceptionspec.ops.window import padding_pixels
from inceptionspec.rewrites.conv_dense import is_affine, is_pointwise
from inceptionspec.rewrites.graph_rewriter import GraphRewriter
from inceptionspec.rewrites.layer_cost import flops_in_turn
from inceptionspec.rewrites.steps import Skipped, Step
from inceptionspec.rewrites.weight_expr import Filled, WeightExpr

NAME = "commute-pool-conv"
#: A norm that adds and does nothing else.
_ADDS: Attributes = {"momentum": 0.0, "epsilon": 0.0, "center": True, "scale": False}


def commute_pool_conv(rewriter: GraphRewriter) -> Iterator[Step | Skipped]:
    """Each average pool with the convolution behind it, or else the one before it."""
    for pool in rewriter.in_order():
        if pool.op != "avg_pool":
            continue
        behind, before = rewriter.only_reader(pool), rewriter.source(pool)
        if any(_small(reader) for reader in rewriter.readers(pool)):
            if behind is None:
                why = "the pool is read elsewhere too"
                yield Skipped(NAME, (pool.path,), why, pool.origin)
            else:
                yield _convolution_first(rewriter, pool, behind)
        elif _small(before):
            yield _pool_first(rewriter, before, pool)


def _small(node: Node) -> bool:
    return node.op == "conv" and node.attributes["kernel"] == (1, 1)


def _convolution_first(rewriter: GraphRewriter, pool: Node, conv: Node) -> Step | Skipped:
    paths, source = (pool.path, conv.path), rewriter.source(pool).shape
    function, bias = conv.attributes["activation"], rewriter.weight(conv, "bias")
    now = {**conv.attributes, "activation": None}
    stays = bias is not None and _counts_padding(rewriter, pool)
    then = {**now, "bias": False} if stays else now
    window = ("avg_pool", pool.attributes)
    why = _unfit(conv) or _dearer(
        flops_in_turn(source, window, ("conv", now)),
        flops_in_turn(source, ("conv", then), window, *([("batch_norm", _ADDS)] if stays else [])),
        "before",
    )
    if why:
        return Skipped(NAME, paths, why, conv.origin)
    weights = {
        weight.name: rewriter.weights[conv.path, weight.name]
        for weight in conv.weights
        if weight.name != "bias" or not stays
    }
    rewriter.forget(pool)
    rewriter.swap(pool, conv)
    conv = rewriter.change(conv, attributes=then, inputs=pool.inputs, weights=weights)
    last = rewriter.change(pool, inputs=(conv.index,))
    rewriter.redirect(conv, last)
    if stays and bias is not None:
        zeros, ones = Filled(0.0, bias.shape), Filled(1.0, bias.shape)
        adding = {"beta": bias, "moving_mean": zeros, "moving_variance": ones}
        last = _behind(rewriter, last, "batch_norm", f"{conv.path}.bias", _ADDS, adding)
    if function is not None:
        shown = {"function": function}
        _behind(rewriter, last, "activation", f"{conv.path}.activation", shown, {})
    return Step(NAME, paths, "the convolution first: fewer channels to pool", conv.origin)


def _behind(
    rewriter: GraphRewriter,
    last: Node,
    op: str,
    path: str,
    attributes: Attributes,
    weights: Mapping[str, WeightExpr],
) -> Node:
    """One more layer behind another, which all who read that one read from now on."""
    made = rewriter.add(
        last, op=op, path=path, attributes=attributes, inputs=(last.index,), weights=weights
    )
    rewriter.redirect(last, made)
    return made


def _pool_first(rewriter: GraphRewriter, conv: Node, pool: Node) -> Step | Skipped:
    paths, source = (conv.path, pool.path), rewriter.source(conv).shape
    layers = ("conv", conv.attributes), ("avg_pool", pool.attributes)
    why = _unfit(conv)
    if not why and not is_affine(conv):
        why = f"{conv.attributes['activation']} stands between the two"
    elif not why and rewriter.only_reader(conv) is None:
        why = "the convolution is read elsewhere too"
    elif not why and conv.attributes["bias"] and _counts_padding(rewriter, pool):
        why = "the pool counts padding, which has no bias"
    why = why or _dearer(
        flops_in_turn(source, *layers), flops_in_turn(source, *layers[::-1]), "behind"
    )
    if why:
        return Skipped(NAME, paths, why, conv.origin)
    rewriter.forget(conv)
    rewriter.swap(conv, pool)
    pool = rewriter.change(pool, inputs=conv.inputs)
    conv = rewriter.change(conv, inputs=(pool.index,))
    rewriter.redirect(pool, conv)
    return Step(NAME, paths, "the pool first: fewer pixels or channels", conv.origin)


def _unfit(conv: Node) -> str:
    """Why a convolution of one pixel cannot change places with any pool."""
    if conv.attributes["norm"] is not None:
        return "the convolution has a norm of its own"
    if not is_pointwise(conv):
        return "the convolution works in groups, or pads"
    if conv.attributes["stride"] != (1, 1):
        return "the convolution has a stride"
    return ""


def _counts_padding(rewriter: GraphRewriter, pool: Node) -> bool:
    """Whether windows at the border sum to less than 1."""
    pixels = padding_pixels(pool.attributes, rewriter.source(pool).shape)
    return bool(pool.attributes["count_padding"]) and (pixels is None or any(pixels))


def _dearer(now: int | None, then: int | None, where: str) -> str:
    if now is None or then is None:
        return "the input size is open, so that neither order is known to be cheaper"
    if then >= now:
        return f"with the convolution {where} the pool both cost {then:,} FLOPs, now {now:,}"
    return ""
