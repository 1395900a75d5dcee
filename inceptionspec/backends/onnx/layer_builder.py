"""One layer of an ONNX model while it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops.record import Attributes, Shape
from inceptionspec.ops.window import padding_pixels

#: The values of weights in TensorFlow's layout, by the layer's path and the weight's name.
Values = Mapping[tuple[str, str], np.ndarray[Any, Any]]


class Model(NamedTuple):
    """A model while it grows: its operators in order, and the constants that they read."""

    nodes: list[Any]
    constants: list[Any]


class LayerBuilder:
    """Writes operators for one layer. Maps are batch x channels x height x width.

    Attributes:
        shapes: of what the layer reads, as the graph has them: height, width, channels.
        holder: what the names of its constants start with.
    """

    def __init__(
        self, model: Model, graph: Graph, node: Node, values: Values, holder: str = ""
    ) -> None:
        self.model = model
        self.node = node
        self.shapes = tuple(graph.nodes[index].shape for index in node.inputs)
        self.values = values
        self.holder = holder or node.path
        self.written = 0

    def value(self, weight: str) -> np.ndarray[Any, Any]:
        """The value of a weight of the layer, in TensorFlow's layout."""
        return self.values[self.node.path, weight]

    def constant(self, name: str, value: Any, dtype: str = "float32") -> str:
        """The name of a constant of the layer that the model now holds."""
        full = f"{self.holder}/{name}"
        array = np.ascontiguousarray(value, dtype)
        self.model.constants.append(onnx.numpy_helper.from_array(array, full))
        return full

    def operator(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        """The name of the tensor that an operator yields.

        An operator is called by the path of its layer, so that a profile can be read by layers;
        all but the first of a layer add their kind.
        """
        path = self.node.path
        name = path if not self.written else f"{path}/{kind}_{self.written}"
        self.written += 1
        # A tensor must not have the name of a constant of the same layer.
        output = f"{name}:0"
        self.model.nodes.append(
            onnx.helper.make_node(kind, list(inputs), [output], name=name, **attributes)
        )
        return output


def window(attributes: Attributes, shape: Shape) -> dict[str, Any]:
    """The attributes of an ONNX operator with a window over a map of a shape.

    Padding is given in pixels where they are known. On an open size it is left to
    ``SAME_UPPER``, which pads more after than before, as TensorFlow does.
    """
    given: dict[str, Any] = {
        "kernel_shape": attributes["kernel"],
        "strides": attributes["stride"],
        "dilations": attributes["dilation"],
    }
    pads = padding_pixels(attributes, shape)
    if pads is None:
        return {**given, "auto_pad": "SAME_UPPER"}
    top, bottom, left, right = pads
    return {**given, "pads": (top, left, bottom, right)}
