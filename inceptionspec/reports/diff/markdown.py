"""A Difference as Markdown, for a review or an issue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from inceptionspec.analysis.diff.difference import Difference, NetworkRef
from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.diff.rows import Item, Section, cost_tables, sections
from inceptionspec.reports.table import Table


def to_markdown(
    difference: Difference, every: bool = False, passed: Sequence[Diagnostic] = ()
) -> str:
    """What differs as lists, what it costs as tables; text of specs is code.

    Args:
        difference: of the two networks.
        every: name every layer and path.
        passed: findings on conditions that hold and should not, which come first.
    """
    lines = [f"## {_network(difference.old)} to {_network(difference.new)}"]
    if passed:
        lines += ["", "### Not allowed", "", *(f"- {sanitize(one.message)}" for one in passed)]
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


def _network(network: NetworkRef) -> str:
    return f"{_code(network.name)} ({_code(network.source)})"


def _section(section: Section) -> Iterator[str]:
    yield f"### {section.title}"
    yield ""
    for item in section.items:
        yield f"- {_item(item)}"
    if section.more:
        yield f"- ... and {section.more:,} more"


def _item(item: Item) -> str:
    facts = ", ".join(map(_code, item.facts))
    paths = ", ".join(map(_code, item.paths))
    if not item.subject:
        return f"{paths}: {facts}" if paths else facts
    more = f" and {item.more:,} more" if item.more else ""
    where = f" ({'all but' if item.but else 'in'} {paths}{more})" if paths else ""
    return f"{item.subject}: {facts}{where}"


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
    """A text as code; its fence is longer than any run of backticks in it."""
    text = sanitize(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"
