"""Turn a concat of concats into one.

Both put tensors side by side along the channels, so that [[a b] c] is [a b c].

Exact for every shape. Condition: the inner concat has no other reader and is no output;
otherwise it would have to be computed all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.ir.graph import Node
from inceptionspec.rewrites.graph_rewriter import GraphRewriter
from inceptionspec.rewrites.steps import Skipped, Step

NAME = "flatten-concat"


def flatten_concat(rewriter: GraphRewriter) -> Iterator[Step | Skipped]:
    """Each outermost concat takes in all concats inside it at once."""
    for node in rewriter.in_order():
        if node.op == "concat" and not _is_inner(rewriter, node):
            yield from _flattened(rewriter, node)


def _is_inner(rewriter: GraphRewriter, node: Node) -> bool:
    """Whether another concat takes this one in."""
    reader = rewriter.only_reader(node)
    return reader is not None and reader.op == "concat"


def _flattened(rewriter: GraphRewriter, outer: Node) -> Iterator[Step | Skipped]:
    inputs: list[int] = []
    inner: list[tuple[Node, Node]] = []
    shared: dict[int, tuple[Node, Node]] = {}
    # Each entry is an input of a concat; the last one of the list comes next.
    waiting = [(outer, number) for number in reversed(outer.inputs)]
    while waiting:
        reader, number = waiting.pop()
        source = rewriter.producer(number)
        if source.op == "concat" and _is_inner(rewriter, source):
            inner.append((source, reader))
            waiting += [(source, number) for number in reversed(source.inputs)]
            continue
        if source.op == "concat":
            shared.setdefault(source.index, (source, reader))
        inputs.append(number)
    for source, reader in shared.values():
        why = f"`{source.path}` is read elsewhere too"
        yield Skipped(NAME, (reader.path,), why, reader.origin)
    if not inner:
        return
    outer = rewriter.change(outer, inputs=inputs)
    for source, reader in inner:
        rewriter.drop(source, instead=outer)
        yield Step(NAME, (source.path, reader.path), "one concat instead of two", source.origin)
