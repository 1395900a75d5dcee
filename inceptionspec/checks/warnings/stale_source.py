"""W0112: a head that reads the tensor before what a variant inserts."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.frontend.expansion.tree import join, walk
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.document import Map, Seq
from inceptionspec.ops.record import shape_text


def stale_sources(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0112: what is put after a layer is not seen by heads that read that layer by name.

    It is the same whether a variant puts layers after that layer, before the next one, or
    writes them into the list that replaces it. A head that the same file writes is meant to
    read what it names.
    """
    places = _Places(loaded)
    for changes in loaded.spec.overrides:
        for key, change in changes.items():
            if not isinstance(change, Map):
                continue
            for how in ("after", "before", "replace"):
                if isinstance(change.get(how), Seq) and change[how]:
                    yield from _stale(loaded, places, key, change, how)


class _Places:
    """What precedes each path, among the layers that follow each other."""

    def __init__(self, loaded: LoadedSpec) -> None:
        self._before: dict[str, str] = {}
        last: dict[int, str] = {}
        for path, _, holder in walk(loaded.tree):
            if holder.merge is None:
                self._before[path] = last.get(id(holder), "")
                last[id(holder)] = path

    def before(self, path: str, count: int) -> str:
        """The path that is some places before another one; empty where there is none."""
        for _ in range(count):
            path = self._before.get(path, "")
        return path


def _stale(
    loaded: LoadedSpec, places: _Places, key: str, change: Map, how: str
) -> Iterator[Diagnostic]:
    place, inserted = change.key_spans[how], change[how]
    for head in loaded.flat.heads:
        source = head.item.value_spans["from"]
        if source.source is place.source or "W0112" in head.item.get("allow", ()):
            continue
        path = head.source_path
        if how == "after":
            stale = _matches(path, key)
        elif how == "replace":
            prefix = key.rpartition("/")[0]
            stale = path in (join(prefix, _name(one)) for one in inserted[:-1] if _name(one))
        else:
            stale = "*" not in key and path == places.before(key, len(inserted) + 1) != ""
        if stale:
            yield Diagnostic(
                "W0112",
                f"the head `{head.name}` reads `{path}` before what is put after it",
                Label(place, f"`{head.name}` does not read this"),
                (Label(source, "it reads this by name"),),
                helps=_instead(loaded, head.name, path, inserted),
            )


def _name(item: object) -> str:
    return str(item.get("name", "")) if isinstance(item, Map) else ""


def _matches(path: str, key: str) -> bool:
    """Whether the key of an override names a path; a star stays within an element."""
    elements, parts = path.split("/"), key.split("/")
    return len(elements) == len(parts) and all(map(fnmatchcase, elements, parts))


def _instead(loaded: LoadedSpec, head: str, path: str, inserted: Seq) -> tuple[str, ...]:
    """The advice to read the last inserted layer, where its shape is the one that is read now."""
    names, nodes = loaded.graph.names, loaded.graph.nodes
    target = join(path.rpartition("/")[0], _name(inserted[-1]))
    if target not in names:
        return ()
    if nodes[names[target]].shape != nodes[names[path]].shape:
        shape = shape_text(nodes[names[target]].shape)
        return (f"`{target}`, which is {shape}, may be what `{head}` should read",)
    return (f"write `{head}: {{from: {target}}}` under `override`",)
