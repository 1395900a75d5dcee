"""A network as a notebook shows it: its diagram, and its table to fold out."""

from __future__ import annotations

import base64
import html

from inceptionspec.diagnostics.sanitize import sanitize


def html_view(diagram: str | None, table: str, name: str) -> str:
    """An HTML fragment without scripts; the table alone where there is no diagram.

    The diagram is an image, not a part of the notebook's document: its ids meet no others,
    and notebooks that are not trusted show it, too.

    Args:
        diagram: SVG text.
        table: the table as HTML.
        name: what the network calls itself.
    """
    if diagram is None:
        return table
    data = base64.b64encode(diagram.encode("utf-8")).decode("ascii")
    name = html.escape(sanitize(name))
    return (
        f'<img alt="Diagram of {name}" src="data:image/svg+xml;base64,{data}" '
        'style="max-width: 100%; height: auto">'
        f"<details><summary>Layers and costs of {name}</summary>{table}</details>"
    )
