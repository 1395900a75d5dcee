"""Which layer or block of the last good picture each finding belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.drawing.page import place_key
from inceptionspec.frontend.expansion.patterns import is_pattern, matching
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.document import Map
from inceptionspec.ir.graph import Graph

_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([^\s"'#{][^#]*?))\s*:(?:\s|$)""")
"""A line that begins with a key, with or without quotes."""


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
        known = before.line(line) == span.source.line(span.line)
        named = _named_at(loaded.graph, span.source, span.line)
        path = (
            ("" if known else named)
            or _written_at(loaded, before, line)
            or (_overridden_at(loaded, before, line) if known else "")
            or _contracted_at(loaded, before, line)
            or named
        )
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


def _overridden_at(loaded: LoadedSpec, source: Source, line: int) -> str:
    """The first layer or block that a line under `override` changes."""
    for document in loaded.spec.files:
        changes = document.get("override")
        if document.span.source.name != source.name or not isinstance(changes, Map):
            continue
        for key, span in changes.key_spans.items():
            if span.line <= line <= _last_line(changes.value_spans[key]):
                return _changed_by(loaded, key)
    return ""


def _changed_by(loaded: LoadedSpec, key: str) -> str:
    """The first path that a key under `override` changes; of what it removes, what it read."""
    graph, spec = loaded.graph, loaded.spec
    if key.startswith("blocks."):
        definition, _, inside = key.removeprefix("blocks.").partition("/")
        calls = [block.path for block in graph.blocks if block.definition == definition]
        deep = [f"{path}/{inside}" for path in calls if inside]
        return next((path for path in (*deep, *calls) if path in graph.names), "")
    matched = [path for one in spec.patterns if one.key == key for path in one.paths]
    gone = [spec.removed[path].instead for path in (key, *matched) if path in spec.removed]
    return next((path for path in (key, *matched, *gone) if path in graph.names), "")


def _named_at(graph: Graph, source: Source, line: int) -> str:
    """The first path that the keys at a line and around it name or match, the innermost first.

    It is for lines that the last good text did not have.
    """
    inner = len(source.line(line)) + 1
    for number in range(line, 0, -1):
        text = source.line(number)
        indent = len(text) - len(text.lstrip())
        if not text.strip() or indent >= inner:
            continue
        inner = indent
        found = _KEY.match(text)
        key = next((one for one in found.groups() if one), "") if found else ""
        paths = matching(key, graph.names) if is_pattern(key) else [key]
        path = next((one for one in paths if one in graph.names), "")
        if path or not indent:
            return path
    return ""


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
