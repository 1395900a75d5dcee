"""Merge linear operations that follow each other into one.

Each rule takes a layer and what it reads:

- two convolutions, one of which covers one pixel: K2 (K1 x + b1) + b2 is
  (K2 K1) x + (K2 b1 + b2), with the kernels multiplied over the channels between them.
  If the second one is the 1x1, it keeps the window of the first; its stride must be 1
  unless both are 1x1, whose strides multiply. If the first one is the 1x1, its stride must
  be 1, and it must have no bias where the second pads, since the padding is zeros where
  K1 x + b1 would be b1. Both must work in one group. Done where one layer costs fewer
  FLOPs than two.
- two dense layers, by the same formula, where that costs less.
- two norms: f2 (f1 x + s1) + s2 is (f2 f1) x + (f2 s1 + s2), again a norm.
- a norm before a convolution or a dense layer: K (f x + s) + b is (K f) x + (K s + b), with
  K's input channels scaled. The window must not pad, since zeros stand there where
  f x + s would be s, and the layer must work in one group.
- the factor of a residual sum: a + c (K x + b) is a + ((c K) x + c b), where every branch
  but the first ends in such a layer.

Exact under these conditions, where nothing else reads the first layer, and where no activation
stands between the two, since none is linear. The second may have a norm and an activation,
which stay after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Attributes
from inceptionspec.ops.window import FOLLOWS_INPUT
from inceptionspec.rewrites.conv_dense import (
    bias_of,
    flops_in_turn,
    is_affine,
    is_pointwise,
    norm_as_affine,
    pads,
    with_affine,
)
from inceptionspec.rewrites.graph_rewriter import GraphRewriter
from inceptionspec.rewrites.steps import Skipped, Step
from inceptionspec.rewrites.weight_expr import (
    Composed,
    Filled,
    Response,
    ScaledInputs,
    WeightExpr,
    plus,
    scaled,
)

NAME = "fuse-linear"
#: Attributes of a convolution's window: a merged one has those of the larger.
_WINDOW = frozenset({"kernel", "stride", "padding", "dilation", "clip", FOLLOWS_INPUT})
#: A norm whose factor and shift are its gamma and beta: its mean is 0, its variance 1.
_PLAIN = {"epsilon": 0.0, "center": True, "scale": True}


def fuse_linear(rewriter: GraphRewriter) -> Iterator[Step | Skipped]:
    """Each layer takes in what it reads; what it took in may have taken in more before."""
    for node in rewriter.in_order():
        # The factor is on every branch but the first: a sum of one branch has no use for it.
        if node.op == "add" and node.attributes["scale"] != 1 and len(node.inputs) > 1:
            yield _factor_of_sum(rewriter, node)
        elif node.inputs:
            found = _pair(rewriter, rewriter.source(node), node)
            if found is not None:
                yield found


def _pair(rewriter: GraphRewriter, before: Node, node: Node) -> Step | Skipped | None:
    """The rule of two operators, if there is one; None where it does not apply."""
    if {before.op, node.op} == {"conv"}:
        found = _convolutions(rewriter, before, node)
    elif {before.op, node.op} == {"dense"}:
        found = _denses(rewriter, before, node) if is_affine(before) else None
    elif {before.op, node.op} == {"batch_norm"}:
        found = _Merged({**node.attributes, **_PLAIN}, _two_norms(rewriter, before, node), "norm")
    elif before.op == "batch_norm" and node.op in ("conv", "dense"):
        found = _norm_first(rewriter, before, node)
    else:
        found = None
    paths = (before.path, node.path)
    if isinstance(found, str):
        return Skipped(NAME, paths, found, before.origin)
    if found is None:
        return None
    if rewriter.only_reader(before) is None:
        why = f"`{before.path}` is read elsewhere too"
        return Skipped(NAME, paths, why, before.origin)
    rewriter.change(node, attributes=found.attributes, inputs=before.inputs, weights=found.weights)
    rewriter.drop(before, instead=node)
    return Step(NAME, paths, f"one {found.what} instead of two layers", before.origin)


class _Merged(NamedTuple):
    """What two layers become: attributes, weights, and what that is."""

    attributes: Attributes
    weights: Mapping[str, WeightExpr]
    what: str


def _convolutions(rewriter: GraphRewriter, first: Node, second: Node) -> _Merged | str | None:
    if not is_affine(first) or first.attributes["groups"] != 1:
        return None
    if is_pointwise(second):
        window, stride = first, _product(first.attributes["stride"], second.attributes["stride"])
        if second.attributes["stride"] != (1, 1) and not is_pointwise(first):
            return "the stride of the second would change what the first pads"
    elif is_pointwise(first) and second.attributes["groups"] == 1:
        window, stride = second, second.attributes["stride"]
        if first.attributes["stride"] != (1, 1):
            return "the first has a stride and the second a window"
        if first.attributes["bias"] and pads(second):
            return "the second pads with zeros where the bias of the first would be"
    else:
        return None
    attributes = {
        **{name: value for name, value in second.attributes.items() if name not in _WINDOW},
        **{name: value for name, value in window.attributes.items() if name in _WINDOW},
        "stride": stride,
        "bias": first.attributes["bias"] or second.attributes["bias"],
    }
    why = _no_cheaper(rewriter, first, second, attributes)
    return why or _Merged(attributes, _product_weights(rewriter, first, second), "convolution")


def _denses(rewriter: GraphRewriter, first: Node, second: Node) -> _Merged | str:
    attributes = {
        **second.attributes,
        "bias": first.attributes["bias"] or second.attributes["bias"],
    }
    why = _no_cheaper(rewriter, first, second, attributes)
    return why or _Merged(attributes, _product_weights(rewriter, first, second), "dense layer")


def _norm_first(rewriter: GraphRewriter, norm: Node, node: Node) -> _Merged | str:
    if node.op == "conv" and node.attributes["groups"] != 1:
        return "the convolution works in groups"
    if node.op == "conv" and pads(node):
        return "the convolution pads with zeros where the shift of the norm would be"
    factor, shift = norm_as_affine(rewriter, norm, norm.attributes["epsilon"])
    kernel = rewriter.weights[node.path, "kernel"]
    weights = {
        **_weights_of(rewriter, node),
        "kernel": ScaledInputs(kernel, factor),
        "bias": plus(Response(kernel, shift), bias_of(rewriter, node)),
    }
    return _Merged({**node.attributes, "bias": True}, weights, node.op)


def _two_norms(rewriter: GraphRewriter, first: Node, second: Node) -> Mapping[str, WeightExpr]:
    inner, offset = norm_as_affine(rewriter, first, first.attributes["epsilon"])
    outer, shift = norm_as_affine(rewriter, second, second.attributes["epsilon"])
    return {
        "beta": plus(scaled(offset, outer), shift),
        "gamma": scaled(inner, outer),
        "moving_mean": Filled(0.0, inner.shape),
        "moving_variance": Filled(1.0, inner.shape),
    }


def _factor_of_sum(rewriter: GraphRewriter, node: Node) -> Step | Skipped:
    factor = float(node.attributes["scale"])
    _, *others = rewriter.sources(node)
    for branch in others:
        if not is_affine(branch):
            why = f"`{branch.path}` is not a convolution or dense layer without activation"
            return Skipped(NAME, (node.path,), why, node.origin)
        if rewriter.only_reader(branch) is None:
            why = f"`{branch.path}` is read elsewhere too"
            return Skipped(NAME, (node.path,), why, node.origin)
    for branch in others:
        by_channel = Filled(factor, (branch.shape[-1] or 0,))
        rewriter.forget(branch)
        rewriter.change(branch, weights=with_affine(rewriter, branch, by_channel, None))
    rewriter.change(node, attributes={**node.attributes, "scale": 1})
    paths = (*(branch.path for branch in others), node.path)
    return Step(NAME, paths, f"takes in the factor {factor:g} of the sum", others[0].origin)


def _product_weights(
    rewriter: GraphRewriter, first: Node, second: Node
) -> Mapping[str, WeightExpr]:
    kernel = rewriter.weights[second.path, "kernel"]
    weights = {
        **_weights_of(rewriter, second),
        "kernel": Composed(rewriter.weights[first.path, "kernel"], kernel),
    }
    if first.attributes["bias"]:
        through = Response(kernel, bias_of(rewriter, first))
        weights["bias"] = plus(through, bias_of(rewriter, second))
    return weights


def _weights_of(rewriter: GraphRewriter, node: Node) -> dict[str, WeightExpr]:
    return {weight.name: rewriter.weights[node.path, weight.name] for weight in node.weights}


def _no_cheaper(rewriter: GraphRewriter, first: Node, second: Node, attributes: Attributes) -> str:
    """Why two layers stay two; empty where one is known to be cheaper."""
    source = rewriter.source(first).shape
    now = flops_in_turn(source, (first.op, first.attributes), (second.op, second.attributes))
    then = flops_in_turn(source, (second.op, attributes))
    if now is None or then is None:
        return "the input size is open, so that neither form is known to be cheaper"
    return f"as one they cost {then:,} FLOPs, now {now:,}" if then >= now else ""


def _product(first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int]:
    return first[0] * second[0], first[1] * second[1]
