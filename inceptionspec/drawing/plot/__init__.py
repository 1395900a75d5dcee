"""A Summary to a picture of what a network costs, drawn by matplotlib on request."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec._version import __version__
from inceptionspec.analysis.summary import Summary
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.drawing.plot.series import series
from inceptionspec.utils.atomic_write import check_writable, write_file

__all__ = ["SUFFIXES", "plot_file", "refuse_plot"]

_CREATOR = f"inceptionspec {__version__}"
#: The suffixes of pictures, and the metadata in each: no time and no
#: version of another program, so that the same network gives the same bytes.
SUFFIXES: Mapping[str, Mapping[str, str | None]] = MappingProxyType(
    {
        ".svg": {"Creator": _CREATOR, "Date": None},
        ".png": {"Software": _CREATOR},
        ".pdf": {"Creator": _CREATOR, "Producer": None, "CreationDate": None},
    }
)
_SETTINGS = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "svg.hashsalt": "inceptionspec",
    "svg.fonttype": "none",  # words stay words, which can be searched and copied
    "pdf.fonttype": 42,
}


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
    with packages("matplotlib", extra="plot", use="pictures of cost need it"):
        import matplotlib

    # Whatever a user has set, the picture is the same; all is set back afterwards.
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        from inceptionspec.drawing.plot.figure import figure

        written = io.BytesIO()
        metadata: dict[str, Any] = dict(SUFFIXES[suffix])
        figure(report, drawn).savefig(written, format=suffix[1:], metadata=metadata)
    write_file(file, written.getvalue(), place)


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
