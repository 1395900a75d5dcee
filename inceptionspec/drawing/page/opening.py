"""The state in which a page opens, from what was asked of a diagram."""

from __future__ import annotations

from typing import Any

from inceptionspec.diagnostics.diagnostic import Label, spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external
from inceptionspec.drawing.diagram.colors import layer_numbers
from inceptionspec.drawing.diagram.options import ByCost, ByValues, Options, ThemeName
from inceptionspec.drawing.diagram.view import View, part


def opening(view: View, options: Options, theme: ThemeName | None = None) -> dict[str, Any]:
    """The keys ``start`` and ``values`` of a payload; a reader changes all that they set.

    Args:
        view: all that the page shows.
        options: ``fold``, ``direction`` and ``coloring`` are what the page shows first;
            ``only`` is opened, marked and in view. ``theme`` and ``collapse_repeats`` are
            not looked at.
        theme: ``light`` or ``dark``; None for what the reader's system prefers.

    Raises:
        SpecError: E0805 for the theme ``print``, a size of paper, or a heat map of figures that are
            open; E0806 where ``only`` names nothing that is drawn.
    """
    _refuse(view, options, theme)
    data: dict[str, Any] = {
        "start": {
            "fold": options.fold or "",
            "direction": options.direction or "TB",
            "theme": theme or "",
            "color_by": "kind",
            "only": options.only or "",
        }
    }
    if isinstance(options.coloring, ByCost):
        data["start"]["color_by"] = options.coloring.measure
    if isinstance(options.coloring, ByValues):
        values = options.coloring.values
        data["start"]["color_by"] = "values"
        data["values"] = {"unit": sanitize(values.unit), "layers": dict(values.layers)}
        if values.weights is not None:
            data["values"]["weights"] = dict(values.weights)
    return data


def notes(options: Options, engine: str = "auto") -> tuple[str, ...]:
    """Notes on the options that have no effect on a page."""
    notes = []
    if engine != "auto":
        notes.append(f"a page lays itself out: `--engine {engine}` has no effect")
    if options.collapse_repeats:
        notes.append("a page draws every repeated block, in a frame that folds")
    return tuple(notes)


def _refuse(view: View, options: Options, theme: ThemeName | None) -> None:
    if theme == "print":
        message = "a page has no theme `print`"
        helps = (
            "leave it out: whatever its theme, a page prints dark on white",
            "themes of a page are `light` and `dark`",
        )
        place = Label(external("--theme print"))
        raise spec_error("E0805", message, place, *helps)
    if options.page is not None:
        message = "`--page` is the size of a picture"
        place = Label(external(f"--page {options.page}"))
        raise spec_error("E0805", message, place, "write svg, png, pdf or tex")
    layer_numbers(options.coloring, view.graph)
    if options.only is not None:
        part(view, options.only)
