"""Tables that every report is printed as: aligned text, or drawn by rich on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from inceptionspec.diagnostics.sanitize import sanitize

#: More rows than these are cut; nobody reads them, and printing them takes seconds.
MOST_ROWS = 500


class Column(NamedTuple):
    """A column of a table: its title, and whether it holds numbers."""

    title: str
    numeric: bool = False


class Table(NamedTuple):
    """Columns and rows of cells, the text above them and the lines below."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    foot: tuple[str, ...]


def number(value: int | None) -> str:
    """A count with separators; ``?`` where the input size is open."""
    return "?" if value is None else f"{value:,}"


def cut(rows: Sequence[tuple[str, ...]]) -> tuple[Sequence[tuple[str, ...]], Iterable[str]]:
    """The rows that are shown, and the line that says how many are not."""
    if len(rows) <= MOST_ROWS:
        return rows, ()
    hidden = len(rows) - MOST_ROWS
    return rows[:MOST_ROWS], (
        f"... {hidden:,} more rows; a smaller `--depth` folds them, `--format csv` has all",
    )


def plain(table: Table) -> str:
    """Columns aligned with spaces, numbers to the right."""
    shown, note = cut(table.rows)
    titles = tuple(column.title for column in table.columns)
    widths = [
        max(len(sanitize(cell)) for cell in cells) for cells in zip(titles, *shown, strict=True)
    ]
    lines = [sanitize(table.title), ""] if table.title else []
    lines.append(line_of(titles, widths, table.columns))
    lines.append("-" * (sum(widths) + 2 * len(widths) - 2))
    lines += [line_of(row, widths, table.columns) for row in shown]
    lines += [*note, "", *(sanitize(line) for line in table.foot)]
    return "\n".join(lines) + "\n"


def print_rich(table: Table) -> None:
    """The same on a terminal, fitted to its width; no text of a user is markup."""
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    shown, note = cut(table.rows)
    drawn = RichTable(
        title=Text(sanitize(table.title)) if table.title else None,
        title_justify="left",
        header_style="bold",
        box=None,
        pad_edge=False,
    )
    for column in table.columns:
        drawn.add_column(
            column.title,
            justify="right" if column.numeric else "left",
            no_wrap=column.numeric,
            overflow="fold",
        )
    for row in shown:
        drawn.add_row(*(Text(sanitize(cell)) for cell in row))
    console = Console(highlight=False, emoji=False)
    console.print(drawn)
    for line in (*note, "", *table.foot):
        console.print(Text(sanitize(line)))


def line_of(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    """One row: cells filled up to the widths, numbers to the right."""
    aligned = [
        sanitize(cell).rjust(width) if column.numeric else sanitize(cell).ljust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    ]
    return "  ".join(aligned).rstrip()
