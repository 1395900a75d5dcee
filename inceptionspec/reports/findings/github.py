"""Findings to workflow commands, which GitHub shows as annotations of a change."""

from __future__ import annotations

import re
from collections.abc import Sequence

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.sanitize import sanitize

# GitHub reads ends of lines in a file's name from their escapes; all else is sanitized.
_LINE = re.compile(r"[^\r\n]+")


def github(findings: Sequence[Diagnostic], notes: Sequence[str] = (), complete: bool = True) -> str:
    """All findings, a command each; notes as notices. Nothing in them ends a command early.

    That a check is not ``complete`` is one of its notes.
    """
    lines = [_command(finding) for finding in findings]
    lines += [f"::notice::{_data(sanitize(note))}" for note in notes]
    return "".join(f"{line}\n" for line in lines)


def _command(finding: Diagnostic) -> str:
    span = finding.primary.span
    words = [sanitize(finding.message)]
    properties: list[tuple[str, str | int]] = []
    if span.source.text is None:
        words[0] = f"{sanitize(span.source.name)}: {words[0]}"
    else:
        file = _LINE.sub(lambda found: sanitize(found[0]), span.source.name)
        properties += [("file", file), ("line", span.line), ("col", span.column)]
        if span.end_line == span.line:  # columns of two lines would be left out together
            properties.append(("endColumn", span.end_column))
    properties.append(("title", finding.code))
    words += [f"help: {sanitize(text)}" for text in finding.helps]
    words += [f"note: {sanitize(text)}" for text in finding.notes]
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties)
    return f"::{finding.level} {given}::{_data(chr(10).join(words))}"


def _data(text: str) -> str:
    """What the message of a command may hold."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """What the value of a property may hold."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
