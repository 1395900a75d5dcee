"""One layer of a LiteRT model while it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from inceptionspec.backends.litert.flatbuffer import Model, Tensor
from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Attributes, Shape
from inceptionspec.ops.window import padding_pixels, window_reach

#: The values of weights in TensorFlow's layout, by the layer's path and the weight's name.
Values = Mapping[tuple[str, str], np.ndarray[Any, Any]]
Operator = schema.BuiltinOperator
_NAMES = {code: name for name, code in vars(Operator).items() if not name.startswith("_")}


class LayerBuilder:
    """Writes operators for one layer. Maps are batch x height x width x channels."""

    def __init__(self, model: Model, node: Node, values: Values) -> None:
        self.model = model
        self.node = node
        self.values = values
        self.written = 0

    def take(self, attributes: Attributes) -> None:
        """Go on as if the layer had these attributes, which say the same in another way."""
        self.node = replace(self.node, attributes=attributes)

    def value(self, weight: str) -> np.ndarray[Any, Any]:
        """The value of a weight of the layer, in TensorFlow's layout."""
        return self.values[self.node.path, weight]

    def constant(self, name: str, value: Any, dtype: str = "float32") -> Tensor:
        """A constant of the layer; its name in the file starts with the path."""
        return self.model.constant(f"{self.node.path}/{name}", np.asarray(value, dtype))

    def operator(
        self,
        code: int,
        inputs: Sequence[Tensor],
        options: Any = None,
        *,
        shape: tuple[int | None, ...] | None = None,
        version: int = 1,
        kind: int = schema.TensorType.FLOAT32,
        per_image: bool = True,
    ) -> Tensor:
        """The tensor that an operator yields, of the shape of its first input unless given.

        It is named by the path of the layer and the operator's kind; the last tensor of a layer
        gets the path alone (``finish``).
        """
        self.written += 1
        name = f"{self.node.path}/{_NAMES[code]}_{self.written}"
        own = inputs[0].shape if shape is None else shape
        output = self.model.computed(name, own, kind, per_image=per_image)
        self.model.operator(code, tuple(inputs), output, options, version)
        return output

    def finish(self, tensor: Tensor) -> Tensor:
        """Name what the layer yields by its path, unless the layer only hands it on."""
        if self.written:
            self.model.rename(tensor, self.node.path)
        return tensor

    def padded(self, tensor: Tensor, *, lowest: bool = False) -> tuple[Tensor, int]:
        """A map ready for the layer's window, and the padding that is left to its operator.

        Operators know the two paddings of TensorFlow; other pixels are added before them.

        Args:
            tensor: a map.
            lowest: whether minus infinity is added, which no maximum picks, instead of zeros.
        """
        pads = padding_pixels(self.node.attributes, tensor.shape)
        if pads is None or self.is_same(tensor.shape):
            return tensor, schema.Padding.SAME
        if not any(pads):
            return tensor, schema.Padding.VALID
        return self.pad(tensor, pads, lowest=lowest), schema.Padding.VALID

    def is_same(self, shape: Shape) -> bool:
        """Whether the operator's own `same` pads a map as the layer does, and pads it at all.

        XNNPACK before LiteRT 2.3 gets it wrong where the strides leave out pixels of one axis
        and the other is padded.
        """
        attributes = self.node.attributes
        pads = padding_pixels(attributes, shape)
        if pads is None or not any(pads):
            return False
        for axis, (size, stride) in enumerate(zip(shape, attributes["stride"], strict=False)):
            if size is not None:
                last = (size - 1) // stride * stride
                if last + window_reach(attributes, axis) < size:
                    return False
        return pads == padding_pixels({**attributes, "padding": "same"}, shape)

    def pad(
        self, tensor: Tensor, pads: tuple[int, int, int, int], *, lowest: bool = False
    ) -> Tensor:
        """Pixels around a map: zeros, or minus infinity."""
        top, bottom, left, right = pads
        height, width, channels = tensor.shape
        shape = (
            None if height is None else height + top + bottom,
            None if width is None else width + left + right,
            channels,
        )
        around = self.constant("pads", ((0, 0), (top, bottom), (left, right), (0, 0)), "int32")
        if not lowest:
            return self.operator(Operator.PAD, [tensor, around], shape=shape)
        fill = self.constant("lowest", -np.inf)
        return self.operator(Operator.PADV2, [tensor, around, fill], shape=shape)
