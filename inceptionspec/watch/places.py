"""Where findings about a text stand in the last picture that was drawn of it."""

from __future__ import annotations

from collections.abc import Iterable

from inceptionspec.backends.page import place_key
from inceptionspec.diagnostics import Diagnostic
from inceptionspec.graph import Node
from inceptionspec.network import Network
from inceptionspec.source import Source, Span


def places(findings: Iterable[Diagnostic], network: Network) -> dict[str, str]:
    """The path of the layer of each finding that speaks of one, by ``place_key``.

    The text may have changed since the network was read: lines are counted as far as both
    texts agree, from the top and from the end.
    """
    old = {document.span.source.name: document.span.source for document in network.spec.files}
    found = {}
    for finding in findings:
        span = finding.primary.span
        if span.source.text is None or span.source.name not in old:
            continue
        before = old[span.source.name]
        line = _line_before(before, span.source, span.line)
        path = _layer_at(network, before, line) or _contracted_at(network, before, line)
        if path:
            found[place_key(span)] = path
    return found


def _layer_at(network: Network, source: Source, line: int) -> str:
    """The layer that a line writes, or the first of those that it calls."""
    best, least = "", (True, 0)
    for node in network.graph.nodes:
        for called, span in enumerate(_spans(node)):
            # A layer's own line is nearer than the call of a block, and a short call than
            # a long one.
            if span.source.name == source.name and span.line <= line <= _last_line(span):
                size = (called > 0, span.end_line - span.line)
                if not best or size < least:
                    best, least = node.path, size
    return best


def _contracted_at(network: Network, source: Source, line: int) -> str:
    """The layer of which a line states a contract."""
    expect, graph = network.spec.expect, network.graph
    if expect is None or expect.span.source.name != source.name:
        return ""
    for path, span in expect.key_spans.items():
        ends = _last_line(expect.value_spans[path])
        if span.line <= line <= ends and path in graph.names:
            return graph.nodes[graph.names[path]].path
    return ""


def _spans(node: Node) -> tuple[Span, ...]:
    return (node.origin.span, *node.origin.called_at)


def _last_line(span: Span) -> int:
    """The last line of a stretch, which may end before the first character of another."""
    return span.end_line - (span.end_column == 1 and span.end_line > span.line)


def _line_before(old: Source, new: Source, line: int) -> int:
    """The line of the old text that became a line of the new one."""
    before, after = (text.split("\n") for text in (old.text or "", new.text or ""))
    shorter = min(len(before), len(after))
    same = 0
    while same < shorter and before[same] == after[same]:
        same += 1
    if line <= same:
        return line
    ending = 0
    while ending < shorter - same and before[-1 - ending] == after[-1 - ending]:
        ending += 1
    if line > len(after) - ending:
        return line + len(before) - len(after)
    return max(1, min(line, len(before) - ending))
