"""Which layer or block of the last good picture each finding belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.drawing.page import place_key
from inceptionspec.frontend.load import LoadedSpec


def places(findings: Iterable[Diagnostic], loaded: LoadedSpec) -> dict[str, str]:
    """The path of the layer or block that each finding is about, by ``place_key``.

    The text may have changed since the network was read: lines are matched as far as both
    texts agree, from the start and from the end.
    """
    old = {document.span.source.name: document.span.source for document in loaded.spec.files}
    found = {}
    for finding in findings:
        span = finding.primary.span
        if span.source.text is None or span.source.name not in old:
            continue
        before = old[span.source.name]
        line = _line_before(before, span.source, span.line)
        path = _written_at(loaded, before, line) or _contracted_at(loaded, before, line)
        if path:
            found[place_key(span)] = path
    return found


def _written_at(loaded: LoadedSpec, source: Source, line: int) -> str:
    """The layer that a line defines, or the block that it calls."""
    graph = loaded.graph
    own = [node for node in graph.nodes if _holds(node.origin.span, source, line)]
    if own:
        nearest = min(own, key=lambda node: _last_line(node.origin.span) - node.origin.span.line)
        return nearest.path
    called = {
        node.index
        for node in graph.nodes
        if any(_holds(span, source, line) for span in node.origin.called_at)
    }
    whole = [block for block in graph.blocks if called.issuperset(block.members)]
    if called and whole:
        return max(whole, key=lambda block: len(block.members)).path
    return graph.nodes[min(called)].path if called else ""


def _contracted_at(loaded: LoadedSpec, source: Source, line: int) -> str:
    """The layer, block or head that a line states a contract for."""
    expect, graph = loaded.spec.expect, loaded.graph
    if expect is None or expect.span.source.name != source.name:
        return ""
    for path, span in expect.key_spans.items():
        ends = _last_line(expect.value_spans[path])
        if span.line <= line <= ends and path in graph.names:
            whole = [*(block.path for block in graph.blocks), *(head.name for head in graph.heads)]
            return path if path in whole else graph.nodes[graph.names[path]].path
    return ""


def _holds(span: Span, source: Source, line: int) -> bool:
    return span.source.name == source.name and span.line <= line <= _last_line(span)


def _last_line(span: Span) -> int:
    """The last line of a span, which may end before the first character of the next line."""
    return span.end_line - (span.end_column == 1 and span.end_line > span.line)


def _line_before(old: Source, new: Source, line: int) -> int:
    """The line of the old text that a line of the new one was."""
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
