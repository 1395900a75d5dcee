"""A Difference as Markdown, for a review or an issue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inceptionspec.analysis.diff.difference import Difference, Side
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.diff.rows import Item, Section, cost_tables, sections
from inceptionspec.reports.table import Table


def to_markdown(difference: Difference, every: bool = False) -> str:
    """What differs as lists, what it costs as tables; what specs say is set as code."""
    lines = [f"## {_side(difference.old)} to {_side(difference.new)}"]
    if difference.same:
        lines += ["", f"The same network ({_code(difference.new.digest)})."]
    if difference.trains_only:
        lines += ["", "Only training differs: both compute the same from the same weights."]
    for section in sections(difference, every):
        lines += ["", *_section(section)]
    if not difference.same:
        for table in cost_tables(difference, every):
            lines += ["", *_table(table)]
    return "\n".join(lines) + "\n"


def _side(side: Side) -> str:
    return f"{_code(side.name)} ({_code(side.source)})"


def _section(section: Section) -> Iterator[str]:
    yield f"### {section.title}"
    yield ""
    for item in section.items:
        yield f"- {_item(item)}"
    if section.more:
        yield f"- ... and {section.more:,} more"


def _item(item: Item) -> str:
    says = ", ".join(map(_code, item.says))
    paths = ", ".join(map(_code, item.paths))
    if not item.words:
        return f"{paths}: {says}" if paths else says
    more = f" and {item.more:,} more" if item.more else ""
    where = f" ({'all but' if item.but else 'in'} {paths}{more})" if paths else ""
    return f"{item.words}: {says}{where}"


def _table(table: Table) -> Iterator[str]:
    first, *numbers = table.columns
    yield f"### {table.title}"
    yield ""
    yield f"| {' | '.join(column.title for column in table.columns)} |"
    yield f"|---|{'---:|' * len(numbers)}"
    for name, *cells in table.rows:
        lead = _code(name) if first.title == "part" else name
        yield f"| {' | '.join((lead, *cells))} |"
    if table.foot:
        yield ""
        yield from table.foot


def _code(text: str) -> str:
    """A text as code, whatever it holds: its fence is longer than any that is in it."""
    text = sanitize(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"
