"""Turn a concat of concats into one.

Both put tensors side by side along the channels, so that [[a b] c] is [a b c]: exact for
every shape. The inner concat must have no other reader, and be no output, or it would be
made all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.ir.graph import Node
from inceptionspec.rewrites.graph_rewriter import GraphRewriter
from inceptionspec.rewrites.steps import Skipped, Step

NAME = "flatten-concat"


def flatten_concat(rewriter: GraphRewriter) -> Iterator[Step | Skipped]:
    """The inner ones first, since they come first."""
    for node in rewriter.in_order():
        if node.op == "concat":
            yield from _flattened(rewriter, node)


def _flattened(rewriter: GraphRewriter, outer: Node) -> Iterator[Step | Skipped]:
    inner = [
        rewriter.nodes[i] for i in dict.fromkeys(outer.inputs) if rewriter.nodes[i].op == "concat"
    ]
    for one in inner:
        if rewriter.only_reader(one) is None:
            why = f"`{one.path}` is read elsewhere too"
            yield Skipped(NAME, (outer.path,), why, outer.origin)
            continue
        at = outer.inputs.index(one.index)
        inputs = (*outer.inputs[:at], *one.inputs, *outer.inputs[at + 1 :])
        outer = rewriter.change(outer, inputs=inputs)
        rewriter.drop(one, instead=outer)
        yield Step(NAME, (one.path, outer.path), "one concat instead of two", one.origin)
