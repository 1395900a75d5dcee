"""W0111: an attribute that is written and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from inceptionspec.checks.warnings.allow import watched
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.linking.misfit import calls_of
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.document import Map
from inceptionspec.ops.record import Attributes


def _without_bias(attributes: Attributes) -> str:
    if attributes["bias"]:
        return ""
    return "a layer with a norm has no bias" if attributes["norm"] is not None else "it has no bias"


def _pointwise_dilation(attributes: Attributes) -> str:
    sides = zip(attributes["kernel"], attributes["dilation"], strict=True)
    if attributes["dilation"] == (1, 1) or any(k > 1 and d > 1 for k, d in sides):
        return ""
    return "a window of one pixel has no gaps"


def _unpadded(attributes: Attributes) -> str:
    one_pixel = attributes["padding"] == "same" and attributes["kernel"] == (1, 1)
    padded = attributes["padding"] not in ("valid", (0, 0, 0, 0)) and not one_pixel
    return "" if padded or not attributes["count_padding"] else "there is no padding to count"


def _nothing_left_over(attributes: Attributes) -> str:
    if not attributes["ceil"]:
        return ""
    if attributes["padding"] == "same":
        return "`padding: same` leaves no pixel over"
    return "a stride of 1 leaves no pixel over" if attributes["stride"] == (1, 1) else ""


#: By attribute: why it has no effect next to the others of its layer; empty where it has one.
IDLE: Mapping[str, Callable[[Attributes], str]] = {
    "bias_init": _without_bias,
    "bias_l2": _without_bias,
    "dilation": _pointwise_dilation,
    "count_padding": _unpadded,
    "ceil": _nothing_left_over,
}


def idle_attributes(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0111: an attribute that does nothing misleads its reader.

    An attribute of a block is idle where it is so in each call.
    """
    found: dict[tuple[Span, str], tuple[FlatLayer, str]] = {}
    used: set[tuple[Span, str]] = set()
    for layer, node in watched(loaded, "W0111"):
        for name, reason in IDLE.items():
            if name in layer.item and not _is_spelled_out(layer, name):
                why = reason(node.attributes)
                key = (layer.item.value_spans[name], name)
                if why:
                    found.setdefault(key, (layer, why))
                else:
                    used.add(key)
    for key, (layer, why) in found.items():
        if key not in used:
            yield Diagnostic(
                "W0111",
                f"`{key[1]}` has no effect here",
                Label(layer.place(key[1]) or layer.origin.span, why),
                calls_of(layer),
                helps=("remove it",),
            )
    yield from _idle_defaults(loaded)


def _is_spelled_out(layer: FlatLayer, name: str) -> bool:
    """Whether a value may stand for completeness alone.

    It is the operator's own, or the line gives every attribute, as an expanded spec does.
    """
    attributes = {attribute.name: attribute for attribute in layer.op.attributes}
    needed = {key for key, attribute in attributes.items() if not attribute.later}
    if name not in attributes or needed <= layer.item.keys():
        return True
    return bool(attributes[name].kind.parse(attributes[name].default) == layer.attributes[name])


def _idle_defaults(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """Defaults of operators that the network does not have, where this file writes them."""
    used = {node.op for node in loaded.graph.nodes}
    used |= {"batch_norm" for node in loaded.graph.nodes if node.attributes.get("norm") is not None}
    document = loaded.spec.document
    section = document.get("defaults", Map(document.span))
    for name in section:
        if name not in used and not loaded.settings.heads:
            yield Diagnostic(
                "W0111",
                f"the defaults of `{name}` have no effect",
                Label(section.key_spans[name], f"the network has no `{name}`"),
                helps=("remove them",),
            )
