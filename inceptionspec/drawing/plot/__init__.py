"""A Summary to a picture of what a network costs, drawn by matplotlib on request."""

from __future__ import annotations

import os

from inceptionspec.analysis.summary import Summary
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.drawing.plot.saving import SUFFIXES, own_settings, saved
from inceptionspec.drawing.plot.series import series
from inceptionspec.utils.atomic_write import check_writable, write_file

__all__ = ["SUFFIXES", "plot_file", "refuse_plot"]


def plot_file(report: Summary, file: str) -> None:
    """Write bars of MACs and parameters by part, and memory along the network.

    Args:
        report: a network with a known input size.
        file: ends in ``.svg``, ``.png`` or ``.pdf``; it is written whole or not at all.

    Raises:
        SpecError: E0704 where matplotlib is not installed, E0803 or E0804 for the file,
            E0805 where height and width are open.
    """
    suffix, place = refuse_plot(file)
    drawn = series(report, place)
    with own_settings("pictures of cost need it"):
        from inceptionspec.drawing.plot.figure import figure

        picture = saved(figure(report, drawn), suffix)
    write_file(file, picture, place)


def refuse_plot(file: str) -> tuple[str, Span]:
    """Check before any work is done that a picture can be written there.

    Returns:
        The suffix in lower case, and the place that findings show.
    """
    place = external(f"--plot {file}")
    suffix = os.path.splitext(file)[1]
    if suffix.lower() not in SUFFIXES:
        message = f"a picture cannot end in `{suffix}`" if suffix else f"`{file}` has no suffix"
        helps = (
            *did_you_mean(suffix, SUFFIXES, least=0.7),
            f"suffixes are {listed(tuple(SUFFIXES))}",
        )
        raise spec_error("E0804", message, place, *helps)
    check_writable(file, place)
    return suffix.lower(), place
