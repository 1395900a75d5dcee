"""A Table as Markdown, and a report as HTML for notebooks."""

from __future__ import annotations

import html
import re

from inceptionspec.outputs.inert import inert
from inceptionspec.outputs.rows import Table, cut, layer_table
from inceptionspec.report import Report

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


def html_table(report: Report) -> str:
    """The table as an HTML fragment without styles or scripts."""
    table = layer_table(report)
    shown, note = cut(table.rows)
    head = "".join(f"<th>{html.escape(column.title)}</th>" for column in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(inert(cell))}</td>" for cell in row) + "</tr>"
        for row in shown
    )
    foot = "<br>".join(html.escape(inert(line)) for line in (*note, *table.foot))
    title = html.escape(inert(table.title))
    return (
        f"<p>{title}</p><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table><p>{foot}</p>"
    )


def _escaped(text: str) -> str:
    # Sites make links of addresses that stand alone.
    return _ADDRESS.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", inert(text)))
