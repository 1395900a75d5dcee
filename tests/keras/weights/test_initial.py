"""Fresh weights against Keras' own initializers: the same moments and limits."""

from __future__ import annotations

import numpy as np
import pytest
from support import loaded, spec

from inceptionspec.backends.keras import build, weight_values
from inceptionspec.ops.attribute_types import INITIALIZERS
from inceptionspec.weights.initial import initial_value

ARGUMENTS = {
    "constant": "{constant: 0.25}",
    "normal": "{normal: 0.25}",
    "truncated_normal": "{truncated_normal: 0.25}",
    "uniform": "{uniform: 0.25}",
    "variance_scaling": "{variance_scaling: {scale: 2, mode: fan_out, distribution: normal}}",
}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_keras_draws_from_the_same_distribution(name: str) -> None:
    init = ARGUMENTS.get(name, name)
    text = spec(
        f"- {{op: conv, name: a, kernel: 3x5, filters: 64, groups: 2, init: {init}}}\n"
        f"- {{op: depthwise_conv, name: b, kernel: 5, depth_multiplier: 64, init: {init}}}\n"
        f"- {{op: separable_conv, name: c, kernel: 5, filters: 8, depthwise_init: {init},"
        f" init: {init}, bias_init: {init}, norm: batch_norm, bias: true}}\n"
        "- {op: global_avg_pool}\n"
        f"- {{op: dense, name: d, units: 2048, init: {init}}}",
        channels=64,
        size="3x3",
    )
    graph = loaded(text).graph
    theirs = weight_values(build(graph), graph)
    for node in graph.nodes:
        for weight in node.weights:
            own, value = initial_value(node, weight), theirs[node.path, weight.name]
            assert own.shape == value.shape
            if own.size < 1000:
                assert (own.std() == 0) == (value.std() == 0)
                continue
            slack = 6 / np.sqrt(own.size)
            assert own.std() == pytest.approx(value.std(), rel=slack, abs=1e-9), weight
            if name != "normal":
                largest = np.abs(value).max()
                assert np.abs(own).max() == pytest.approx(largest, rel=0.03), weight
