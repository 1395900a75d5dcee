"""Graph to a diagram: DOT text, and what a layout engine makes of it."""

from __future__ import annotations

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
)
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph

__all__ = [
    "ByCost",
    "ByKind",
    "ByValues",
    "Coloring",
    "Direction",
    "Fold",
    "Options",
    "ThemeName",
    "difference_dot_text",
    "dot_text",
    "draw",
    "draw_difference",
    "draw_difference_file",
    "draw_file",
]


def draw(graph: Graph, options: Options = DEFAULT, *, engine: str = "auto") -> str:
    """The diagram as SVG text.

    Args:
        engine: ``pure`` for graphviz-pure, ``system`` for an installed Graphviz, ``auto``
            for the first of the two that is there.

    Raises:
        SpecError: E0705 or E0706 for an engine, E0805 or E0806 for an option.
    """
    return svg(dot_text(graph, options), engine)


def draw_file(graph: Graph, file: str, options: Options = DEFAULT, *, engine: str = "auto") -> str:
    """Write the diagram to a file that ends in ``.svg``, ``.png``, ``.pdf`` or ``.dot``.

    Returns:
        What a user should know of the engine; empty as a rule.

    Raises:
        SpecError: as ``draw`` does; E0803 or E0804 for the file.
    """
    return write(lambda suffix: dot_text(graph, options, pixels=suffix == ".png"), file, engine)


def dot_text(graph: Graph, options: Options = DEFAULT, *, pixels: bool = False) -> str:
    """The diagram in the DOT language, with the place of everything.

    Args:
        pixels: whether the result has pixels, at a resolution that shows small letters.
    """
    from inceptionspec.drawing.diagram.colors import layer_numbers
    from inceptionspec.drawing.diagram.dot import to_dot
    from inceptionspec.drawing.diagram.header import header_of
    from inceptionspec.drawing.diagram.repeats import collapsed
    from inceptionspec.drawing.diagram.scene import scene_of
    from inceptionspec.drawing.diagram.view import part, whole

    view = whole(graph) if options.only is None else part(graph, options.only)
    if options.collapse_repeats:
        view = collapsed(view)
    scene = scene_of(view, options, layer_numbers(options.coloring, graph))
    return to_dot(scene, header_of(view, scene), pixels)


def draw_difference(
    old: LoadedSpec, new: LoadedSpec, options: Options = DEFAULT, *, engine: str = "auto"
) -> str:
    """One diagram of two networks as SVG text: what was added, removed and changed."""
    return svg(difference_dot_text(old, new, options), engine)


def draw_difference_file(
    old: LoadedSpec, new: LoadedSpec, file: str, options: Options = DEFAULT, *, engine: str = "auto"
) -> str:
    """One diagram of two networks in a file, as ``draw_file`` writes it."""

    def text(suffix: str) -> str:
        return difference_dot_text(old, new, options, pixels=suffix == ".png")

    return write(text, file, engine)


def difference_dot_text(
    old: LoadedSpec, new: LoadedSpec, options: Options = DEFAULT, *, pixels: bool = False
) -> str:
    """One diagram of two networks in the DOT language.

    Of the options, fold level, direction and theme count: colors mean what is different.
    """
    from inceptionspec.drawing.diagram.comparison_view import comparison_view
    from inceptionspec.drawing.diagram.dot import to_dot
    from inceptionspec.drawing.diagram.header import header_of
    from inceptionspec.drawing.diagram.scene import scene_of

    view, changes = comparison_view(old, new)
    scene = scene_of(view, options, None, changes)
    return to_dot(scene, header_of(view, scene), pixels)
