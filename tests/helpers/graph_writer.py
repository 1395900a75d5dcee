"""Graphs of TensorFlow as bytes, right or wrong, without TensorFlow."""

from __future__ import annotations

import numpy as np

from inceptionspec.weights.writers.messages import message

DATA = np.arange(6, dtype="<f4").tobytes()
Fields = tuple[int, int | bytes]


def value_of(kind: int, shape: tuple[int, ...], *fields: Fields, rest: bytes = b"") -> bytes:
    sides = message(*((2, message((1, side))) for side in shape))
    return message((1, kind), (2, sides), *fields) + rest


def attribute(name: str, value: bytes) -> bytes:
    return message((1, name.encode()), (2, value))


def constant(name: str, value: bytes) -> bytes:
    types = attribute("dtype", message((6, 1)))
    return message(
        (1, name.encode()), (2, b"Const"), (5, types), (5, attribute("value", message((8, value))))
    )


def plain(name: str = "w") -> bytes:
    return constant(name, value_of(1, (2, 3), (4, DATA)))


def node(name: str, op: str, *inputs: str) -> bytes:
    return message((1, name.encode()), (2, op.encode()), *((3, one.encode()) for one in inputs))


def graph(*nodes: bytes) -> bytes:
    return message(*((1, one) for one in nodes), (4, message((1, 21))))


def every_form() -> bytes:
    """A small graph with a constant in each form."""
    return graph(
        node("x", "Placeholder"),
        plain(),
        constant("v", value_of(1, (4,), (5, DATA[:8]))),
        constant("i", value_of(3, (4,), (7, b"\1\2\3\4"))),
    )
