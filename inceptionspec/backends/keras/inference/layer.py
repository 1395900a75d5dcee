"""What an emitter sees of a layer: its node, and its weights as constants of the function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from inceptionspec.graph import Node
from inceptionspec.ops.record import Attributes

#: Arrays by the path of their node and the name of the weight.
Values = Mapping[tuple[str, str], "np.ndarray[Any, Any]"]


@dataclass(frozen=True, slots=True)
class Layer:
    """A node and the values of the weights of its network.

    Weights become constants, not variables: kernels that know so may pack them once
    instead of in every step.

    Attributes:
        node: what is computed.
        values: the weights of the network.
        constants: those that the function holds already.
        reads_shared_sum: whether it reads a sum that others read as well.
    """

    node: Node
    values: Values
    constants: dict[tuple[str, str], Any]
    reads_shared_sum: bool = False

    @property
    def attributes(self) -> Attributes:
        """Those of the node."""
        return self.node.attributes

    def array(self, name: str) -> Any:
        """A weight as it is stored."""
        return self.values[self.node.path, name]

    def constant(self, name: str) -> Any:
        """A weight in the function that is being traced, float32."""
        key = self.node.path, name
        if key not in self.constants:
            self.constants[key] = tf.constant(self.array(name), tf.float32)
        return self.constants[key]
