"""A Difference as workflow commands: what is not allowed as errors, what it costs as a notice."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.analysis.diff.difference import Difference
from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.reports.diff.rows import cost_tables
from inceptionspec.reports.findings.github import github


def to_github(difference: Difference, passed: Sequence[Diagnostic] = ()) -> str:
    """An error for each finding, then one notice with the totals of both networks."""
    return github(passed, (_notice(difference),))


def _notice(difference: Difference) -> str:
    names = f"{difference.old.name} to {difference.new.name}"
    if difference.same:
        return f"{names}: the same network"
    totals = next(cost_tables(difference))
    rows = (
        f"{title} {old} to {new} ({change}{percent and f', {percent} %'})"
        for title, old, new, change, percent in totals.rows
        if change != "0"
    )
    return f"{names}: {'; '.join(rows) or 'all costs are the same'}"
