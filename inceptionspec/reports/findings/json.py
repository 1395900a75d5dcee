"""Findings to JSON, all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label


def to_json(
    findings: Sequence[Diagnostic], notes: Sequence[str] = (), complete: bool = True
) -> str:
    """All findings as `inceptionspec.findings/1`, keys sorted.

    Args:
        complete: whether nothing else can be wrong: the check did not stop on its way.
    """
    import json  # only where this format is asked for

    document = {
        "schema": "inceptionspec.findings/1",
        "findings": [_data(finding) for finding in findings],
        "notes": list(notes),
        "complete": complete,
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


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
