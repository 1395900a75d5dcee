"""A summary as an HTML table for notebooks."""

from __future__ import annotations

import html
from collections.abc import Sequence

from inceptionspec.analysis.summary import Summary
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.summary.rows import layer_table
from inceptionspec.reports.table import cut

#: What a cell looks like; colors are those of the page around it, which suits any theme.
_LEFT, _RIGHT = "text-align: left", "text-align: right"


def html_table(report: Summary) -> str:
    """The table as an HTML fragment without colors or scripts."""
    table = layer_table(report)
    shown, note = cut(table.rows)
    styles = [_RIGHT if column.numeric else _LEFT for column in table.columns]
    head = _cells("th", [column.title for column in table.columns], styles)
    body = "".join(f"<tr>{_cells('td', row, styles)}</tr>" for row in shown)
    foot = "<br>".join(html.escape(sanitize(line)) for line in (*note, *table.foot))
    title = html.escape(sanitize(table.title))
    return (
        f"<p>{title}</p><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table><p>{foot}</p>"
    )


def _cells(tag: str, cells: Sequence[str], styles: Sequence[str]) -> str:
    return "".join(
        f'<{tag} style="{style}">{html.escape(sanitize(cell))}</{tag}>'
        for cell, style in zip(cells, styles, strict=True)
    )
