"""Weights as users give them to arrays by a layer's path and a weight's name."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import ancestors, resolve_outputs

if TYPE_CHECKING:
    import keras

    from inceptionspec.weights import WeightOptions


def weight_arrays(
    loaded: LoadedSpec,
    weights: str | os.PathLike[str] | keras.Model | None,
    outputs: str | Sequence[str] | None,
    options: WeightOptions,
) -> Mapping[tuple[str, str], Any]:
    """The arrays that some outputs need, of a file, a model, or as a new model starts."""
    if isinstance(weights, (str, os.PathLike)):
        return file_arrays(loaded, weights, outputs, options)
    from inceptionspec.backends.tensorflow import values_for

    return values_for(loaded.graph, outputs, weights)


def file_arrays(
    loaded: LoadedSpec,
    file: str | os.PathLike[str],
    outputs: str | Sequence[str] | None,
    options: WeightOptions,
) -> Mapping[tuple[str, str], Any]:
    """The same from a file of weights."""
    nodes = ancestors(loaded.graph.nodes, resolve_outputs(loaded.graph, outputs).values())
    return node_arrays(loaded, file, nodes, options, stacklevel=5)


def node_arrays(
    loaded: LoadedSpec,
    file: str | os.PathLike[str],
    nodes: Sequence[int],
    options: WeightOptions,
    stacklevel: int = 4,
) -> Mapping[tuple[str, str], Any]:
    """The arrays of some nodes, with a Python warning for each of the file's warnings.

    A file of a base of the network gives the list of what became of each layer, too.
    """
    from inceptionspec.weights import load_weights

    found = load_weights(loaded, os.fspath(file), options, nodes)
    for warning in found.warnings:
        warnings.warn(warning.message, stacklevel=stacklevel)
    if found.transferred is not None:
        from inceptionspec.reports.weights.transfer_text import transfer_text

        warnings.warn(transfer_text(found.transferred), stacklevel=stacklevel)
    return found.arrays
