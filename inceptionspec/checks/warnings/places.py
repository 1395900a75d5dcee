"""What warnings call a layer, and where they point."""

from __future__ import annotations

from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.reading.document import Map


def called(layer: FlatLayer) -> str:
    """What a layer is called where it is written, which is the same for every call."""
    return f"`{layer.item['name']}`" if "name" in layer.item else f"this `{layer.op.name}`"


def place_of(layer: FlatLayer, *attributes: str) -> Span:
    """Where the first of some attributes is written in the layer, or what names the layer."""
    written = next((name for name in attributes if name in layer.item), None)
    return layer.place(written) or name_of_entry(layer.item)


def name_of_entry(item: Map) -> Span:
    """The smallest place that tells which entry is meant."""
    named = next((key for key in ("name", "op", "block") if key in item.value_spans), None)
    return item.value_spans[named] if named else item.span
