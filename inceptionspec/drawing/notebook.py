"""A network as a notebook shows it: its diagram, and its table to fold out."""

from __future__ import annotations

import base64
import html

from inceptionspec.diagnostics.sanitize import sanitize


def html_view(diagrams: tuple[str, str] | None, table: str, name: str) -> str:
    """An HTML fragment without scripts; the table alone where there is no diagram.

    The diagram is an image, not a part of the notebook's document: its ids meet no others,
    and notebooks that are not trusted show it, too. Each has its own background, so that it is
    read on that of any notebook.

    Args:
        diagrams: SVG text for readers whose system is light, and for those whose is dark.
        table: the table as HTML.
        name: what the network calls itself.
    """
    if diagrams is None:
        return table
    light, dark = (
        f"data:image/svg+xml;base64,{base64.b64encode(svg.encode('utf-8')).decode('ascii')}"
        for svg in diagrams
    )
    name = html.escape(sanitize(name))
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img alt="Diagram of {name}" src="{light}" style="max-width: 100%; height: auto">'
        f"</picture><details><summary>Layers and costs of {name}</summary>{table}</details>"
    )
