"""W0112: a head that reads the tensor before what a variant inserts."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.frontend.expansion.tree import join
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.document import Map, Seq
from inceptionspec.ops.record import shape_text


def stale_sources(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0112: what is put after a layer is not seen by heads that read that layer by name.

    A head that the same file writes is meant to read what it names.
    """
    for changes in loaded.spec.overrides:
        for key, change in changes.items():
            if isinstance(change, Map) and change.get("after"):
                yield from _before(loaded, changes, key, change)


def _before(loaded: LoadedSpec, changes: Map, key: str, change: Map) -> Iterator[Diagnostic]:
    place = change.key_spans["after"]
    for head in loaded.flat.heads:
        source = head.item.value_spans["from"]
        if source.source is place.source or "W0112" in head.item.get("allow", ()):
            continue
        if _matches(head.source_path, key):
            yield Diagnostic(
                "W0112",
                f"the head `{head.name}` reads `{head.source_path}` before what is put after it",
                Label(place, f"`{head.name}` does not read this"),
                (Label(source, "it reads this by name"),),
                helps=_instead(loaded, head.name, head.source_path, change["after"]),
            )


def _matches(path: str, key: str) -> bool:
    """Whether the key of an override names a path; a star stays within an element."""
    elements, parts = path.split("/"), key.split("/")
    return len(elements) == len(parts) and all(map(fnmatchcase, elements, parts))


def _instead(loaded: LoadedSpec, head: str, path: str, inserted: Seq) -> tuple[str, ...]:
    """The advice to read the last inserted layer, where its shape is the one that is read now."""
    last = inserted[-1]
    name = last.get("name", "") if isinstance(last, Map) else ""
    names, nodes = loaded.graph.names, loaded.graph.nodes
    target = join(path.rpartition("/")[0], str(name))
    if target not in names:
        return ()
    if nodes[names[target]].shape != nodes[names[path]].shape:
        shape = shape_text(nodes[names[target]].shape)
        return (f"`{target}`, which is {shape}, may be what `{head}` should read",)
    return (f"write `{head}: {{set: {{from: {target}}}}}` under `override`",)
