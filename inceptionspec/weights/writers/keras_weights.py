"""Arrays as a file ``.weights.h5``, which the network's Keras model loads, without Keras."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from typing import Any

from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.diagnostics.source import external
from inceptionspec.ir.graph import Graph
from inceptionspec.utils.atomic_write import atomic_write
from inceptionspec.weights.writers.keras_layers import keras_layers


def write_keras_weights(file: str, graph: Graph, arrays: Mapping[tuple[str, str], Any]) -> None:
    """Write the weights of a network's model to a file, whole or not at all.

    Keras' own file holds each layer's weights by number, under the layer's class and its rank
    among the layers of that class. The model is the one with the logits of every head.

    Args:
        file: where it goes; Keras reads it under a name that ends in ``.weights.h5`` alone.
        graph: the network.
        arrays: by a layer's path and a weight's name; those of the model's layers must be there.

    Raises:
        KeyError: an array is missing.
        SpecError: the file cannot be written (E0803), h5py is not installed (E0704), or a layer
            needs a known size (E0407).
    """
    with packages("h5py", extra="weights", use="files of Keras need it"):
        import h5py

    ranks: Counter[str] = Counter()
    # In memory: HDF5 ends the process where it cannot write all of a file to a full disk.
    content = io.BytesIO()
    with h5py.File(content, "w") as output:
        for layer in keras_layers(graph):
            rank = ranks[layer.kind]
            ranks[layer.kind] += 1
            name = f"{layer.kind}_{rank}" if rank else layer.kind
            variables = output.create_group(f"layers/{name}/vars")
            variables.attrs["name"] = layer.name
            for number, weight in enumerate(layer.weights):
                variables[str(number)] = arrays[layer.node.path, weight]
    with (
        atomic_write(file, external(f"-o {file}")) as unfinished,
        open(unfinished, "wb") as target,
    ):
        target.write(content.getbuffer())
