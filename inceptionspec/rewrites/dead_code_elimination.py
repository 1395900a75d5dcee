"""Drop what the outputs do not need: other heads, layers that nothing reads, and dropout.

A layer that no output depends on cannot change one. Dropout, of elements or of paths, is the
identity at inference, so that whoever reads it may read its input.

Exact without further condition, at inference; a network without dropout is not one to train.
"""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.ir.graph import Node
from inceptionspec.rewrites.graph_rewriter import GraphRewriter
from inceptionspec.rewrites.steps import Skipped, Step

NAME = "dead-code-elimination"
_IDENTITIES = frozenset({"dropout", "drop_path"})


def dead_code_elimination(rewriter: GraphRewriter) -> Iterator[Step | Skipped]:
    """Whole heads with a step each, other layers with a step each, then dropout."""
    needed = {0, *rewriter.needed()}
    unused = [node for node in rewriter.in_order() if node.index not in needed]
    kept_heads = {rewriter.nodes[index].head for index in needed}
    together: dict[tuple[str, str], list[Node]] = {}
    for node in unused:
        whole = node.head not in kept_heads and node.head
        together.setdefault(("head", node.head) if whole else ("", node.path), []).append(node)
    for node in reversed(unused):
        rewriter.drop(node)
    for (kind, name), nodes in together.items():
        count = f"{len(nodes)} layers" if len(nodes) > 1 else "1 layer"
        what = f"dropped: a head that no output needs, {count}" if kind else "no output needs it"
        yield Step(NAME, (name,), what, nodes[0].origin)
    for node in rewriter.in_order():
        if node.op in _IDENTITIES:
            rewriter.redirect(node, rewriter.source(node))
            rewriter.drop(node)
            yield Step(NAME, (node.path,), "dropped: the identity at inference", node.origin)
