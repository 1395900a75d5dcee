"""Graph to a diagram: DOT text, and what a layout engine makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.drawing.diagram.engine import drawn as drawn_bytes
from inceptionspec.drawing.diagram.engine import svg, write
from inceptionspec.drawing.diagram.options import (
    DEFAULT,
    ByCost,
    ByKind,
    ByValues,
    Coloring,
    Direction,
    Fold,
    Options,
    ThemeName,
    collapses,
    fold_of,
)
from inceptionspec.drawing.diagram.sheet import PLAIN, Sheet
from inceptionspec.drawing.diagram.subject import Comparison, Drawn, view_of

if TYPE_CHECKING:
    from inceptionspec.drawing.diagram.header import Header
    from inceptionspec.drawing.diagram.scene import Scene

__all__ = [
    "ByCost",
    "ByKind",
    "ByValues",
    "Coloring",
    "Comparison",
    "Direction",
    "Fold",
    "Options",
    "ThemeName",
    "dot_text",
    "draw",
    "draw_bytes",
    "draw_file",
]


def draw(drawn: Drawn, options: Options = DEFAULT, *, engine: str = "auto") -> str:
    """The diagram of a network, or of two in one, as SVG text.

    Args:
        drawn: a network, or two.
        engine: ``pure`` for graphviz-pure, ``system`` for an installed Graphviz, ``auto``
            for the first of the two that is there.

    Raises:
        SpecError: E0705 or E0706 for an engine; E0805, E0806, E0830, E0831 or E0836 for an option.
    """
    return svg(dot_text(drawn, options), engine)


def draw_file(drawn: Drawn, file: str, options: Options = DEFAULT, *, engine: str = "auto") -> str:
    """Write the diagram to a file that ends in ``.svg``, ``.png``, ``.pdf``, ``.tex`` or ``.dot``.

    Returns:
        What a user should know of the engine; empty as a rule.

    Raises:
        SpecError: as ``draw`` does; E0803 or E0804 for the file.
    """
    notes: list[str] = []
    place = external(f"-o {file}")
    note = write(lambda suffix: _text(_picture(drawn, options), suffix, place, notes), file, engine)
    return "; ".join([*notes, note] if note else notes)


def draw_bytes(
    drawn: Drawn, suffix: str, options: Options = DEFAULT, *, engine: str = "auto"
) -> tuple[bytes, str]:
    """What ``draw_file`` writes to a file with a suffix, and what a user should know."""
    notes: list[str] = []
    place = external("-o -")
    content, note = drawn_bytes(
        lambda form: _text(_picture(drawn, options), form, place, notes), suffix, engine, place
    )
    return content, "; ".join([*notes, note] if note else notes)


def dot_text(drawn: Drawn, options: Options = DEFAULT, *, pixels: bool = False) -> str:
    """The diagram in the DOT language, with the place of everything.

    Args:
        pixels: whether the result has pixels, at a resolution that shows small letters.
    """
    return _picture(drawn, options).dot(pixels)


class _Picture(NamedTuple):
    """What is drawn, where on which sheet, and what a user should know of it."""

    scene: Scene
    header: Header
    sheet: Sheet
    note: str = ""

    def dot(self, pixels: bool) -> str:
        from inceptionspec.drawing.diagram.dot import to_dot

        return to_dot(self.scene, self.header, pixels, self.sheet)

    def tex(self, place: Span) -> str:
        from inceptionspec.drawing.diagram.tikz import to_tikz

        if not self.scene.placed:
            message = "only Graphviz finds places for layers that read across blocks"
            raise spec_error("E0831", message, place, "write svg or pdf")
        return to_tikz(self.scene, self.header, self.sheet)


_OWN_LAYOUT = (
    "layers read others by name across branches or blocks, so that Graphviz laid out the diagram"
)


def _text(picture: _Picture, suffix: str, place: Span, notes: list[str]) -> str:
    """The text that becomes a file with a suffix."""
    notes.extend([picture.note] if picture.note else [])
    if suffix == ".tex":
        return picture.tex(place)
    notes.extend([] if picture.scene.placed else [_OWN_LAYOUT])
    return picture.dot(suffix == ".png")


def _picture(drawn: Drawn, options: Options) -> _Picture:
    from inceptionspec.drawing.diagram.colors import layer_numbers
    from inceptionspec.drawing.diagram.header import header_of
    from inceptionspec.drawing.diagram.placing import scene_of
    from inceptionspec.drawing.diagram.repeats import collapsed

    view = view_of(drawn, options)
    values = None if isinstance(drawn, Comparison) else layer_numbers(options.coloring, drawn)
    apart = view.changes.apart if view.changes else ""
    note = f"each network is drawn by itself: {apart}" if apart else ""
    if options.page is not None:
        from inceptionspec.drawing.diagram.paper import fitted

        return _Picture(*fitted(view, options, values), note)
    fold = fold_of(view.graph, options)
    if collapses(options, fold):
        view = collapsed(view, outermost=fold == "network")
        # What is left of a network that is folded may be few layers.
        options = options if options.collapse_repeats else replace(options, fold=fold)
    scene = scene_of(view, options, values)
    if options.wrap > 1 and not scene.placed:
        message = f"`{view.name}` has no rows that could be wrapped"
        raise spec_error("E0831", message, f"--wrap {options.wrap}", "leave out `--wrap`")
    header = header_of(view, scene, title=options.title, legend=options.legend)
    return _Picture(scene, header, PLAIN, note)
