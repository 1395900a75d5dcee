"""Weights of a file into a Keras model, as `Network.to_keras` puts them there."""

from __future__ import annotations

from inceptionspec.backends.keras import assign, built_nodes
from inceptionspec.weights import WeightOptions, load_weights


def load_into(model, network, file, **options):
    """Give a model that was built from a network the weights of a file; what was read."""
    nodes = built_nodes(model, network.graph)
    found = load_weights(network.loaded, str(file), WeightOptions(**options), nodes)
    assign(model, network.graph, found.arrays)
    return found
