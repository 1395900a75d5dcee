"""Figures of many networks to an interactive page: one HTML file that works offline.

The page shows two figures as a scatter plot, with a third by color, and all rows as a table. It
filters by the values of what was varied; a click on a point or a row shows what is known of that
network. Its payload (``inceptionspec.sweep_page/1``) is plain data for JSON:

``name``, ``title``, ``lines``, ``convention``
    The title of the window, the heading, lines below it, and what the figures count.
``figures``
    ``{"id", "title", "unit", "most"}`` each: a unit of ``Unit`` in ``drawing.plot.quantities``,
    and whether more is better.
``knobs``
    ``{"name", "values"}`` each: what was varied, and the values in order.
``axes``
    ``{"x", "y", "z"}``: the figures, by number, that are shown first; ``z`` is -1 for none.
``base``
    ``{"name", "figures"}``, or None.
``rows``
    Columns: ``number`` of each network, ``knobs`` with a list of numbers of values for each knob,
    ``figures`` with a list for each figure (None where there is none), ``front`` with the places
    of the rows that no other beats.
``omitted``
    How many rows are not in the page, since it would be too large.
``details``
    By the number of a network: ``file`` and ``text`` of its spec, and ``difference`` from its
    base: ``sections`` and ``tables``, as ``specbuild diff`` has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from inceptionspec.diagnostics.source import external
from inceptionspec.drawing.diagram.theme import DARK, LIGHT
from inceptionspec.drawing.page.assembly import whole_page
from inceptionspec.utils.atomic_write import write_file

__all__ = ["sweep_page_text", "write_sweep_page"]

#: In the order in which they run: each uses those before it.
SCRIPTS = ("data", "scales", "chart", "details", "filters", "table", "page")


def sweep_page_text(payload: Mapping[str, Any]) -> str:
    """The whole page as text."""
    colors = {"colors": {"light": LIGHT.scale, "dark": DARK.scale}}
    return whole_page(_read("page.html"), {**payload, **colors}, _read("page.css"), _script())


def write_sweep_page(payload: Mapping[str, Any], file: str) -> None:
    """Write the page, whole or not at all.

    Raises:
        SpecError: E0803 where the file cannot be written.
    """
    write_file(file, sweep_page_text(payload).encode("utf-8"), external(f"--page {file}"))


@cache
def _script() -> str:
    words = files("inceptionspec.drawing.page").joinpath("scripts", "words.js").read_text("utf-8")
    body = "\n".join((words, *(_read("scripts", f"{name}.js") for name in SCRIPTS)))
    return f'"use strict";\n{body}'


def _read(*parts: str) -> str:
    return files(__package__).joinpath(*parts).read_text(encoding="utf-8")
