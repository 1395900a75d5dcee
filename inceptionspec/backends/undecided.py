"""The one refusal of emitters: padding that depends on a size that is open."""

from __future__ import annotations

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.ir.graph import Node


def undecided_padding(node: Node) -> SpecError:
    """What to raise where TensorFlow leaves the padding to us and the size is open (E0407)."""
    return spec_error(
        "E0407",
        f"`{node.path}`: a stride together with a dilation, or unequal strides of "
        "a depthwise convolution, need a known height and width under `padding: same`",
        node.origin.span,
        "give the input a size, or write the padding in pixels",
        label="TensorFlow has no kernel for this on an open size",
    )
