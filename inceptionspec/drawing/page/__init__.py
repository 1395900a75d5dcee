"""Graph to an interactive page: one HTML file that works offline and from ``file://``.

The page computes its own layout from how blocks and branches nest, so that
folding a block in place restacks what is there. Python makes two things:

``payload(network) -> dict``
    What is shown, as plain data for JSON (``inceptionspec.page/1``):
    ``name``, ``source``, ``doc``, ``input``, ``digests``, ``totals``, ``convention``;
    ``layers``, a record each in the order of the graph; ``attributes``, the settled
    attributes that layers name by number; ``trunk`` and ``heads``, how layers nest: a
    number is a layer, ``{"path", "name", "kind", "subtitle", "items"}`` a frame that folds,
    ``{"branches", "merge"}`` branches side by side; ``colors`` by theme.

    A caller may add more keys. ``start`` is the state in which a page opens, looked at once,
    and ``values`` a further figure to color by: ``opening(network, options, theme)`` makes
    both, so that ``payload(network) | opening(network, options)`` is the whole.
    ``findings``, made by ``findings_data``, is a list that is shown in a panel over the
    diagram; one with a ``path`` marks that layer. ``difference`` is
    ``{"against": words, "params": n, "macs": n, "peak": n}``, shown next to the totals; a
    figure may be None or missing.

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

from inceptionspec.diagnostics.source import external
from inceptionspec.drawing.diagram.options import DEFAULT, Options, ThemeName
from inceptionspec.drawing.page.assembly import page_text, write_page
from inceptionspec.drawing.page.finding_data import findings_data, place_key
from inceptionspec.drawing.page.network_data import payload
from inceptionspec.drawing.page.opening import notes, opening
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.utils.atomic_write import check_writable

__all__ = [
    "draw_page",
    "findings_data",
    "notes",
    "opening",
    "page_text",
    "payload",
    "place_key",
    "write_page",
]


def draw_page(
    loaded: LoadedSpec,
    file: str,
    options: Options = DEFAULT,
    *,
    engine: str = "auto",
    theme: ThemeName | None = None,
) -> str:
    """Write the page of a network to a file that ends in ``.html``.

    Args:
        options: what the page shows first, see ``opening``.
        engine: a page needs none; a note says so if one is given.
        theme: ``light`` or ``dark``; None for what the reader's system prefers.

    Returns:
        What a user should know; empty as a rule.

    Raises:
        SpecError: E0803 where the file cannot be written, and what ``opening`` raises.
    """
    check_writable(file, external(f"-o {file}"))
    write_page(payload(loaded) | opening(loaded, options, theme), file)
    return "; ".join(notes(options, engine))
