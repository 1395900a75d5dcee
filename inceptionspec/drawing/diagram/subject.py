"""What is drawn: a network, or two in one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from inceptionspec.drawing.diagram.options import Options
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph

if TYPE_CHECKING:
    from inceptionspec.drawing.diagram.view import View


class Comparison(NamedTuple):
    """Two networks that are drawn in one picture; colors say what differs."""

    old: LoadedSpec
    new: LoadedSpec


Drawn = Graph | Comparison


def view_of(drawn: Drawn, options: Options) -> View:
    """All of it, or the part that the options name.

    Raises:
        SpecError: E0806 or E0836 where there is no such part.
    """
    from inceptionspec.drawing.diagram.view import part, whole

    if isinstance(drawn, Comparison):
        from inceptionspec.drawing.diagram.comparison_view import comparison_view

        view = comparison_view(*drawn, training=options.training)
    else:
        view = whole(drawn)
    return view if options.only is None else part(view, options.only)
