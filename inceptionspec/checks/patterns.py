"""What the patterns under ``override`` match, said as notes of a check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inceptionspec.frontend.expansion.inheritance import Spec

#: A note names so many paths and counts the rest.
_NAMED = 3


def matches_of_patterns(spec: Spec) -> Iterator[str]:
    """A note for each pattern of the file: what it matches, and where it matches nothing."""
    for one in spec.patterns:
        if one.span.source is not spec.document.span.source:
            continue
        count = len(one.paths)
        note = f"`{one.key}` matches {count} path{'s' * (count != 1)}: {_some(one.paths)}"
        yield f"{note}; nothing inside {_some(one.missed)}" if one.missed else note


def _some(paths: Sequence[str]) -> str:
    shown = [f"`{path}`" for path in paths[:_NAMED]]
    more = len(paths) - len(shown)
    return f"{', '.join(shown)} and {more:,} more" if more else ", ".join(shown)
