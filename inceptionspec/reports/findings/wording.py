"""Words that the text formats of findings share: what is left out, notes, counts."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.sanitize import sanitize

#: Text formats stop here and count the rest.
SHOWN = 20


def rest_line(findings: Sequence[Diagnostic]) -> tuple[str, ...]:
    """The line that counts the findings which a text leaves out, if there are any."""
    left = len(findings) - SHOWN
    return (f"... and {left} more; `--format json` shows all of them",) if left > 0 else ()


def note_lines(notes: Sequence[str]) -> tuple[str, ...]:
    """Notes about the whole, a line each."""
    return tuple(f"note: {sanitize(note)}" for note in notes)


def count_line(findings: Sequence[Diagnostic]) -> str:
    """How many errors and warnings there are, in words."""
    errors = sum(finding.level == "error" for finding in findings)
    counts = [(errors, "error"), (len(findings) - errors, "warning")]
    words = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts if n]
    return " and ".join(words)
