"""Findings to text with the lines of the spec, carets and helps."""

from __future__ import annotations

import re
from collections.abc import Sequence

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.sanitize import sanitize, sanitize_line
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.reports.findings.wording import SHOWN, note_lines, rest_line
from inceptionspec.utils.ansi import Paint, plain

_WIDEST = 160
#: Characters of a help or a note in one line.
_TAIL = 92
# In place of a space at which no line may end; sanitized text never holds it.
_NO_BREAK = "\0"


def full(findings: Sequence[Diagnostic], notes: Sequence[str] = (), paint: Paint = plain) -> str:
    """Findings with the lines of the spec, carets and helps, twenty at most."""
    parts = [_full(finding, paint) for finding in findings[:SHOWN]]
    parts += [f"{line}\n" for line in (*rest_line(findings), *note_lines(notes))]
    return "\n".join(parts)


def _full(finding: Diagnostic, paint: Paint) -> str:
    head = paint(f"{finding.level}[{finding.code}]", finding.level)
    lines = [f"{head}: {paint(sanitize(finding.message), 'bold')}"]
    labels = [finding.primary, *dict.fromkeys(finding.labels)]
    quoted = [label for label in labels if label.span.source.text is not None]
    gutter = max((len(str(label.span.line)) for label in quoted), default=2)
    for number, group in enumerate(_by_source(labels)):
        lines += _snippet(group, gutter, first=number == 0, primary=finding.primary, paint=paint)
    tail = [f"help: {text}" for text in finding.helps]
    tail += [f"note: {text}" for text in finding.notes]
    edge = " " * gutter
    if tail and quoted:
        lines.append(f"{edge} {paint('|', 'place')}")
    for text in tail:
        first, *rest = _wrapped(sanitize(text))
        lines.append(f"{edge} {paint('=', 'place')} {first}")
        lines += [f"{edge}         {line}" for line in rest]
    return "\n".join(lines) + "\n"


def _wrapped(text: str) -> list[str]:
    """A help or a note as lines; none ends inside backticks."""
    import textwrap  # only where there are findings

    joined = re.sub("`[^`]*`", lambda match: match[0].replace(" ", _NO_BREAK), text)
    lines = textwrap.wrap(joined, _TAIL, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_NO_BREAK, " ") for line in lines or [""]]


def _by_source(labels: Sequence[Label]) -> list[list[Label]]:
    groups: dict[Source, list[Label]] = {}
    for label in labels:
        groups.setdefault(label.span.source, []).append(label)
    return list(groups.values())


def _snippet(
    labels: Sequence[Label], gutter: int, *, first: bool, primary: Label, paint: Paint
) -> list[str]:
    """The place of the first label, then each line that has labels, in file order."""
    source = labels[0].span.source
    edge = " " * gutter
    arrow = paint("-->" if first else ":::", "place")
    name = sanitize(source.name)
    if source.text is None:
        text = f"  {sanitize(labels[0].text)}" if labels[0].text else ""
        return [f"{edge}{arrow} {name}{text}"]
    at = labels[0].span
    bar = paint("|", "place")
    lines = [f"{edge}{arrow} {name}:{at.line}:{at.column}", f"{edge} {bar}"]
    rows: dict[int, list[Label]] = {}
    for label in sorted(labels, key=lambda label: (label.span.line, label.span.column)):
        rows.setdefault(label.span.line, []).append(label)
    previous: int | None = None
    for number, row in rows.items():
        if previous is not None and number > previous + 1:
            lines.append(paint("...", "place"))
        waiting: Sequence[Label] = row
        while waiting:  # once, but for places that are far apart in a very long line
            shown, waiting = _excerpt(waiting, gutter, primary=primary, paint=paint)
            lines += shown
        previous = number
    return lines


def _excerpt(
    row: Sequence[Label], gutter: int, *, primary: Label, paint: Paint
) -> tuple[list[str], Sequence[Label]]:
    """A line from its first label on, with carets, and the labels beyond what is shown of it."""
    first = row[0].span
    line = first.source.line(first.line)
    start = _shift(line, first)
    # Cut first: a line may be a megabyte long, and become six times as long.
    cut = line[start : start + _WIDEST]
    dots = "..." if len(line) > start + _WIDEST else ""
    lead = "..." if start else ""
    bar = paint("|", "place")
    number = paint(str(first.line).rjust(gutter), "place")
    lines = [f"{number} {bar} {lead}{sanitize_line(cut)}{dots}".rstrip()]
    end = max(start + len(cut) + 1, first.column)
    for label in (visible for visible in row if visible.span.column <= end):
        mark = "^" if label is primary else "-"
        offset = max(label.span.column - 1 - start, 0)
        column = len(sanitize_line(cut[:offset])) + max(offset - len(cut), 0) + len(lead)
        width = _width(label.span, cut, offset)
        style = "error" if mark == "^" else "place"
        text = f" {sanitize(label.text)}" if label.text else ""
        lines.append(f"{' ' * gutter} {bar} {' ' * column}{paint(mark * width + text, style)}")
    return lines, [label for label in row if label.span.column > end]


def _shift(line: str, span: Span) -> int:
    """How many characters of a very long line are left out before the place."""
    return 0 if len(line) <= _WIDEST or span.column < _WIDEST - 20 else span.column - 40


def _width(span: Span, cut: str, offset: int) -> int:
    """How many carets a span takes on its first line, of which ``cut`` is shown."""
    last = len(cut.rstrip())
    if span.end_line == span.line:
        last = offset + min(span.end_column - span.column, _WIDEST)
    return max(1, len(sanitize_line(cut[offset:last])) + max(last - max(offset, len(cut)), 0))
