"""The header as a table in the engine's markup, where the engine finds all places itself."""

from __future__ import annotations

from html import escape

from inceptionspec.drawing.diagram.header import Header
from inceptionspec.drawing.diagram.theme import Theme, text_on


def header_table(header: Header, theme: Theme, small: float) -> str:
    """Title and legend as the label of a graph: a row for each line, and one of swatches."""
    rows = [
        f'<tr><td align="left"><font point-size="{size:g}">{escape(line)}</font></td></tr>'
        for text, size in header.texts
        for line in text.lines
    ]
    cells = "".join(
        f'<td bgcolor="{fill}" border="1" color="{theme.line}" cellpadding="3">'
        f'<font point-size="{small:g}" color="{text_on(fill, theme)}">{escape(word) or " "}</font>'
        "</td>"
        for word, _, fill in header.swatches
    )
    if cells:
        table = f'<table border="0" cellspacing="4"><tr>{cells}</tr></table>'
        rows.append(f'<tr><td align="left">{table}</td></tr>')
    return f'<<table border="0" cellspacing="0" cellpadding="2">{"".join(rows)}</table>>'
