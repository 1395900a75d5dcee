"""Graph to a diagram: DOT text, and what a layout engine makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inceptionspec.backends.diagram.boxes import Fold
from inceptionspec.backends.diagram.drawing import Drawing
from inceptionspec.backends.diagram.engine import svg, write

if TYPE_CHECKING:
    from inceptionspec.graph import Graph

__all__ = ["Fold", "dot_text", "draw", "draw_file"]


def draw(graph: Graph, *, engine: str = "auto", fold: Fold = "layers") -> str:
    """The diagram as SVG text.

    Args:
        engine: ``pure`` for graphviz-pure, ``system`` for an installed Graphviz, ``auto``
            for the first of the two that is there.
        fold: ``network`` draws one box for each outermost block, group and head,
            ``branches`` one for each run of layers inside them, ``layers`` every layer.

    Raises:
        SpecError: E0705 or E0706 for an engine.
    """
    return svg(dot_text(graph, fold), engine)


def draw_file(graph: Graph, file: str, *, engine: str = "auto", fold: Fold = "layers") -> str:
    """Write the diagram to a file that ends in ``.svg``, ``.png``, ``.pdf`` or ``.dot``.

    Returns:
        What a user should know of the engine; mostly nothing.

    Raises:
        SpecError: E0705 or E0706 for an engine, E0803 or E0804 for the file.
    """
    return write(dot_text(graph, fold), file, engine)


def dot_text(graph: Graph, fold: Fold = "layers") -> str:
    """The diagram in the DOT language."""
    return Drawing(graph, fold).source()
