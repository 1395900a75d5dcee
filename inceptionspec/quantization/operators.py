"""Which operators of ONNX compute in integers: literal, closed tables."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Products of a tensor and weights, with the axis of the weights that has the output channels.
PRODUCTS: Mapping[str, int] = MappingProxyType({"Conv": 0, "Gemm": 1})

#: Operators on integers whose result has a grid of its own.
ARITHMETIC = frozenset({"Add", "AveragePool", "GlobalAveragePool"})

#: Operators that choose or move numbers without changing them: all that they read and what they
#: yield have one grid, so that they copy integers. A concat of different grids would have to
#: convert each of its inputs.
MOVING = frozenset(
    {
        "Concat",
        "DepthToSpace",
        "Flatten",
        "GlobalMaxPool",
        "Identity",
        "MaxPool",
        "Reshape",
        "Slice",
        "SpaceToDepth",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    }
)

#: Functions that cut a range off: a grid that ends where they do makes them superfluous.
CLAMPS = frozenset({"Relu", "Clip"})
