"""Two mappings of YAML values to the values that differ."""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.difference.record import Change, Data


def changes(old: Data, new: Data) -> Iterator[Change]:
    """The values that differ, in the old order, then those that are only new."""
    for name in (*old, *(name for name in new if name not in old)):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if name == "norm" and isinstance(before, dict) and isinstance(after, dict):
            for inner in changes(before, after):
                yield inner._replace(name=f"{name}.{inner.name}")
        else:
            yield Change(name, before, after)
