"""The results of a sweep as a folder: all files of it, or none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.drawing.diagram.options import ThemeName
from inceptionspec.reports.markdown import to_markdown
from inceptionspec.reports.sweep.csv import csv_lines
from inceptionspec.reports.sweep.json import json_lines
from inceptionspec.reports.sweep.outputs import folder_files
from inceptionspec.reports.sweep.table import sweep_table
from inceptionspec.reports.table import plain
from inceptionspec.sweep.journal import journal_path
from inceptionspec.sweep.records import Swept
from inceptionspec.sweep.run import Request
from inceptionspec.utils.atomic_write import atomic_folder, check_writable, refuse_no_name

FILES = ("sweep.json", "sweep.csv", "sweep.md", "sweep.txt")


def refuse_folder(folder: str, place: Span) -> None:
    """Say before any work that results cannot be written to a folder.

    Raises:
        SpecError: it has no name, something is there already, or its folder is not (E0803).
    """
    refuse_no_name(folder, place)
    if os.path.lexists(folder):
        message = f"`{short_path(folder)}` exists already"
        finished = os.path.isfile(os.path.join(folder, FILES[0]))
        help_ = "it holds a finished sweep: " * finished + "choose another name, or delete it"
        raise spec_error("E0803", message, place, help_)
    check_writable(str(journal_path(folder)), place)


def write_folder(
    swept: Swept, request: Request, folder: str, place: Span, theme: ThemeName = "light"
) -> None:
    """Write the results, and remove the journal, which they make superfluous.

    Args:
        swept: the results.
        request: what was asked for.
        folder: where they go.
        place: what findings show.
        theme: the colors of the plot.

    Raises:
        SpecError: they cannot be written (E0803); the journal stays.
    """
    more = folder_files(swept, request, theme) if swept.counts.rows else {}
    with atomic_folder(folder, place) as unfinished:
        unfinished.mkdir()
        for name, lines in _contents(swept).items():
            _write(unfinished / name, lines)
        for name, content in more.items():
            path = unfinished / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    journal_path(folder).unlink(missing_ok=True)


def _contents(swept: Swept) -> Mapping[str, Iterable[str]]:
    table = sweep_table(swept)
    texts: tuple[Iterable[str], ...] = (
        json_lines(swept),
        csv_lines(swept),
        iter([to_markdown(table)]),
        iter([plain(table)]),
    )
    return dict(zip(FILES, texts, strict=True))


def _write(path: Path, lines: Iterable[str]) -> None:
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        file.writelines(lines)


def printed(swept: Swept, form: str) -> Iterator[str]:
    """The result in a format, as parts of a text."""
    if form == "json":
        yield from json_lines(swept)
    elif form == "csv":
        yield from csv_lines(swept)
    else:
        table = sweep_table(swept)
        yield to_markdown(table) if form == "markdown" else plain(table)
