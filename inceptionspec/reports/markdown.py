"""A Table as Markdown."""

from __future__ import annotations

import re

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.table import Table, cut

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@-])")
# Sites turn bare addresses into links: those with `://`, `www.`, or `evil.com`.
_ADDRESS = re.compile(r"(:)(?=//)|(?<=\w)(\.)(?=[^\W\d])")
# They turn `@name`, `me@evil.com`, `#1` and `GH-1` into links even where they are escaped. A
# word joiner takes no room, and no name begins with it.
_REFERENCE = re.compile(r"\\@|\\#(?=\d)|\bGH(?=\\-\d)", re.IGNORECASE)
_JOINER = "&#8288;"


def to_markdown(table: Table) -> str:
    """A table that renders on the usual sites; text of users is escaped."""
    shown, note = cut(table.rows)
    lines = [f"**{_escaped(table.title)}**", ""] if table.title else []
    lines.append("| " + " | ".join(column.title for column in table.columns) + " |")
    lines.append("|" + "|".join("---:" if c.numeric else "---" for c in table.columns) + "|")
    lines += ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in shown]
    lines += ["", *(f"{_escaped(line)}  " for line in (*note, *table.foot))]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    escaped = _MARKUP.sub(r"\\\1", sanitize(text))
    escaped = _ADDRESS.sub(lambda found: f"\\{found[0]}", escaped)
    return _REFERENCE.sub(lambda found: f"{found[0]}{_JOINER}", escaped)
