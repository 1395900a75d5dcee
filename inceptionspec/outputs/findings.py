"""Findings to text with the lines they speak of, and to JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inceptionspec.diagnostics import Diagnostic, Label
from inceptionspec.outputs.inert import inert, inert_line
from inceptionspec.source import Source, Span

#: Text formats stop here and count the rest.
SHOWN = 20
_WIDEST = 160

Paint = Callable[[str, str], str]
_STYLES = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "place": "\x1b[1;34m", "bold": "\x1b[1m"}


def plain(text: str, style: str) -> str:
    """Text without colour."""
    return text


def coloured(text: str, style: str) -> str:
    """Text in a terminal's colour for a role."""
    return f"{_STYLES[style]}{text}\x1b[0m"


def full(findings: Sequence[Diagnostic], paint: Paint = plain, notes: Sequence[str] = ()) -> str:
    """Findings with the lines of the spec, carets and helps, twenty at most."""
    shown = findings[:SHOWN]
    parts = [_full(finding, paint) for finding in shown]
    if len(findings) > len(shown):
        parts.append(
            f"... and {len(findings) - len(shown)} more; `--format json` shows all of them\n"
        )
    parts += [f"note: {inert(note)}\n" for note in notes]
    return "\n".join(parts)


def to_json(findings: Sequence[Diagnostic], notes: Sequence[str] = ()) -> str:
    """All findings as `inceptionspec.findings/1`, keys sorted."""
    document = {
        "schema": "inceptionspec.findings/1",
        "findings": [_data(finding) for finding in findings],
        "notes": list(notes),
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


FORMATS: Mapping[str, str] = {
    "full": "the lines of the spec with carets and helps",
    "json": "inceptionspec.findings/1",
}


def count_line(findings: Sequence[Diagnostic]) -> str:
    """How many errors and warnings there are, in words."""
    errors = sum(finding.level == "error" for finding in findings)
    counts = [(errors, "error"), (len(findings) - errors, "warning")]
    words = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts if n]
    return " and ".join(words)


def _data(finding: Diagnostic) -> dict[str, Any]:
    return {
        "code": finding.code,
        "level": finding.level,
        "message": finding.message,
        "primary": _label_data(finding.primary),
        "labels": [_label_data(label) for label in finding.labels],
        "helps": list(finding.helps),
        "notes": list(finding.notes),
    }


def _label_data(label: Label) -> dict[str, Any]:
    span = label.span
    place: dict[str, Any] = {"place": span.source.name, "text": label.text}
    if span.source.text is not None:
        place |= {
            "line": span.line,
            "column": span.column,
            "end_line": span.end_line,
            "end_column": span.end_column,
        }
    return place


def _full(finding: Diagnostic, paint: Paint) -> str:
    head = paint(f"{finding.level}[{finding.code}]", finding.level)
    lines = [f"{head}: {paint(inert(finding.message), 'bold')}"]
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
    lines += [f"{edge} {paint('=', 'place')} {inert(text)}" for text in tail]
    return "\n".join(lines) + "\n"


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
    name = inert(source.name)
    if source.text is None:
        said = f"  {inert(labels[0].text)}" if labels[0].text else ""
        return [f"{edge}{arrow} {name}{said}"]
    at = labels[0].span
    bar = paint("|", "place")
    lines = [f"{edge}{arrow} {name}:{at.line}:{at.column}", f"{edge} {bar}"]
    rows: dict[int, list[Label]] = {}
    for label in sorted(labels, key=lambda one: (one.span.line, one.span.column)):
        rows.setdefault(label.span.line, []).append(label)
    previous: int | None = None
    for number, row in rows.items():
        if previous is not None and number > previous + 1:
            lines.append(paint("...", "place"))
        shown = inert_line(source.line(number))
        start = _shift(shown, row[0].span)
        cut = shown[start : start + _WIDEST]
        dots = "..." if len(shown) > start + _WIDEST else ""
        lead = "..." if start else ""
        number_text = paint(str(number).rjust(gutter), "place")
        lines.append(f"{number_text} {bar} {lead}{cut}{dots}".rstrip())
        for label in row:
            mark = "^" if label is primary else "-"
            column = label.span.column - 1 - start + len(lead)
            width = _width(label.span, shown)
            style = "error" if mark == "^" else "place"
            said = f" {inert(label.text)}" if label.text else ""
            lines.append(f"{edge} {bar} {' ' * column}{paint(mark * width + said, style)}")
        previous = number
    return lines


def _shift(shown: str, span: Span) -> int:
    """How many characters of a very long line are left out before the place."""
    return 0 if len(shown) <= _WIDEST or span.column < _WIDEST - 20 else span.column - 40


def _width(span: Span, shown: str) -> int:
    """How many carets a span takes on its first line."""
    if span.end_line != span.line:
        return max(1, min(len(shown.rstrip()) - span.column + 1, _WIDEST))
    return max(1, min(span.end_column - span.column, _WIDEST))
