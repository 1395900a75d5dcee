"""A summary as an HTML table for notebooks."""

from __future__ import annotations

import html
from collections.abc import Sequence

from inceptionspec.analysis.summary import Summary
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.summary.rows import layer_table
from inceptionspec.reports.table import cut


def html_table(report: Summary) -> str:
    """The table as an HTML fragment without attributes or scripts.

    Notebooks have a style for tables, which suits their theme.
    """
    table = layer_table(report)
    shown, note = cut(table.rows)
    head = _cells("th", [column.title for column in table.columns])
    body = "".join(f"<tr>{_cells('td', row)}</tr>" for row in shown)
    foot = "<br>".join(html.escape(sanitize(line)) for line in (*note, *table.foot))
    title = html.escape(sanitize(table.title))
    return (
        f"<p>{title}</p><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table><p>{foot}</p>"
    )


def _cells(tag: str, cells: Sequence[str]) -> str:
    return "".join(f"<{tag}>{html.escape(sanitize(cell))}</{tag}>" for cell in cells)
