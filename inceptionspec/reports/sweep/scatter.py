"""The rows of a sweep to a scatter plot with the front."""

from __future__ import annotations

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.drawing.diagram.options import ThemeName
from inceptionspec.drawing.diagram.theme import THEMES
from inceptionspec.drawing.plot import refuse_plot
from inceptionspec.drawing.plot.scatter import Named, Scatter, draw_scatter
from inceptionspec.reports.summary.rows import CONVENTION_LINES
from inceptionspec.reports.sweep.quantities import (
    base_figure,
    headline,
    quantity_of,
    shown_figures,
    subtitles,
    varied,
)
from inceptionspec.sweep.records import Swept
from inceptionspec.utils.atomic_write import write_file


def write_scatter(swept: Swept, file: str, theme: ThemeName = "light") -> None:
    """Write the plot to a file that ends in ``.svg``, ``.png`` or ``.pdf``.

    Raises:
        SpecError: no variant has both figures (E0940), matplotlib is not installed (E0704), or
            the file cannot be written (E0803, E0804).
    """
    suffix, place = refuse_plot(file)
    write_file(file, scatter_picture(swept, suffix, theme, place), place)


def scatter_picture(swept: Swept, suffix: str, theme: ThemeName, place: Span) -> bytes:
    """The plot as a picture.

    Args:
        swept: the sweep.
        suffix: ``.svg``, ``.png`` or ``.pdf``.
        theme: its colors.
        place: what findings show.

    Raises:
        SpecError: no variant has both figures (E0940), or matplotlib is not installed (E0704).
    """
    return draw_scatter(scatter_of(swept, place), THEMES[theme], suffix)


def scatter_of(swept: Swept, place: Span) -> Scatter:
    """What is drawn of a sweep.

    Raises:
        SpecError: no variant has the figures of both axes (E0940).
    """
    across, upward, color = shown_figures(swept)

    points = []
    for variant in swept.variants:
        x, y = variant.figure(across), variant.figure(upward)
        if variant.is_row and x is not None and y is not None:
            points.append((x, y, None if color is None else variant.figure(color)))
    if not points:
        wanted = listed((across, upward))
        message = "there is nothing to draw: no variant has the figures of both axes"
        raise spec_error("E0940", message, place, f"the axes are {wanted}: choose others")
    names = varied(swept)
    front = []
    for variant in swept.front:
        x, y = variant.figure(across), variant.figure(upward)
        if x is not None and y is not None:
            z = None if color is None else variant.figure(color)
            values = ", ".join(variant.values[name] for name in names)
            front.append(Named(x, y, z, f"{variant.number}: {values}"))
    start = swept.bases[0]
    x, y = base_figure(start, across), base_figure(start, upward)
    base = None
    if x is not None and y is not None:
        z = None if color is None else base_figure(start, color)
        base = Named(x, y, z, start.name)
    return Scatter(
        title=headline(swept),
        notes=(*subtitles(swept), f"names: number of the variant, {', '.join(names)}"),
        x=quantity_of(across, swept.objectives),
        y=quantity_of(upward, swept.objectives),
        z=None if color is None else quantity_of(color, swept.objectives),
        points=points,
        front=sorted(front, key=lambda point: point.x),
        line=len(swept.objectives) == 2,
        base=base,
        foot=CONVENTION_LINES,
    )
