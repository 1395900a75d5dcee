"""Fold batch norms into the convolution or dense layer before them.

At inference a norm is y = f x + s with f = gamma / sqrt(variance + epsilon) and
s = beta - mean f, one of each per channel, all of them constants. It turns a product
x = K u + b into (f K) u + (f b + s): again a product with a bias, with each output channel
of the kernel scaled. That holds for every stride, padding, dilation and number of groups,
since only output channels change; a separable convolution has its pointwise kernel scaled.

Exact at inference. Condition: the norm is the only one to read the product, and nothing
stands between, since another reader wants x itself and an activation is not linear. Not
exact in training, where mean and variance are those of the batch.
"""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.ir.graph import Node
from inceptionspec.rewrites.conv_dense import has_product, is_affine, norm_as_affine, with_affine
from inceptionspec.rewrites.graph_rewriter import GraphRewriter
from inceptionspec.rewrites.steps import Skipped, Step

NAME = "fold-batch-norm"


def fold_batch_norm(rewriter: GraphRewriter) -> Iterator[Step | Skipped]:
    """Norms that belong to a layer first, then those that are layers of their own."""
    for node in rewriter.in_order():
        if has_product(node) and node.attributes["norm"] is not None:
            yield _own_norm(rewriter, node)
        elif node.op == "batch_norm":
            yield _norm_after(rewriter, node)


def _own_norm(rewriter: GraphRewriter, node: Node) -> Step:
    factor, shift = norm_as_affine(rewriter, node, node.attributes["norm"]["epsilon"])
    weights = with_affine(rewriter, node, factor, shift)
    rewriter.change(
        node, attributes={**node.attributes, "norm": None, "bias": True}, weights=weights
    )
    return Step(NAME, (node.path,), "takes in its own norm", node.origin)


def _norm_after(rewriter: GraphRewriter, norm: Node) -> Step | Skipped:
    before = rewriter.source(norm)
    why = _in_the_way(rewriter, before)
    if why:
        return Skipped(NAME, (norm.path,), why, norm.origin)
    factor, shift = norm_as_affine(rewriter, norm, norm.attributes["epsilon"])
    weights = with_affine(rewriter, before, factor, shift)
    rewriter.forget(before)
    before = rewriter.change(
        before, attributes={**before.attributes, "bias": True}, weights=weights
    )
    rewriter.redirect(norm, before)
    rewriter.drop(norm)
    return Step(NAME, (before.path, norm.path), "takes in the norm after it", before.origin)


def _in_the_way(rewriter: GraphRewriter, before: Node) -> str:
    """Why a norm cannot be folded into what it reads; empty where it can."""
    if not has_product(before):
        return f"it reads a `{before.op}`, not a convolution or a dense layer"
    if not is_affine(before):
        what = before.attributes["activation"] or "another norm"
        return f"{what} stands between it and the product of `{before.path}`"
    if rewriter.only_reader(before) is None:
        return f"`{before.path}` is read elsewhere too, without the norm"
    return ""
