"""What a network says of the pictures that it reads."""

from __future__ import annotations

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.preprocessing import Preprocessing

GREY, COLOR = 1, 3
_LINES = "preprocessing: {crop: 0.875, scale: 1/127.5, mean: 1}"


def stated_steps(loaded: LoadedSpec, place: Span) -> Preprocessing:
    """The preprocessing of a network that reads pictures.

    Raises:
        SpecError: it states none, or its input has a number of channels that no picture has
            (E0719).
    """
    steps, channels = loaded.graph.preprocessing, loaded.graph.nodes[0].shape[-1]
    if steps is None:
        raise spec_error(
            "E0719",
            f"`{loaded.name}` does not say how a picture becomes its input",
            loaded.spec.input.span if loaded.spec.input else place,
            "state it under `input`, with the figures that the weights were trained with:",
            *_advised(loaded.graph),
            label="no `preprocessing` here",
        )
    if channels not in (GREY, COLOR):
        raise spec_error(
            "E0719",
            f"pictures have 1 or 3 channels, and the input of `{loaded.name}` has {channels}",
            loaded.spec.input.value_spans.get("channels", loaded.spec.input.span),
            "compute such inputs yourself, and call `Network.to_inference` with them",
        )
    return steps


def _advised(graph: Graph) -> tuple[str, ...]:
    """The line of a preprocessing that fills the range."""
    from inceptionspec.ir.preprocessing import BYTE, scale_value
    from inceptionspec.ops.attribute_types import write_real

    if graph.value_range is None:
        return (f"`{_LINES}` is that of TF-Slim's networks, without its resizing",)
    low, high = graph.value_range
    if high <= low:
        return ()
    keys = f"scale: {scale_value((high - low) / BYTE)}, mean: {write_real(-low + 0.0)}"
    return (f"`preprocessing: {{{keys}}}` would yield its range",)
