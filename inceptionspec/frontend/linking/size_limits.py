"""Tensors and parameters that pass a limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.linking.shape_inference import LARGEST_SIDE, Linked
from inceptionspec.ops.record import Shape, elements, shape_text


def is_large(shape: Shape, limits: Limits) -> bool:
    """Whether a tensor passes a limit."""
    most = min(limits.dimension, LARGEST_SIDE)
    longest = max((side for side in shape if side is not None), default=0)
    return longest > most or (elements(shape) or 0) > limits.elements


def large_tensor(
    shape: Shape, what: str, span_label: Label, labels: tuple[Label, ...], limits: Limits
) -> Diagnostic | None:
    """The finding that a tensor passes a limit; None where it does not."""
    largest = max((side for side in shape if side is not None), default=0)
    count = elements(shape) or 0
    most = min(limits.dimension, LARGEST_SIDE)
    if largest > most:
        code, limit = "E0506", "dimension"
        message = f"{what} has a side of {largest:,}, more than {most:,}"
    elif count > limits.elements:
        code, limit = "E0507", "elements"
        message = f"{what} has {count:,} elements, more than {limits.elements:,}"
    else:
        return None
    helps = (f"a larger one can be allowed with `--limit {limit}=N`",)
    return Diagnostic(code, message, span_label, labels, helps=helps)


def beyond_limits(
    layers: Sequence[FlatLayer], linked: Mapping[int, Linked], limits: Limits
) -> Iterator[Diagnostic]:
    """Every output that passes a limit where its inputs do not, and too many parameters."""
    parameters = 0
    large: set[int] = set()
    for index, (_, shape, weights) in linked.items():
        layer = layers[index]
        if is_large(shape, limits):
            large.add(index)
            if large.isdisjoint(layer.inputs):
                span, labels = _blame(layer, shape, linked)
                here = Label(span, f"{shape_text(shape)} here")
                found = large_tensor(shape, f"the output of `{layer.path}`", here, labels, limits)
                yield from (found,) if found else ()
        parameters += sum(elements(weight.shape) or 0 for weight in weights)
        if parameters > limits.parameters:
            span, labels = _blame(layer, shape, linked)
            yield Diagnostic(
                "E0508",
                f"the network has more than {limits.parameters:,} parameters",
                Label(span, f"the limit is passed at `{layer.path}`"),
                labels,
                helps=("more can be allowed with `--limit parameters=N`",),
            )
            return


def _blame(
    layer: FlatLayer, shape: Shape, linked: Mapping[int, Linked]
) -> tuple[Span, tuple[Label, ...]]:
    """The place of what made a tensor as large as it is, and the labels that belong to it."""
    attribute = _blamed(layer, shape, [linked[source][1] for source in layer.inputs])
    given = layer.given(attribute)
    origin = (Label(given, "the value comes from here"),) if given else ()
    calls = tuple(Label(call, "called here") for call in layer.origin.called_at)
    return layer.place(attribute) or layer.origin.span, origin + calls


def _blamed(layer: FlatLayer, shape: Shape, inputs: Sequence[Shape]) -> str | None:
    """The attribute that made a tensor as large as it is."""
    grown = any(
        len(one) == len(shape) == 3
        and any((new or 0) > (old or 0) for new, old in zip(shape[:2], one[:2], strict=True))
        for one in inputs
    )
    names = ("factor", "size", "block_size", "padding") if grown else ()
    return next((name for name in (*names, "filters", "units") if name in layer.attributes), None)
