"""Tables as aligned text, for files and for terminals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from inceptionspec.diagnostics.sanitize import sanitize

#: A table shows at most this many rows; printing more takes seconds.
MOST_ROWS = 500


class Column(NamedTuple):
    """A column of a table: its title, and whether it holds numbers.

    ``cut`` is where its cells may be cut on a narrow terminal: paths at the front, where
    most of them are alike, other texts at the end.
    """

    title: str
    numeric: bool = False
    cut: Literal["front", "end", ""] = ""


Row = tuple[str, ...]


class Table(NamedTuple):
    """Columns and rows of cells, the text above them and the lines below.

    ``outline`` has the rows as a tree, indented, for a terminal; it is empty where they are
    no tree.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    foot: tuple[str, ...]
    outline: tuple[Row, ...] = ()


def number(value: int | None) -> str:
    """A count with separators; ``?`` where the input size is open."""
    return "?" if value is None else f"{value:,}"


def digits(value: float, count: int = 4) -> str:
    """A number with at least ``count`` digits, and separators: ``0.0123``, ``1.23``, ``1,234``."""
    decimals = count - 1 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(decimals, 0)}f}"


def cut(rows: Sequence[Row]) -> tuple[Sequence[Row], Iterable[str]]:
    """The rows that are shown, and a line that counts the others."""
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
    """Print the table on a terminal, fitted to its width; no text of a user is markup."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, emoji=False)
    shown, note = cut(table.outline or table.rows)
    mark = "\u2026" if console.encoding.startswith("utf") else "..."
    lines = [Text(sanitize(table.title))] if table.title else []
    titles, *rows = fitted(shown, table.columns, console.width, mark)
    lines += [Text(titles, style="bold"), *map(Text, rows)]
    lines += [Text(sanitize(line)) for line in (*note, "", *table.foot)]
    for line in lines:
        console.print(line, soft_wrap=True)


def fitted(rows: Sequence[Row], columns: Sequence[Column], width: int, mark: str) -> Iterator[str]:
    """The titles and the rows as lines that fit a terminal if they can.

    Gaps become narrower first, then texts are cut; numbers and shapes never are.

    Args:
        rows: of cells.
        columns: what the cells are.
        width: of the terminal, in characters.
        mark: what replaces the part that is cut.
    """
    from rich.cells import cell_len

    titles = tuple(column.title for column in columns)
    clean = [titles, *(tuple(sanitize(cell) for cell in row) for row in rows)]
    widths = [max(map(cell_len, cells)) for cells in zip(*clean, strict=True)]
    gap = 2 if sum(widths) + 2 * (len(widths) - 1) <= width else 1
    excess = sum(widths) + gap * (len(widths) - 1) - width
    for where, least in _LEAST:
        for number, column in enumerate(columns):
            if column.cut == where:
                taken = max(0, min(excess, widths[number] - least))
                widths[number], excess = widths[number] - taken, excess - taken
    for row in clean:
        cells = []
        for cell, column, room in zip(row, columns, widths, strict=True):
            if cell_len(cell) > room:
                cell = _CUTS[column.cut](cell, room, mark)
            fill = " " * (room - cell_len(cell))
            cells.append(fill + cell if column.numeric else cell + fill)
        yield (" " * gap).join(cells).rstrip()


#: The room that texts keep, in the order in which they give way.
_LEAST = (("end", 10), ("front", 18), ("end", 6), ("front", 10))


def _without_front(cell: str, room: int, mark: str) -> str:
    """The end of a path; its indentation stays where there is room for it."""
    from rich.cells import cell_len

    text = cell.lstrip(" ")
    indent = " " * min(len(cell) - len(text), room // 2)
    while text and cell_len(indent + mark + text) > room:
        text = text[1:]
    return indent + mark + text


def _without_end(cell: str, room: int, mark: str) -> str:
    from rich.cells import cell_len

    while cell and cell_len(cell + mark) > room:
        cell = cell[:-1]
    return cell + mark


_CUTS: Mapping[str, Callable[[str, int, str], str]] = MappingProxyType(
    {"front": _without_front, "end": _without_end}
)


def line_of(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    """One row: cells filled up to the widths, numbers to the right."""
    aligned = [
        sanitize(cell).rjust(width) if column.numeric else sanitize(cell).ljust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    ]
    return "  ".join(aligned).rstrip()
