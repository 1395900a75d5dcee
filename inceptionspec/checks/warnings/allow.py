"""Which warnings a spec allows, and where."""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.document import Map
from inceptionspec.ir.graph import Node


def allowed_in_file(files: tuple[Map, ...], code: str, place: Span) -> bool:
    """Whether a file allows a warning about some place.

    A file's ``allow`` holds for the file and for what it extends: a variant is still warned of
    what it adds to a base that allows the same.
    """
    sources = [file.span.source for file in files]
    last = sources.index(place.source) if place.source in sources else 0
    return any(code in file.get("allow", ()) for file in files[: last + 1])


def watched(loaded: LoadedSpec, code: str) -> Iterator[tuple[FlatLayer, Node]]:
    """The layers that warnings can be about, as they are written and as they are linked."""
    flat = loaded.flat
    for node in loaded.graph.nodes:
        layer = flat.layers[flat.names[node.path]]
        if code not in layer.allowed:
            yield layer, node
