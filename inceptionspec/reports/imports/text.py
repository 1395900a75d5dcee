"""What became of a foreign model, as text of 80 columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.importers.importing import Imported
from inceptionspec.reports.wrapped import named_rows

_MOST_NAMES = 3
_LONGEST_NAME = 40


def imported_text(found: Imported, source: str, written: Sequence[str] = ()) -> str:
    """What a model is, how large its spec is, and what its layers are called there.

    Args:
        found: the spec.
        source: what was imported.
        written: what was written, a file each.
    """
    rows = [
        ("network", f"{found.loaded.name}{_likeness(found)}"),
        ("read", f"{source}: {_count(found.layers, 'layer')}"),
        ("spec", _size(found)),
        ("names", _names(found)),
        *(("note", note) for note in found.notes),
        *(("wrote", file) for file in written),
    ]
    return named_rows(rows)


def _likeness(found: Imported) -> str:
    """Which built-in spec the network is, or is a variant of."""
    if not found.builtin:
        return ""
    return f": this is {found.builtin}{' with ' if found.differs else ''}{found.differs}"


def _size(found: Imported) -> str:
    layers = _count(len(found.loaded.graph.nodes) - 1, "layer")
    lines = _count(found.text.count("\n"), "line")
    blocks = len(found.loaded.spec.blocks)
    own = f", {_count(blocks, 'block')}" if blocks and not found.builtin else ""
    return f"{layers} in {lines}{own}"


def _names(found: Imported) -> str:
    """How many layers have the source's names, as paths, and what some others are called there."""
    sources: dict[str, list[str]] = {}
    for name, path in found.renamed.items():
        sources.setdefault(path, []).append(name)
    others = {
        path: names[0]
        for path, names in sources.items()
        if not any(f"_{_plain(path)}".endswith(f"_{_plain(name)}") for name in names)
    }
    kept = f"{len(sources) - len(others):,} of {_count(len(sources), 'layer')} as in the source"
    shown = [
        f"{path} was {shortened(name, _LONGEST_NAME)}"
        for path, name in list(others.items())[:_MOST_NAMES]
    ]
    more = len(others) - len(shown)
    rest = f" and {more:,} more (`--json` lists all)" if more > 0 else ""
    return f"{'; '.join([kept, ', '.join(shown)])}{rest}" if shown else kept


def _plain(name: str) -> str:
    """A name or a path without what separates its parts."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
