"""Whole ONNX models as bytes, without ONNX: what a reader of graphs is tried on."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx_writer import tensor

from inceptionspec.weights.writers.messages import message

_KINDS = {"f": 1, "i": 7}


def array(name: str, value: Any) -> bytes:
    """An initializer, float32 or int64."""
    held = np.asarray(value)
    held = held.astype("<i8" if held.dtype.kind == "i" else "<f4")
    return tensor(name, _KINDS[held.dtype.kind], held.shape, (9, held.tobytes()))


def node(
    kind: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **attributes: Any
) -> bytes:
    """An operator, called by its first output."""
    return message(
        *((1, name.encode()) for name in inputs),
        *((2, name.encode()) for name in outputs),
        (3, outputs[0].encode()),
        (4, kind.encode()),
        *((5, _attribute(name, value)) for name, value in attributes.items()),
        *([(7, domain.encode())] if domain else []),
    )


def _attribute(name: str, value: Any) -> bytes:
    key = (1, name.encode())
    if isinstance(value, bytes):  # a graph
        return message(key, (6, value), (20, 5))
    if isinstance(value, str):
        return message(key, (4, value.encode()), (20, 3))
    if isinstance(value, float):
        return message(key) + b"\x15" + struct.pack("<f", value) + message((20, 1))
    if isinstance(value, int):
        return message(key, (3, value), (20, 2))
    return message(key, *((8, number) for number in value), (20, 7))


def described(name: str, shape: Sequence[int | str]) -> bytes:
    """What a graph reads or yields; sides that are texts are open."""
    sides = [
        (1, message((2, side.encode()) if isinstance(side, str) else (1, side))) for side in shape
    ]
    kind = message((1, 1), (2, message(*sides)))
    return message((1, name.encode()), (2, message((1, kind))))


def model(
    *nodes: bytes,
    arrays: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Sequence[int | str]] | None = None,
    outputs: Sequence[str] = ("y",),
    opset: int = 17,
) -> bytes:
    """A model that reads `x`, a batch of 8x8 images of 3 channels, unless told otherwise."""
    reads = {"x": ("N", 3, 8, 8)} if inputs is None else inputs
    graph = message(
        *((1, one) for one in nodes),
        (2, b"net"),
        *((5, array(name, value)) for name, value in (arrays or {}).items()),
        *((11, described(name, shape)) for name, shape in reads.items()),
        *((12, described(name, ())) for name in outputs),
    )
    return message((1, 8), (7, graph), (8, message((2, opset))))
