"""What emitters share: names of layers, composites of operations, and their one refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from inceptionspec.backends.names import NORM, layer_name, model_name
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.ir.graph import Node

__all__ = ["NORM", "composite", "layer_name", "model_name", "undecided_padding"]


def composite(name: str, tensor: Any, compute: Callable[[Any], Any]) -> Any:
    """The result of `keras.ops` under one name.

    Operations name themselves (``pad``, ``add_1``), which could be the name of a layer of
    the spec; in a functional model of their own it cannot.
    """
    inside = keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name="map")
    return keras.Model(inside, compute(inside), name=name)(tensor)


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
