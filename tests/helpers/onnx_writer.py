"""ONNX models as bytes, right or wrong, without ONNX."""

from __future__ import annotations

import numpy as np

from inceptionspec.weights.writers.messages import message

DATA = np.arange(6, dtype="<f4").tobytes()
Fields = tuple[int, int | bytes]


def tensor(name: str, kind: int = 1, shape: tuple[int, ...] = (2, 3), *fields: Fields) -> bytes:
    sides = tuple((1, side) for side in shape)
    return message(*sides, (2, kind), *fields, (8, name.encode()))


def plain(name: str = "w") -> bytes:
    return tensor(name, 1, (2, 3), (9, DATA))


def node(op: str, inputs: list[str], outputs: list[str], *attributes: bytes) -> bytes:
    return message(
        *((1, name.encode()) for name in inputs),
        *((2, name.encode()) for name in outputs),
        (4, op.encode()),
        *((5, attribute) for attribute in attributes),
    )


def model(*initializers: bytes, nodes: tuple[bytes, ...] = (), rest: bytes = b"") -> bytes:
    graph = message(*((1, one) for one in nodes), *((5, one) for one in initializers))
    return message((1, 8), (7, graph)) + rest


def external(location: str, *more: tuple[str, str]) -> tuple[Fields, ...]:
    pairs = (("location", location), *more)
    return (
        *((13, message((1, key.encode()), (2, value.encode()))) for key, value in pairs),
        (14, 1),
    )


def every_form() -> bytes:
    """A small model with an array in each place where arrays can be."""
    value = message((1, b"value"), (5, plain("")))
    return model(
        plain(),
        tensor("v", 1, (6,), (4, DATA)),
        tensor("i", 7, (3,), (7, b"\1\2\3")),
        nodes=(node("Constant", [], ["k"], value), node("Conv", ["x", "k"], ["y"])),
    )
