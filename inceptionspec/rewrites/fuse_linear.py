"""Merge linear operations that follow each other into one.

Each rule takes a layer and what it reads, where nobody else reads that:

- two convolutions, one of which covers one pixel: K2 (K1 x + b1) + b2 is
  (K2 K1) x + (K2 b1 + b2), with the kernels multiplied over the channels between them.
  Behind, a 1x1 convolution keeps the window of the first; a stride of its own multiplies
  with that of another 1x1. Before a larger window, a 1x1 convolution must have stride 1,
  and no bias if that window pads: the padding is zeros behind b1, not before it. Both
  must work in one group. Done where the one costs fewer FLOPs than the two.
- two dense layers, by the same formula, where that costs less.
- two norms: f2 (f1 x + s1) + s2 is (f2 f1) x + (f2 s1 + s2), again a norm.
- a norm before a convolution or a dense layer: K (f x + s) + b is (K f) x + (K s + b),
  with K's input channels scaled. The window must not pad, since zeros stand for f x + s
  there, and the layer must work in one group.
- the factor of a residual sum: a + c (K x + b) is a + ((c K) x + c b), where every branch
  but the first ends in such a layer.

Exact where nothing stands between the two, since an activation is not linear, and where
nobody else reads the first. The layer behind may have a norm and an activation, which stay
behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Attributes
from inceptionspec.ops.window import FOLLOWS_INPUT
from inceptionspec.rewrites.conv_dense import (
    bias_of,
    is_affine,
    is_pointwise,
    norm_as_affine,
    pads,
    with_affine,
)
from inceptionspec.rewrites.graph_rewriter import Draft
from inceptionspec.rewrites.layer_cost import flops_in_turn
from inceptionspec.rewrites.steps import Refusal, Step
from inceptionspec.rewrites.weight_expr import (
    Composed,
    Filled,
    Recipe,
    Response,
    ScaledInputs,
    plus,
    scaled,
)

NAME = "merge-linear"
#: What a convolution has of its window: a merged one keeps that of the larger.
_WINDOW = frozenset({"kernel", "stride", "padding", "dilation", "clip", FOLLOWS_INPUT})
#: A norm whose factor and shift are its gamma and beta: its mean is 0, its variance 1.
_PLAIN = {"epsilon": 0.0, "center": True, "scale": True}


def merge_linear(draft: Draft) -> Iterator[Step | Refusal]:
    """Each layer takes in what it reads; what it took in may have taken in more before."""
    for node in draft.in_order():
        if node.op == "add" and node.attributes["scale"] != 1:
            yield _factor_of_sum(draft, node)
        elif node.inputs:
            found = _pair(draft, draft.source(node), node)
            if found is not None:
                yield found


def _pair(draft: Draft, before: Node, node: Node) -> Step | Refusal | None:
    """The rule of two operators, if there is one; None where it does not apply."""
    if {before.op, node.op} == {"conv"}:
        found = _convolutions(draft, before, node)
    elif {before.op, node.op} == {"dense"}:
        found = _denses(draft, before, node) if is_affine(before) else None
    elif {before.op, node.op} == {"batch_norm"}:
        found = _Merged({**node.attributes, **_PLAIN}, _two_norms(draft, before, node), "norm")
    elif before.op == "batch_norm" and node.op in ("conv", "dense"):
        found = _norm_first(draft, before, node)
    else:
        found = None
    paths = (before.path, node.path)
    if isinstance(found, str):
        return Refusal(NAME, paths, found, before.origin)
    if found is None:
        return None
    if draft.only_reader(before) is None:
        why = f"`{before.path}` is read elsewhere too"
        return Refusal(NAME, paths, why, before.origin)
    draft.change(node, attributes=found.attributes, inputs=before.inputs, weights=found.weights)
    draft.drop(before, instead=node)
    return Step(NAME, paths, f"one {found.what} instead of two layers", before.origin)


class _Merged(NamedTuple):
    """What two layers become: attributes, weights, and what that is."""

    attributes: Attributes
    weights: Mapping[str, Recipe]
    what: str


def _convolutions(draft: Draft, first: Node, second: Node) -> _Merged | str | None:
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
    dearer = _dearer(draft, first, second, attributes)
    return dearer or _Merged(attributes, _product_weights(draft, first, second), "convolution")


def _denses(draft: Draft, first: Node, second: Node) -> _Merged | str:
    attributes = {
        **second.attributes,
        "bias": first.attributes["bias"] or second.attributes["bias"],
    }
    dearer = _dearer(draft, first, second, attributes)
    return dearer or _Merged(attributes, _product_weights(draft, first, second), "dense layer")


def _norm_first(draft: Draft, norm: Node, node: Node) -> _Merged | str:
    if node.op == "conv" and node.attributes["groups"] != 1:
        return "the convolution works in groups"
    if node.op == "conv" and pads(node):
        return "the convolution pads with zeros where the shift of the norm would be"
    factor, shift = norm_as_affine(draft, norm, norm.attributes["epsilon"])
    kernel = draft.weights[node.path, "kernel"]
    weights = {
        **_weights_of(draft, node),
        "kernel": ScaledInputs(kernel, factor),
        "bias": plus(Response(kernel, shift), bias_of(draft, node)),
    }
    return _Merged({**node.attributes, "bias": True}, weights, node.op)


def _two_norms(draft: Draft, first: Node, second: Node) -> Mapping[str, Recipe]:
    inner, offset = norm_as_affine(draft, first, first.attributes["epsilon"])
    outer, shift = norm_as_affine(draft, second, second.attributes["epsilon"])
    return {
        "beta": plus(scaled(offset, outer), shift),
        "gamma": scaled(inner, outer),
        "moving_mean": Filled(0.0, inner.shape),
        "moving_variance": Filled(1.0, inner.shape),
    }


def _factor_of_sum(draft: Draft, node: Node) -> Step | Refusal:
    factor = float(node.attributes["scale"])
    others = [draft.nodes[index] for index in node.inputs[1:]]
    for one in others:
        if not is_affine(one):
            why = f"`{one.path}` is no convolution or dense layer without activation"
            return Refusal(NAME, (node.path,), why, node.origin)
        if draft.only_reader(one) is None:
            why = f"`{one.path}` is read elsewhere too"
            return Refusal(NAME, (node.path,), why, node.origin)
    for one in others:
        by_channel = Filled(factor, (one.shape[-1] or 0,))
        draft.forget(one)
        draft.change(one, weights=with_affine(draft, one, by_channel, None))
    draft.change(node, attributes={**node.attributes, "scale": 1})
    paths = (*(one.path for one in others), node.path)
    return Step(NAME, paths, f"takes in the factor {factor:g} of the sum", others[0].origin)


def _product_weights(draft: Draft, first: Node, second: Node) -> Mapping[str, Recipe]:
    kernel = draft.weights[second.path, "kernel"]
    weights = {
        **_weights_of(draft, second),
        "kernel": Composed(draft.weights[first.path, "kernel"], kernel),
    }
    if first.attributes["bias"]:
        through = Response(kernel, bias_of(draft, first))
        weights["bias"] = plus(through, bias_of(draft, second))
    return weights


def _weights_of(draft: Draft, node: Node) -> dict[str, Recipe]:
    return {weight.name: draft.weights[node.path, weight.name] for weight in node.weights}


def _dearer(draft: Draft, first: Node, second: Node, attributes: Attributes) -> str:
    source = draft.source(first).shape
    now = flops_in_turn(source, (first.op, first.attributes), (second.op, second.attributes))
    then = flops_in_turn(source, (second.op, attributes))
    if now is None or then is None:
        return "the input size is open, so that neither form is known to be cheaper"
    return f"as one they cost {then:,} FLOPs, now {now:,}" if then >= now else ""


def _product(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] * other[0], one[1] * other[1]
