"""What an emitter sees of a layer: its node, and its weights as tensors of the function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Attributes

#: By the path of their node and the name of the weight: arrays, or tensors that exist already.
Values = Mapping[tuple[str, str], "np.ndarray[Any, Any] | tf.Tensor"]


@dataclass(frozen=True, slots=True)
class BoundLayer:
    """A node and the values of the weights of its network.

    Arrays become constants, not variables: kernels that know so may pack them once instead
    of in every step. TensorFlow copies constants with the graph that holds them; a tensor
    that exists already is handed to the function, and stays one.

    Attributes:
        node: what is computed.
        values: the weights of the network.
        held: those that the function has already.
        reads_shared_sum: whether it reads a sum that others read as well.
    """

    node: Node
    values: Values
    held: dict[tuple[str, str], Any]
    reads_shared_sum: bool = False

    @property
    def attributes(self) -> Attributes:
        """Those of the node."""
        return self.node.attributes

    def array(self, name: str) -> Any:
        """A vector as it is stored; a kernel may be a tensor."""
        return self.values[self.node.path, name]

    def weight(self, name: str) -> Any:
        """A weight in the function that is being traced, float32."""
        key = self.node.path, name
        if key not in self.held:
            self.held[key] = tf.convert_to_tensor(self.values[key], tf.float32)
        return self.held[key]
