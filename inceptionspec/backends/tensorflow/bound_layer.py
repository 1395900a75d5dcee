"""What an emitter gets of a layer: its node, and its weights as tensors of the function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from inceptionspec.backends.engines import FLOAT32
from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Attributes

#: By the path of their node and the name of the weight: arrays, or tensors that exist already.
Values = Mapping[tuple[str, str], "np.ndarray[Any, Any] | tf.Tensor"]


@dataclass(frozen=True, slots=True)
class BoundLayer:
    """A node and the values of the weights of its network.

    Arrays become constants, not variables, so that TensorFlow's kernels can pack them once
    instead of in every step. TensorFlow copies constants with the graph that holds them; a
    tensor that exists already is passed to the function and not copied.

    Attributes:
        node: what is computed.
        values: the weights of the network.
        held: those that the function already has.
        reads_shared_sum: whether it reads a sum that other layers read too.
        portable: whether only operations are used that converters know, as TensorFlow Lite's.
        precision: the type of what it reads, of its weights and of what it yields.
    """

    node: Node
    values: Values
    held: dict[tuple[str, str], Any]
    reads_shared_sum: bool = False
    portable: bool = False
    precision: str = FLOAT32

    @property
    def attributes(self) -> Attributes:
        """The node's attributes."""
        return self.node.attributes

    def array(self, name: str) -> Any:
        """A weight as it is stored: an array; a kernel may be a tensor."""
        return self.values[self.node.path, name]

    def weight(self, name: str) -> Any:
        """A weight in the function that is being traced, in the layer's precision."""
        key = self.node.path, name
        if key not in self.held:
            self.held[key] = tf.convert_to_tensor(self.values[key], self.precision)
        return self.held[key]
