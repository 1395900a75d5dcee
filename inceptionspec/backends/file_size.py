"""How large a model may be to fit in one file."""

from __future__ import annotations

import math
from collections.abc import Iterable

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.ir.graph import Graph

LARGEST = (1 << 31) - (1 << 24)
"""Bytes of weights: offsets in a `.tflite` file and sizes in an ONNX file have 31 bits, and the
structure needs some of them."""


def check_file_size(graph: Graph, nodes: Iterable[int], kind: str) -> None:
    """Refuse float32 weights that no file of a kind holds.

    Args:
        graph: the network.
        nodes: those whose weights go into the file.
        kind: the format, as findings name it.

    Raises:
        SpecError: they are too large (E0508).
    """
    size = sum(
        4 * math.prod(weight.shape) for index in nodes for weight in graph.nodes[index].weights
    )
    if size > LARGEST:
        raise spec_error(
            "E0508",
            f"the weights of `{sanitize(graph.name)}` take {size:,} bytes, "
            f"but {kind} file holds at most 2 GiB",
            "export",
            "save it in another format, such as `.safetensors`",
        )
