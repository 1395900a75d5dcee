"""Each rewrite alone on small networks with random weights, then all on every built-in one.

The reference is the plain network, in float64 where TensorFlow has the kernels for it: what
is left of a difference there is rounding, and a wrong formula cannot hide behind it.
"""

from __future__ import annotations

from typing import get_args

import pytest
from rewriting import distance, graph_of, rewritten_by

import inceptionspec
from inceptionspec.backends.weight_exprs import RULES
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.rewrites import rewrite
from inceptionspec.rewrites.weight_expr import Stored, WeightExpr

CONV = "op: conv, kernel: 3x3, filters: 6"
ONE = "op: conv, kernel: 1x1"
DEPTHWISE = "op: depthwise_conv, kernel: 3x3, depth_multiplier: 2"
SEPARABLE = "op: separable_conv, kernel: 3x3, filters: 6, depth_multiplier: 2"
DENSE = "- {op: global_avg_pool}\n- {op: dense, units: 6"


def test_every_kind_of_weight_expression_has_a_rule() -> None:
    assert {*RULES, Stored} == set(get_args(WeightExpr))


FOLDED = {
    "own norm": f"- {{{CONV}, norm: batch_norm, activation: relu}}",
    "own norm with epsilon": f"- {{{CONV}, norm: {{op: batch_norm, epsilon: 0.5}}}}",
    "no gamma": f"- {{{CONV}, norm: {{op: batch_norm, scale: false}}, activation: relu}}",
    "no beta": f"- {{{CONV}, norm: {{op: batch_norm, center: false}}, activation: relu}}",
    "neither": f"- {{{CONV}, norm: {{op: batch_norm, center: false, scale: false}}}}",
    "bias and norm": f"- {{{CONV}, bias: true, norm: batch_norm, activation: tanh}}",
    "stride and padding": f"- {{{CONV}, stride: 2, padding: 2, norm: batch_norm}}",
    "dilation": f"- {{{CONV}, dilation: 2, norm: batch_norm}}",
    "groups": f"- {{{CONV}, groups: 2, norm: batch_norm}}",
    "depthwise": f"- {{{DEPTHWISE}, norm: batch_norm, activation: relu}}",
    "depthwise with bias": f"- {{{DEPTHWISE}, bias: true, norm: batch_norm}}",
    "separable": f"- {{{SEPARABLE}, norm: batch_norm, activation: relu}}",
    "dense": f"{DENSE}, norm: batch_norm, activation: relu}}",
    "norm after": f"- {{{CONV}, bias: false}}\n- {{op: batch_norm, epsilon: 0.1}}",
    "norm after a bias": f"- {{{CONV}}}\n- {{op: batch_norm, scale: false}}",
    "norm after depthwise": f"- {{{DEPTHWISE}}}\n- {{op: batch_norm}}",
    "norm after separable": f"- {{{SEPARABLE}}}\n- {{op: batch_norm, center: false}}",
    "norm after dense": f"{DENSE}}}\n- {{op: batch_norm}}",
    "own norm and one after it": f"- {{{CONV}, norm: batch_norm}}\n- {{op: batch_norm}}",
    "two after it": f"- {{{CONV}}}\n- {{op: batch_norm}}\n- {{op: batch_norm}}",
}


@pytest.mark.parametrize("network", FOLDED.values(), ids=FOLDED.keys())
def test_folding_a_norm_is_exact(network: str) -> None:
    graph = graph_of(network)
    found = rewritten_by(graph, "fold-batch-norm")
    assert len(found.steps) == network.count("batch_norm")
    left = [n for n in found.graph.nodes if n.op == "batch_norm" or n.attributes.get("norm")]
    assert not left
    assert distance(graph, found) < 1e-12


CONCATS = """
- branches:
    - [{op: conv, kernel: 1x1, filters: 3}]
    - - branches:
          - [{op: conv, kernel: 1x1, filters: 2}]
          - - branches: [[{op: max_pool, kernel: 3x3, stride: 1}], []]
              merge: concat
        merge: concat
    - []
  merge: concat
"""


def test_flattening_concats_is_exact() -> None:
    graph = graph_of(CONCATS)
    found = rewritten_by(graph, "flatten-concat")
    assert [node.op for node in found.graph.nodes].count("concat") == 1
    assert len(found.graph.nodes[-1].inputs) == 5
    assert distance(graph, found) == 0


def test_dropping_dropout_and_heads_is_exact() -> None:
    network = f"- {{{CONV}, name: a}}\n- {{op: dropout, rate: 0.5}}\n- {{{CONV}, name: b}}"
    head = "[{op: dropout, rate: 0.5}, {op: global_avg_pool}, {op: dense, units: 3}]"
    heads = f"  one: {{from: b, layers: {head}}}\n  two: {{from: a, layers: {head}}}\n"
    graph = graph_of(network, more=f"main: one\nheads:\n{heads}")
    found = rewritten_by(graph, "dead-code-elimination", outputs="one")
    assert [node.op for node in found.graph.nodes].count("dropout") == 0
    assert [head.name for head in found.graph.heads] == ["one"]
    assert {path.split("/")[0] for path, _ in found.weights} == {"a", "b", "one"}
    assert distance(graph, found, "one") == 0


LINEAR = {
    "1x1 after 1x1": f"- {{{ONE}, filters: 20}}\n- {{{ONE}, filters: 3}}",
    "with strides": f"- {{{ONE}, filters: 20, stride: 2}}\n- {{{ONE}, filters: 3, stride: 2}}",
    "one bias": f"- {{{ONE}, filters: 20, bias: false}}\n- {{{ONE}, filters: 3}}",
    "the other bias": f"- {{{ONE}, filters: 20}}\n- {{{ONE}, filters: 3, bias: false}}",
    "no bias": f"- {{{ONE}, filters: 20, bias: false}}\n- {{{ONE}, filters: 3, bias: false}}",
    "norm and activation after it": f"- {{{ONE}, filters: 20}}\n"
    f"- {{{ONE}, filters: 3, bias: true, norm: batch_norm, activation: relu}}",
    "1x1 after 3x3": f"- {{{CONV}, stride: 2}}\n- {{{ONE}, filters: 2}}",
    "1x1 after a padded 3x3": f"- {{{CONV}, padding: 2, dilation: 2}}\n- {{{ONE}, filters: 2}}",
    "3x3 after 1x1 without padding": f"- {{{ONE}, filters: 20}}\n"
    "- {op: conv, kernel: 3x3, filters: 3, padding: valid, stride: 2}",
    "padded 3x3 after 1x1 without bias": f"- {{{ONE}, filters: 20, bias: false}}\n- {{{CONV}}}",
    "three in a row": f"- {{{ONE}, filters: 20}}\n- {{{ONE}, filters: 16}}\n"
    f"- {{{ONE}, filters: 3}}",
    "dense after dense": f"{DENSE}}}\n- {{op: dense, units: 2, activation: tanh}}",
    "norm after norm": "- {op: batch_norm, scale: false}\n- {op: batch_norm, center: false}",
    "norms, then a 1x1": f"- {{op: batch_norm}}\n- {{op: batch_norm}}\n- {{{ONE}, filters: 3}}",
    "norm before a window": "- {op: batch_norm, epsilon: 0.3}\n"
    f"- {{{CONV}, padding: valid, stride: 2, bias: true, norm: batch_norm, activation: relu}}",
    "norm before dense": "- {op: global_avg_pool}\n- {op: batch_norm}\n- {op: dense, units: 3}",
    "factor of a sum": "- branches:\n"
    f"    - []\n    - [{{{ONE}, filters: 4}}]\n    - [{{{ONE}, filters: 4, bias: false}}]\n"
    "  merge: {op: add, scale: 0.3, activation: relu}",
    "factor of a depthwise": "- branches: [[], [{op: depthwise_conv, kernel: 3x3}]]\n"
    "  merge: {op: add, scale: -2}",
}


@pytest.mark.parametrize("network", LINEAR.values(), ids=LINEAR.keys())
def test_merging_linear_operations_is_exact(network: str) -> None:
    graph = graph_of(network)
    found = rewritten_by(graph, "fuse-linear")
    assert found.steps
    assert not found.skipped
    # Keras rounds the factor of a sum to float32.
    assert distance(graph, found) < (1e-7 if "scale: 0.3" in network else 1e-12)


POOL = "op: avg_pool, kernel: 3x3, stride: 1"
EXCHANGED = {
    "same": f"- {{{POOL}}}\n- {{{ONE}, filters: 2, activation: relu}}",
    "valid": f"- {{{POOL}, padding: valid}}\n- {{{ONE}, filters: 1}}",
    "explicit padding": f"- {{{POOL}, padding: 1}}\n- {{{ONE}, filters: 2, activation: relu}}",
    "counted padding": f"- {{{POOL}, count_padding: true}}\n"
    f"- {{{ONE}, filters: 2, activation: relu}}",
    "counted padding on two sides": f"- {{{POOL}, count_padding: true, "
    f"padding: {{top: 1, bottom: 0, left: 0, right: 2}}}}\n- {{{ONE}, filters: 2}}",
    "counted padding without bias": f"- {{{POOL}, count_padding: true}}\n"
    f"- {{{ONE}, filters: 2, bias: false, activation: relu}}",
    "softmax after it": f"- {{{POOL}}}\n- {{{ONE}, filters: 2, activation: softmax}}",
    "the pool first": f"- {{{ONE}, filters: 20}}\n- {{{POOL}}}",
    "the pool first, with a stride": f"- {{{ONE}, filters: 20}}\n"
    "- {op: avg_pool, kernel: 2x2, stride: 2}",
    "the pool first, counted, no bias": f"- {{{ONE}, filters: 20, bias: false}}\n"
    f"- {{{POOL}, count_padding: true}}",
    "read by two after it": f"- {{{POOL}}}\n- {{{ONE}, filters: 2, activation: relu}}\n"
    "- branches: [[], [{op: activation, function: tanh}]]\n  merge: concat",
}


@pytest.mark.parametrize("network", EXCHANGED.values(), ids=EXCHANGED.keys())
def test_exchanging_a_pool_and_a_convolution_is_exact(network: str) -> None:
    graph = graph_of(network, channels=6)
    found = rewritten_by(graph, "commute-pool-conv")
    assert len(found.steps) == 1
    ops = [node.op for node in found.graph.nodes if node.op in ("conv", "avg_pool")]
    assert ops == (["avg_pool", "conv"] if "filters: 20" in network else ["conv", "avg_pool"])
    assert distance(graph, found) < 1e-12


MERGED = {
    "two": f"- branches: [[{{{ONE}, filters: 2}}], [{{{ONE}, filters: 3}}]]\n  merge: concat",
    "with strides": f"- branches: [[{{{ONE}, filters: 2, stride: 2}}], "
    f"[{{{ONE}, filters: 3, stride: 2, padding: valid}}]]\n  merge: concat",
    "with activations": f"- branches: [[{{{ONE}, filters: 2, activation: relu}}], [], "
    f"[{{{ONE}, filters: 3, activation: relu}}, {{{CONV}}}]]\n  merge: concat",
    "one bias": f"- branches: [[{{{ONE}, filters: 2, bias: false}}], [{{{ONE}, filters: 3}}]]\n"
    "  merge: concat",
    "no bias": f"- branches: [[{{{ONE}, filters: 2, bias: false}}], "
    f"[{{{ONE}, filters: 3, bias: false}}]]\n  merge: concat",
    "with norms": f"- branches: [[{{{ONE}, filters: 2, norm: batch_norm}}], "
    f"[{{{ONE}, filters: 3, norm: batch_norm}}]]\n  merge: concat",
    "two kinds": f"- branches: [[{{{ONE}, filters: 2}}], "
    f"[{{{ONE}, filters: 3, activation: relu}}], [{{{ONE}, filters: 4}}], "
    f"[{{{ONE}, filters: 1, activation: relu}}]]\n  merge: concat",
}


@pytest.mark.parametrize("network", MERGED.values(), ids=MERGED.keys())
def test_merging_parallel_convolutions_is_exact(network: str) -> None:
    graph = graph_of(network)
    found = rewritten_by(graph, "fuse-parallel-pointwise")
    ones = [n for n in found.graph.nodes if n.op == "conv" and n.attributes["kernel"] == (1, 1)]
    assert len(ones) == len(found.steps) == (2 if "filters: 4" in network else 1)
    assert distance(graph, found) < 1e-12


#: Networks whose auxiliary heads end in a window that does not fit a smaller map.
NEED_THEIR_SIZE = ("inception_v3_torchvision",)


@pytest.mark.parametrize("name", builtin_names())
def test_all_rewrites_together_leave_a_network_what_it_is(name: str) -> None:
    """All heads that fit, at a quarter of the width and half the size."""
    whole = inceptionspec.load(name).graph
    height, width, _ = whole.nodes[0].shape
    assert height
    assert width
    # The padding of NASNet follows parity: it takes multiples of 32.
    halves = (128, 128) if name == "nasnet_mobile" else (height // 2, width // 2)
    graph = inceptionspec.load(
        name,
        input=halves,
        width=0.25,
        head=whole.main if name in NEED_THEIR_SIZE else (),
    ).graph
    found = rewrite(graph)
    assert found.steps
    # TensorFlow averages volumes, of which LRN is made, in float32 alone.
    double = all(node.op != "lrn" for node in graph.nodes)
    assert distance(graph, found, dtype="float64" if double else "float32") < (
        1e-7 if double else 1e-5
    )
