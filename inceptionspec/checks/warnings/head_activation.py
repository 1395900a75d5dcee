"""W0110: logits that pass a norm or an activation before their predictions."""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.checks.warnings.places import name_of_entry
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.linking.flat import FlatHead, FlatLayer
from inceptionspec.frontend.linking.misfit import calls_of
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ops.attribute_types import NONE

#: What only moves numbers: logits may pass it.
_MOVES = ("squeeze", "flatten", "dropout", "drop_path")
_NORMS = ("batch_norm", "layer_norm", "group_norm")


def changed_logits(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0110: predictions are a function of logits, which are any real numbers.

    A norm or an activation that the layer takes from ``defaults`` cuts them off; a softmax
    before the softmax of the predictions makes all classes nearly equal.
    """
    flat = loaded.flat
    for head in flat.heads:
        if head.predictions is None or "W0110" in head.item.get("allow", ()):
            continue
        index = head.output
        while flat.layers[index].op.name in _MOVES:
            index = flat.layers[index].inputs[0]
        layer = flat.layers[index]
        if layer.head == head.name and "W0110" not in layer.allowed:
            yield from _changed(head, layer)


def _changed(head: FlatHead, layer: FlatLayer) -> Iterator[Diagnostic]:
    own = layer.op.name
    function = {"softmax": "softmax", "activation": layer.attributes.get("function")}.get(
        own, layer.attributes.get("activation")
    )
    normed = own in _NORMS or layer.attributes.get("norm") is not None
    what = [*(["a norm"] if normed else []), *([f"`{function}`"] if function else [])]
    if not what:
        return
    predictions = head.item["predictions"]
    twice = function == predictions
    written = [name for name in ("norm", "activation") if layer.attributes.get(name) is not None]
    places = [layer.place(name) for name in written]
    from_defaults = [
        Label(place, "taken from here")
        for name, place in zip(written, places, strict=True)
        if place is not None and name not in layer.item
    ]
    own_place = next((layer.place(name) for name in written if name in layer.item), None)
    message = (
        f"the predictions of `{head.name}` take a {predictions} of a {function}"
        if twice
        else f"the logits of `{head.name}` pass {' and '.join(what)}"
    )
    helps: tuple[str, ...]
    if written:
        helps = (f"set {listed([f'{name}: {NONE}' for name in written])}",)
    else:
        helps = ("remove it", "or set `predictions: none`")
    yield Diagnostic(
        "W0110",
        message,
        Label(own_place or name_of_entry(layer.item), "the layer that yields the logits"),
        (
            *from_defaults,
            Label(head.item.value_spans["predictions"], "these are made of them"),
            *calls_of(layer),
        ),
        helps=helps,
    )
