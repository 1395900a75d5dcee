"""A Difference as text of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import islice

from inceptionspec.analysis.diff.difference import Difference
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.diff.rows import Item, Section, cost_tables, sections
from inceptionspec.reports.table import Column, Table

WIDTH = 80


def to_text(difference: Difference, every: bool = False, *, parts: bool = True) -> str:
    """What differs, section by section, then what it costs.

    Args:
        difference: of the two networks.
        every: name every layer and path.
        parts: also tell the costs of each part, not of the whole network alone.
    """
    lines = [
        f"old  {difference.old.name}  ({difference.old.source})",
        f"new  {difference.new.name}  ({difference.new.source})",
    ]
    if difference.same:
        lines += ["", f"the same network ({difference.new.digest})"]
    if difference.trains_only:
        lines += ["", "only training differs: both compute the same from the same weights"]
    for section in sections(difference, every):
        lines += ["", *_section(section)]
    if not difference.same:
        for table in islice(cost_tables(difference, every), None if parts else 1):
            lines += ["", *_table(table)]
    return "\n".join(sanitize(line) for line in lines) + "\n"


def totals_text(difference: Difference) -> str:
    """The costs of both whole networks, as a table."""
    table = next(cost_tables(difference))
    return "\n".join(sanitize(line) for line in _table(table)) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield section.title
    for item in section.items:
        yield from _item(item)
    if section.more:
        yield f"  ... and {section.more:,} more; `--all` shows all"


def _item(item: Item) -> Iterator[str]:
    lead, where = (item.subject, item.paths) if item.subject else ("".join(item.paths), ())
    yield from _wrapped(": ".join(filter(None, (lead, ", ".join(item.facts)))), "  ", "    ")
    if where:
        more = f" and {item.more:,} more" if item.more else ""
        lead = "all but" if item.but else "in"
        yield from _wrapped(f"{lead} {', '.join(where)}{more}", "    ", "      ")


def _wrapped(text: str, first: str, others: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _table(table: Table) -> Iterator[str]:
    titles = (table.title, *(column.title for column in table.columns[1:]))
    widths = [max(map(len, cells)) for cells in zip(titles, *table.rows, strict=True)]
    yield _row(titles, widths, table.columns)
    yield "-" * (sum(widths) + 2 * len(widths) - 2)
    for row in table.rows:
        yield _row(row, widths, table.columns)
    yield from table.foot


def _row(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    aligned = (
        cell.rjust(width) if column.numeric else cell.ljust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    )
    return "  ".join(aligned).rstrip()
