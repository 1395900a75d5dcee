"""Findings as the plain data that a page shows over its last good picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from inceptionspec.diagnostics.sanitize import sanitize

if TYPE_CHECKING:
    from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
    from inceptionspec.diagnostics.source import Span

Data = dict[str, Any]


def findings_data(findings: Iterable[Diagnostic], paths: Mapping[str, str] = {}) -> list[Data]:
    """Findings as a page shows them, over the last picture that was good.

    Args:
        paths: the path of the layer that each place belongs to, by ``place_key``; the
            layers of findings that are in it are marked.
    """
    return [
        {
            "code": finding.code,
            "level": finding.level,
            "message": sanitize(finding.message),
            "place": place_text(finding.primary.span),
            "label": sanitize(finding.primary.text),
            "labels": [_label(label) for label in finding.labels],
            "helps": [sanitize(text) for text in finding.helps],
            "notes": [sanitize(text) for text in finding.notes],
            **({"path": found} if (found := paths.get(place_key(finding.primary.span))) else {}),
        }
        for finding in findings
    ]


def place_key(span: Span) -> str:
    """A place as ``findings_data`` looks it up: file and line."""
    return f"{span.source.name}:{span.line}"


def _label(label: Label) -> Data:
    return {"place": place_text(label.span), "text": sanitize(label.text)}


def place_text(span: Span) -> str:
    """File and line as editors open them; the name alone of what is no file, all inert."""
    name = source_text(span.source.name)
    return name if span.source.text is None else f"{name}:{span.line}"


def source_text(name: str) -> str:
    """The name of a source; of an absolute path its end alone, since a page is given away."""
    path = PurePath(name)
    return sanitize(path.name if path.is_absolute() else name)
