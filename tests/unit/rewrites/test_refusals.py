"""What must not be rewritten, and what is said of it."""

from __future__ import annotations

import pytest
from rewriting import graph_of, rewritten_by

CONV = "op: conv, kernel: 3x3, filters: 6"
ONE = "op: conv, kernel: 1x1"
POOL = "op: avg_pool, kernel: 3x3, stride: 1"
TWICE = "\n- branches: [[{op: batch_norm}], []]\n  merge: concat"

#: The pass, the network, and the reason.
REFUSED = {
    "norm after an activation": (
        "fold-batch-norm",
        f"- {{{CONV}, activation: relu}}\n- {{op: batch_norm}}",
        "relu stands between it and the product of `conv`",
    ),
    "norm after a pool": (
        "fold-batch-norm",
        "- {op: max_pool, kernel: 3x3}\n- {op: batch_norm}",
        "it reads a `max_pool`, not a convolution or a dense layer",
    ),
    "norm after what another reads": (
        "fold-batch-norm",
        f"- {{{CONV}}}{TWICE}",
        "`conv` is read elsewhere too, without the norm",
    ),
    "concat that another reads": (
        "flatten-concat",
        "- branches: [[], []]\n  merge: concat\n"
        "- branches: [[], [{op: max_pool, kernel: 3x3, stride: 1}]]\n  merge: concat",
        "`concat` is read elsewhere too",
    ),
    "dearer as one": (
        "fuse-linear",
        f"- {{{ONE}, filters: 1}}\n- {{{ONE}, filters: 9}}",
        "as one they cost",
    ),
    "3x3 that pads after a bias": (
        "fuse-linear",
        f"- {{{ONE}, filters: 20}}\n- {{{CONV}}}",
        "the second pads with zeros where the bias of the first would be",
    ),
    "3x3 after a stride": (
        "fuse-linear",
        f"- {{{ONE}, filters: 20, stride: 2}}\n- {{{CONV}, padding: valid}}",
        "the first has a stride and the second a window",
    ),
    "1x1 with a stride after `same`": (
        "fuse-linear",
        f"- {{{CONV}}}\n- {{{ONE}, filters: 2, stride: 2}}",
        "the stride of the second would change what the first pads",
    ),
    "norm before a padded window": (
        "fuse-linear",
        f"- {{op: batch_norm}}\n- {{{CONV}}}",
        "the convolution pads with zeros where the shift of the norm would be",
    ),
    "norm before groups": (
        "fuse-linear",
        "- {op: batch_norm}\n- {op: conv, kernel: 1x1, filters: 4, groups: 2}",
        "the convolution works in groups",
    ),
    "norm that two read": (
        "fuse-linear",
        f"- {{op: batch_norm}}\n- branches: [[{{{ONE}, filters: 3}}], []]\n  merge: concat",
        "`batch_norm` is read elsewhere too",
    ),
    "convolution that two read": (
        "fuse-linear",
        f"- {{{ONE}, filters: 20}}\n- branches: [[{{{ONE}, filters: 3}}], []]\n  merge: concat",
        "`conv` is read elsewhere too",
    ),
    "factor of a sum after an activation": (
        "fuse-linear",
        f"- branches: [[], [{{{ONE}, filters: 4, activation: relu}}]]\n"
        "  merge: {op: add, scale: 0.5}",
        "is not a convolution or dense layer without activation",
    ),
    "pool that two read": (
        "commute-pool-conv",
        f"- {{{POOL}}}\n- branches: [[{{{ONE}, filters: 1}}], []]\n  merge: concat",
        "the pool is read elsewhere too",
    ),
    "no fewer channels": (
        "commute-pool-conv",
        f"- {{{POOL}}}\n- {{{ONE}, filters: 4}}",
        "with the convolution before the pool both cost",
    ),
    "pool with a stride": (
        "commute-pool-conv",
        "- {op: avg_pool, kernel: 2x2, stride: 2}\n- {op: conv, kernel: 1x1, filters: 3}",
        "with the convolution before the pool both cost",
    ),
    "convolution with a stride": (
        "commute-pool-conv",
        f"- {{{POOL}}}\n- {{{ONE}, filters: 1, stride: 2}}",
        "the convolution has a stride",
    ),
    "convolution that pads": (
        "commute-pool-conv",
        f"- {{{POOL}}}\n- {{{ONE}, filters: 1, padding: 1}}",
        "the convolution works in groups, or pads",
    ),
    "norm not folded": (
        "commute-pool-conv",
        f"- {{{POOL}}}\n- {{{ONE}, filters: 1, norm: batch_norm}}",
        "the convolution has a norm of its own",
    ),
    "activation before the pool": (
        "commute-pool-conv",
        f"- {{{ONE}, filters: 20, activation: relu}}\n- {{{POOL}}}",
        "relu stands between the two",
    ),
    "bias before a pool that counts padding": (
        "commute-pool-conv",
        f"- {{{ONE}, filters: 20}}\n- {{{POOL}, count_padding: true}}",
        "the pool averages padding, which has no bias",
    ),
    "other strides": (
        "fuse-parallel-pointwise",
        f"- branches: [[{{{ONE}, filters: 2, stride: 2}}], [{{{ONE}, filters: 3}}, "
        "{op: max_pool, kernel: 2x2, stride: 2}]]\n  merge: concat",
        "activation none, stride 2x2 and norm none, which the other 1x1 convolutions of its "
        "input do not share",
    ),
    "other activations": (
        "fuse-parallel-pointwise",
        f"- branches: [[{{{ONE}, filters: 2}}], [{{{ONE}, filters: 3, activation: relu}}]]\n"
        "  merge: concat",
        "activation relu, stride 1x1 and norm none, which the other 1x1 convolutions of its "
        "input do not share",
    ),
    "softmax": (
        "fuse-parallel-pointwise",
        f"- branches: [[{{{ONE}, filters: 2, activation: softmax}}], "
        f"[{{{ONE}, filters: 3, activation: softmax}}]]\n  merge: concat",
        "softmax reads all channels together",
    ),
}


@pytest.mark.parametrize(("name", "network", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_exact_or_not_cheaper_is_left(name: str, network: str, why: str) -> None:
    graph = graph_of(network)
    found = rewritten_by(graph, name)
    assert not found.steps
    assert found.graph.nodes == graph.nodes
    assert any(why in refusal.why for refusal in found.skipped), found.skipped


@pytest.mark.parametrize(
    "layers",
    [
        [f"{{{CONV}, padding: 1}}", "{op: activation, function: relu}", f"{{{ONE}, filters: 2}}"],
        [f"{{{ONE}, filters: 20, groups: 2}}", f"{{{ONE}, filters: 2}}"],
        [f"{{{ONE}, filters: 20, norm: batch_norm}}", f"{{{ONE}, filters: 2}}"],
        ["{op: depthwise_conv, kernel: 3x3}", f"{{{ONE}, filters: 2}}"],
    ],
)
def test_what_is_not_linear_in_between_is_no_pair(layers: list[str]) -> None:
    graph = graph_of("\n".join(f"- {layer}" for layer in layers))
    assert rewritten_by(graph, "fuse-linear").graph.nodes == graph.nodes


def test_a_tensor_that_was_asked_for_stays() -> None:
    network = f"- {{{CONV}, name: a}}\n- {{op: batch_norm, name: b}}"
    graph = graph_of(network)
    found = rewritten_by(graph, "fold-batch-norm", outputs=("a", "b"))
    assert not found.steps
    assert set(found.outputs) == {"a", "b"}
    pooled = graph_of(f"- {{{POOL}, name: p}}\n- {{{ONE}, filters: 1, name: c}}")
    assert rewritten_by(pooled, "commute-pool-conv", outputs="c").steps
    assert not rewritten_by(pooled, "commute-pool-conv", outputs=("p", "c")).steps


def test_names_of_tensors_that_are_gone_go_and_others_stay() -> None:
    graph = graph_of(f"- {{{CONV}, name: a}}\n- {{op: batch_norm, name: b}}")
    found = rewritten_by(graph, "fold-batch-norm")
    assert "a" not in found.graph.names
    assert found.graph.nodes[found.graph.names["b"]].path == "a"
    ones = f"[{{{ONE}, filters: 2, name: c}}], [{{{ONE}, filters: 3, name: d}}]"
    merged = rewritten_by(
        graph_of(f"- branches: [{ones}]\n  merge: concat"), "fuse-parallel-pointwise"
    )
    names = merged.graph.names
    assert merged.graph.nodes[names["d"]].attributes == {"start": 2, "stop": 5}


def test_an_open_size_leaves_what_hangs_on_cost() -> None:
    graph = graph_of(f"- {{{POOL}}}\n- {{{ONE}, filters: 2, norm: batch_norm}}", size="any")
    found = rewritten_by(graph, "fold-batch-norm", "commute-pool-conv")
    assert [step.of for step in found.steps] == ["fold-batch-norm"]
    assert "the input size is open" in found.skipped[0].why
