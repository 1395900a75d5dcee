"""Merge 1x1 convolutions that read the same tensor into one, and slice its result.

A 1x1 convolution gives each pixel K x + b. Several with the same x and the same stride give
[K1 x + b1, K2 x + b2, ...] = [K1 K2 ...] x + [b1 b2 ...]: one convolution whose output
channels stand side by side; each former one is a slice of it.

Exact: every tensor is still there, as a slice. Conditions: all have the same stride, the
same activation and the same kind of norm. Norms and activations work on each channel by
itself, so that they stay with the merged convolution, norms stacked like the kernels. Softmax
reads all channels together and is refused. `same` adds no padding to a window of one pixel;
a convolution that pads explicitly is left out, and so is one in groups, which reads only
some of the channels.

The work is the same. What is saved is reading x more than once, and products too narrow to
be fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inceptionspec.ir.graph import Node
from inceptionspec.rewrites.conv_dense import bias_of, is_pointwise
from inceptionspec.rewrites.graph_rewriter import GraphRewriter
from inceptionspec.rewrites.steps import Skipped, Step
from inceptionspec.rewrites.weight_expr import Stacked, WeightExpr

NAME = "fuse-parallel-pointwise"


def fuse_parallel_pointwise(rewriter: GraphRewriter) -> Iterator[Step | Skipped]:
    """The readers of each tensor, in the order of the tensors."""
    for node in rewriter.in_order():
        together: dict[Any, list[Node]] = {}
        for reader in rewriter.readers(node):
            if is_pointwise(reader):
                together.setdefault(_kind(reader), []).append(reader)
        for kind, convs in together.items():
            if len(convs) > 1 and kind[1] != "softmax":
                yield _merged(rewriter, sorted(convs, key=rewriter.rank))
            elif len(together) > 1 or len(convs) > 1:
                yield _left(convs, kind)


def _kind(conv: Node) -> tuple[Any, ...]:
    """What convolutions must share."""
    attributes = conv.attributes
    norm = attributes["norm"]
    shared = None if norm is None else tuple(sorted(norm.items()))
    return attributes["stride"], attributes["activation"], shared


def _merged(rewriter: GraphRewriter, convs: Sequence[Node]) -> Step:
    first = convs[0]
    filters = [conv.attributes["filters"] for conv in convs]
    biased = any(conv.attributes["bias"] for conv in convs)
    same_place = len({conv.scope for conv in convs}) == 1 and first.scope
    merged = rewriter.add(
        first,
        op="conv",
        path=f"{first.scope if same_place else first.path}.merged",
        attributes={**first.attributes, "filters": sum(filters), "bias": biased},
        inputs=first.inputs,
        weights=_stacked(rewriter, convs, biased),
        branch=first.branch if len({conv.branch for conv in convs}) == 1 else "",
        before=True,
    )
    start = 0
    for conv, count in zip(convs, filters, strict=True):
        rewriter.change(
            conv,
            op="slice",
            path=f"{conv.path}.slice",
            attributes={"start": start, "stop": start + count},
            inputs=(rewriter.tensor(merged),),
            weights={},
        )
        start += count
    paths = tuple(conv.path for conv in convs)
    return Step(NAME, paths, f"one 1x1 convolution of {sum(filters):,} filters", first.origin)


def _stacked(
    rewriter: GraphRewriter, convs: Sequence[Node], biased: bool
) -> Mapping[str, WeightExpr]:
    parts: dict[str, list[WeightExpr]] = {}
    for conv in convs:
        for weight in conv.weights:
            if weight.name != "bias":
                parts.setdefault(weight.name, []).append(rewriter.weights[conv.path, weight.name])
        if biased:
            parts.setdefault("bias", []).append(bias_of(rewriter, conv))
    return {name: Stacked(tuple(arrays)) for name, arrays in parts.items()}


def _left(convs: Sequence[Node], kind: tuple[Any, ...]) -> Skipped:
    first, (stride, activation, norm) = convs[0], kind
    paths = tuple(conv.path for conv in convs)
    if activation == "softmax":
        return Skipped(NAME, paths, "softmax reads all channels together", first.origin)
    why = (
        f"activation {activation or 'none'}, stride {stride[0]}x{stride[1]} and "
        f"norm {'none' if norm is None else 'batch_norm'}, "
        "which the other 1x1 convolutions of its input do not share"
    )
    return Skipped(NAME, paths, why, first.origin)
