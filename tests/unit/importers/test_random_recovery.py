"""Random networks, taken apart and recovered, compute what they did."""

from __future__ import annotations

import random

import numpy as np
import pytest
from exploding import computed, exploded
from numpy_network import outputs_of
from random_layers import random_layers
from random_networks import networks

import inceptionspec
from inceptionspec.importers.recovery.recovered import recovered


@pytest.mark.parametrize("seed", range(4))
def test_a_recovered_network_computes_the_same(seed: int) -> None:
    for number, one in enumerate(networks(seed, 20)):
        scramble = random.Random(number).choice([None, number])
        found = recovered(exploded(one.graph, scramble=scramble, weights=one.weights))
        graph = found.loaded.graph
        before = outputs_of(one.graph, {"": len(one.graph.nodes) - 1}, one.weights, one.images)[""]
        after = outputs_of(graph, {"": len(graph.nodes) - 1}, found.weights, one.images)[""]
        assert np.abs(before - after).max() <= 1e-9 * max(1, np.abs(before).max()), one.text
        assert not inceptionspec.load(found.text).check().findings, found.text
        assert computed(recovered(exploded(graph)).loaded.graph) == computed(graph), found.text


def test_layers_that_read_each_other_at_random_are_recovered() -> None:
    for seed in range(150):
        network = random_layers(seed)
        found = recovered(network)
        graph = found.loaded.graph
        assert not inceptionspec.load(found.text).check().findings, found.text
        ends = [graph.nodes[-1].path, *graph.end_points]
        for head in graph.heads:
            ends += [graph.nodes[i].path for i in (head.output, head.predictions) if i is not None]
        ends += [graph.nodes[index].path for index in graph.end_points.values()]
        assert {found.mapping[output] for output in network.outputs} <= set(ends), found.text
