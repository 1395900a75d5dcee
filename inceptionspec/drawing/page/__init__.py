"""Graph to an interactive page: one HTML file that works offline and from ``file://``.

The page computes its own layout from how blocks and branches nest, so that
folding a block in place restacks what is there. Python makes two things:

``payload(network) -> dict``
    What is shown, as plain data for JSON (``inceptionspec.page/1``):
    ``name``, ``source``, ``doc``, ``input``, ``digests``, ``totals``, ``convention``;
    ``layers``, a record each in the order of the graph; ``attributes``, the settled
    attributes that layers name by number, and ``weights``, names and shapes, likewise;
    ``trunk`` and ``heads``, how layers nest: a number is a layer,
    ``{"path", "name", "kind", "subtitle", "items"}`` a frame that folds,
    ``{"branches", "merge"}`` branches side by side, each with ``name``, ``path``, ``items``;
    ``named``, whether entries read others by name, which are not next to them then; ``colors``
    by theme. ``comparison_payload(pair, view)`` is the same for two networks, see there.

    A caller may add more keys. ``start`` is the state in which a page opens, looked at once,
    and ``values`` a further figure to color by: ``opening(view, options, theme)`` makes
    both, and ``page_data(network, options, theme)`` the whole.
    ``findings``, made by ``findings_data``, is a list that is shown in a panel over the
    diagram; one with a ``path`` marks that layer. ``difference`` is
    ``{"against": words, "params": n, "macs": n, "peak": n}``, shown next to the totals; a
    figure may be None or missing; ``removed`` counts layers that are gone. ``changed`` has,
    by path, what is new in a layer, which is marked.

``page_text(payload) -> str``
    The whole file; ``write_page(payload, file)`` writes it. ``scripts`` are further scripts,
    run after the page's own; they are hashed into the content security policy like those.
    ``connect=True`` lets them reach the server that the page came from.

In the page one function shows a payload, and may be called again at any time:

``specPage.show(payload)``
    Zoom, folds, selection, coloring, theme, search and the table's order stay; what no
    longer exists is forgotten, and new blocks open as the level of detail has it. A payload
    without ``layers`` keeps the last picture and shows its ``findings`` over it, an empty
    list takes them away. ``specPage.status(text)`` shows a word in the corner, such as
    ``connection lost``; an empty text takes it away.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from inceptionspec.diagnostics.source import external
from inceptionspec.drawing.diagram.options import DEFAULT, Options, ThemeName
from inceptionspec.drawing.diagram.subject import Comparison, view_of
from inceptionspec.drawing.page.assembly import page_text, write_page
from inceptionspec.drawing.page.comparison_data import comparison_payload
from inceptionspec.drawing.page.finding_data import findings_data, place_key, source_text
from inceptionspec.drawing.page.network_data import payload
from inceptionspec.drawing.page.opening import notes, opening
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.utils.atomic_write import check_writable

__all__ = [
    "draw_page",
    "findings_data",
    "notes",
    "page_data",
    "page_text",
    "payload",
    "place_key",
    "source_text",
    "write_page",
]


def draw_page(
    drawn: LoadedSpec | Comparison,
    file: str,
    options: Options = DEFAULT,
    *,
    engine: str = "auto",
    theme: ThemeName | None = None,
) -> str:
    """Write the page of a network, or of two in one, to a file that ends in ``.html``.

    Args:
        drawn: a network, or two.
        options: what the page shows first, see ``opening``.
        engine: a page needs none; a note says so if one is given.
        theme: ``light`` or ``dark``; None for what the reader's system prefers.

    Returns:
        What a user should know; empty as a rule.

    Raises:
        SpecError: E0803 where the file cannot be written, and what ``page_data`` raises.
    """
    check_writable(file, external(f"-o {file}"))
    write_page(page_data(drawn, options, theme), file)
    return "; ".join(notes(options, engine))


def page_data(
    drawn: LoadedSpec | Comparison, options: Options = DEFAULT, theme: ThemeName | None = None
) -> dict[str, Any]:
    """All that a page shows, of two networks what is different first.

    Raises:
        SpecError: E0835 where two networks cannot be shown as one, and what ``opening`` raises.
    """
    graphs = drawn if isinstance(drawn, Comparison) else drawn.graph
    view = view_of(graphs, replace(options, only=None))
    start = opening(view, options, theme)
    if not isinstance(drawn, Comparison):
        return payload(drawn) | start
    start["start"]["color_by"] = "difference"
    return comparison_payload(drawn, view) | start
