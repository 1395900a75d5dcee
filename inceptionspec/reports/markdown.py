"""A Table as Markdown."""

from __future__ import annotations

import re

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.table import Table, cut

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")
_ADDRESS = re.compile(r"(:|\bwww)(//|\.)", re.IGNORECASE)


def to_markdown(table: Table) -> str:
    """A table that renders on the usual sites; all of a user's text is escaped."""
    shown, note = cut(table.rows)
    lines = [f"**{_escaped(table.title)}**", ""] if table.title else []
    lines.append("| " + " | ".join(column.title for column in table.columns) + " |")
    lines.append("|" + "|".join("---:" if c.numeric else "---" for c in table.columns) + "|")
    lines += ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in shown]
    lines += ["", *(f"{_escaped(line)}  " for line in (*note, *table.foot))]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    # Sites make links of addresses that stand alone.
    return _ADDRESS.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", sanitize(text)))
