"""Findings to text, a line each: what editors and scripts know how to read."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.findings.wording import SHOWN, note_lines, rest_line
from inceptionspec.utils.ansi import Paint, plain


def concise(findings: Sequence[Diagnostic], notes: Sequence[str] = (), paint: Paint = plain) -> str:
    """``path:line:column: code message``, twenty lines at most."""
    lines = [_line(finding, paint) for finding in findings[:SHOWN]]
    lines += [*rest_line(findings), *note_lines(notes)]
    return "".join(f"{line}\n" for line in lines)


def _line(finding: Diagnostic, paint: Paint) -> str:
    span = finding.primary.span
    place = sanitize(span.source.name)
    if span.source.text is not None:
        place = f"{place}:{span.line}:{span.column}"
    code = paint(finding.code, finding.level)
    return f"{paint(place, 'place')}: {code} {sanitize(finding.message)}"
