"""Types and shapes in TensorFlow's messages: ``types.proto`` and ``tensor_shape.proto``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from inceptionspec.weights.files.weight_file import BFLOAT16, is_possible
from inceptionspec.weights.files.wire import CorruptFileError, fields

_MOST_AXES = 32

#: The names of types by TensorFlow's number.
TYPES: Mapping[int, str] = MappingProxyType(
    {
        1: "float32",
        2: "float64",
        3: "int32",
        4: "uint8",
        5: "int16",
        6: "int8",
        7: "string",
        8: "complex64",
        9: "int64",
        10: "bool",
        14: BFLOAT16,
        17: "uint16",
        18: "complex128",
        19: "float16",
        22: "uint32",
        23: "uint64",
    }
)


def shape_of(message: bytes | memoryview) -> tuple[int, ...]:
    """The shape that a ``TensorShapeProto`` says.

    Raises:
        CorruptFileError: it says none.
    """
    sides = []
    for field in fields(message):
        if field.number == 2:
            sides.append(
                sum(
                    dimension.integer()
                    for dimension in fields(field.bytes())
                    if dimension.number == 1
                )
            )
        elif field.number == 3 and field.integer():
            raise CorruptFileError("a shape is not known")
    if len(sides) > _MOST_AXES or min(sides, default=0) < 0 or not is_possible(tuple(sides)):
        raise CorruptFileError("a shape is malformed")
    return tuple(sides)
