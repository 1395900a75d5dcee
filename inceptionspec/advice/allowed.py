"""Which warnings a spec allows, and where."""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.document import Map
from inceptionspec.graph import Node
from inceptionspec.network import Network
from inceptionspec.plan import FlatLayer
from inceptionspec.source import Span


def allowed_in_file(files: tuple[Map, ...], code: str, place: Span) -> bool:
    """Whether a file allows a warning about some place.

    The ``allow`` of a file speaks for itself and for what it extends, so that a variant
    is warned of what it adds to a base that allows the same.
    """
    sources = [file.span.source for file in files]
    last = sources.index(place.source) if place.source in sources else 0
    return any(code in file.get("allow", ()) for file in files[: last + 1])


def watched(network: Network, code: str) -> Iterator[tuple[FlatLayer, Node]]:
    """The layers of which a warning may speak, as they are written and as they are linked."""
    plan = network.plan
    for node in network.graph.nodes:
        layer = plan.layers[plan.names[node.path]]
        if code not in layer.allowed:
            yield layer, node
