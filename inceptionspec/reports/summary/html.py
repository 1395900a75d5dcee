"""A summary as an HTML table for notebooks."""

from __future__ import annotations

import html

from inceptionspec.analysis.summary import Summary
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.summary.rows import layer_table
from inceptionspec.reports.table import cut


def html_table(report: Summary) -> str:
    """The table as an HTML fragment without styles or scripts."""
    table = layer_table(report)
    shown, note = cut(table.rows)
    head = "".join(f"<th>{html.escape(column.title)}</th>" for column in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(sanitize(cell))}</td>" for cell in row) + "</tr>"
        for row in shown
    )
    foot = "<br>".join(html.escape(sanitize(line)) for line in (*note, *table.foot))
    title = html.escape(sanitize(table.title))
    return (
        f"<p>{title}</p><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table><p>{foot}</p>"
    )
