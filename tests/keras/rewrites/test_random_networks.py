"""Random small networks: each rewrite alone, and all together, give what Keras gives.

Keras computes the plain network in float64; a computation with NumPy, compared with it here,
computes the rewritten ones. `tools/fuzz_rewrites.py` runs as many networks as one likes.
"""

from __future__ import annotations

from collections import Counter

import keras
import pytest
from random_networks import TOLERANCE, deviation, deviations, networks, rewritings
from rewriting import outputs_of

from inceptionspec.ops import OPS
from inceptionspec.rewrites import (
    PASSES,
    commute_pool_conv,
    fold_batch_norm,
    fuse_linear,
    fuse_parallel_pointwise,
)

SEED = 7
PARTS, PER_PART = 20, 25  # 500 networks

pytestmark = pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")


@pytest.mark.parametrize("part", range(PARTS))
def test_every_rewrite_gives_what_keras_gives(part):
    for network in networks(SEED + part, PER_PART):
        given = outputs_of(network.graph, network.outputs, network.weights, images=network.images)
        assert deviation(given, network.plain()) <= TOLERANCE, network.text
        for name, found in deviations(network, given):
            assert found <= TOLERANCE, f"{name}, outputs {network.outputs}\n{network.text}"
    keras.backend.clear_session()


def test_the_networks_have_every_operator_and_every_rewrite():
    drawn = list(networks(SEED, 300))
    ops = {node.op for network in drawn for node in network.graph.nodes}
    assert ops == set(OPS)
    steps = Counter(
        step.of for network in drawn for _, found in rewritings(network) for step in found.steps
    )
    assert set(steps) == set(PASSES)
    assert min(steps.values()) >= 20
    paddings = {
        type(node.attributes["padding"]).__name__
        if not isinstance(node.attributes["padding"], str)
        else node.attributes["padding"]
        for network in drawn
        for node in network.graph.nodes
        if "padding" in node.attributes
    }
    assert paddings == {"same", "valid", "tuple"}


#: A condition of each pass, and what it becomes: the pass is then no longer exact.
DROPPED = {
    "the weights of each window sum to 1": (
        commute_pool_conv, "windows_sum_to_one", lambda pool, source: True,
    ),
    "no activation between a product and a norm": (
        fold_batch_norm, "is_affine", lambda node: node.attributes["norm"] is None,
    ),
    "no padding where a shift would be": (fuse_linear, "pads", lambda node: False),
    "one stride and one activation": (
        fuse_parallel_pointwise, "_kind", lambda conv: (conv.attributes["stride"], None, None),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("module", "name", "instead"), DROPPED.values(), ids=DROPPED.keys())
def test_a_pass_without_its_condition_is_found_out(monkeypatch, module, name, instead):
    monkeypatch.setattr(module, name, instead)
    worst = 0.0
    for network in networks(SEED, 300):
        worst = max((worst, *(found for _, found in deviations(network, network.plain()))))
        if worst > 1e-3:
            return
    pytest.fail(f"the largest deviation is {worst}")
