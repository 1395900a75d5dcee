"""Files of weights that are not there: arrays by name, or names and shapes alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph
from inceptionspec.weights import LoadedWeights, WeightOptions
from inceptionspec.weights.files.weight_file import StoredTensor
from inceptionspec.weights.load import weights_of

PLACE = external("--weights file")


class HeldArrays:
    """What a reader yields, from arrays in memory."""

    def __init__(self, arrays: Mapping[str, Any], file_format: str = "safetensors") -> None:
        self.format = file_format
        self._arrays = arrays
        self.tensors = {
            name: StoredTensor(str(array.dtype), tuple(array.shape))
            for name, array in arrays.items()
        }

    def read(self, names: Iterable[str]) -> dict[str, Any]:
        """Some of the arrays."""
        return {name: self._arrays[name] for name in names}


def read_into(
    loaded: LoadedSpec,
    arrays: Mapping[str, Any],
    nodes: Iterable[int] | None = None,
    file_format: str = "safetensors",
    **options: Any,
) -> LoadedWeights:
    """What a network gets from a file of some arrays."""
    file = HeldArrays(arrays, file_format)
    return weights_of(loaded, file, WeightOptions(**options), nodes, PLACE)


def table(file: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a reference table."""
    rows = (row.split("\t") for row in file.read_text(encoding="utf-8").splitlines()[1:])
    return {
        name: tuple(int(side) for side in shape.split("x")) if shape else () for name, shape in rows
    }


def write_zeros(file: Path, shapes: Mapping[str, tuple[int, ...]]) -> str:
    """A file of safetensors whose arrays are 0: a hole in the file, which takes no space."""
    header: dict[str, Any] = {}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * int(np.prod(shape, dtype=int))
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with file.open("wb") as opened:
        opened.write(len(text).to_bytes(8, "little") + text)
        opened.truncate(8 + len(text) + end)
    return str(file)


def drawn(graph: Graph, seed: int = 1) -> dict[tuple[str, str], Any]:
    """Weights for a graph, by path and name; variances and gammas are above 0."""
    draw = np.random.default_rng(seed)
    return {
        (node.path, weight.name): (
            draw.uniform(0.5, 1.5, weight.shape)
            if weight.name in ("gamma", "moving_variance", "variance")
            else draw.normal(size=weight.shape)
        ).astype("float32")
        for node in graph.nodes
        for weight in node.weights
    }
