"""The finding for a map that must be framed before it is known how much."""

from __future__ import annotations

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError
from inceptionspec.ir.graph import Node


def undecided_padding(node: Node) -> SpecError:
    """What to raise where TensorFlow leaves the padding to us and the size is open (E0407)."""
    return SpecError(
        [
            Diagnostic(
                "E0407",
                f"`{node.path}`: a stride together with a dilation, or unequal strides of "
                "a depthwise convolution, need a known height and width under `padding: same`",
                Label(node.origin.span, "TensorFlow has no kernel for this on an open size"),
                helps=("give the input a size, or write the padding in pixels",),
            )
        ]
    )
