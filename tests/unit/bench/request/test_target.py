"""Which heads are run, and what they cost."""

from __future__ import annotations

import pytest
from support import loaded as load

from inceptionspec import SpecError
from inceptionspec.analysis.costs import costs, total
from inceptionspec.bench.request.target import target
from inceptionspec.frontend.load import LoadedSpec

STEM = 8 * 8 * 3 * 3 * 3 * 4
LAST = 8 * 8 * 4 * 2


def test_the_main_head_alone_by_default(network: LoadedSpec) -> None:
    chosen = target(network.graph)
    assert (chosen.head, chosen.outputs) == ("Logits", "Predictions")
    assert chosen.cost.macs == STEM + LAST + 2 * 3
    # Biases and the activation of the stem, biases of the last layer, the pool, the dense
    # layer's biases, the softmax.
    other = 8 * 8 * 4 * 2 + 8 * 8 * 2 + 8 * 8 * 2 + 3 + 3 * 5
    assert chosen.cost.flops == 2 * (STEM + LAST + 2 * 3) + other


def test_a_named_head_leaves_out_what_it_does_not_need(network: LoadedSpec) -> None:
    chosen = target(network.graph, "Aux")
    assert (chosen.head, chosen.outputs) == ("Aux", "Aux/Dense")
    assert chosen.cost.macs == STEM + 4 * 5


def test_all_heads_share_their_trunk(network: LoadedSpec) -> None:
    chosen = target(network.graph, "all")
    assert (chosen.head, chosen.outputs) == ("all", ("Aux/Dense", "Predictions"))
    assert chosen.cost == total(costs(network.graph))


def test_the_last_layer_of_a_network_without_heads() -> None:
    graph = load(
        "spec: 1\nname: T\ninput: {size: 8x8}\nnetwork:\n"
        "  - {op: conv, name: A, kernel: 1x1, filters: 2}\n"
        "  - {op: max_pool, name: B, kernel: 2x2}\n"
    ).graph
    chosen = target(graph)
    assert (chosen.head, chosen.outputs) == (None, "B")
    assert chosen.cost == total(costs(graph))


@pytest.mark.parametrize("head", ["Logits", "AuxLogits"])
def test_the_cost_is_that_of_the_network_cut_to_the_head(head: str) -> None:
    cut = load("inception_v3", head=head).graph
    assert target(load("inception_v3").graph, head).cost == total(costs(cut))


def test_the_published_count() -> None:
    cost = target(load("inception_v3").graph).cost
    assert (cost.macs, cost.flops) == (5_713_216_096, 11_477_871_088)


@pytest.mark.parametrize(
    ("head", "helped"),
    [
        ("Logit", "did you mean `Logits`?"),
        ("x", "its heads are `Aux` and `Logits`, and `all` stands for all of them"),
    ],
)
def test_unknown_head(network: LoadedSpec, head: str, helped: str) -> None:
    with pytest.raises(SpecError) as caught:
        target(network.graph, head)
    [finding] = caught.value.findings
    assert (finding.code, finding.helps) == ("E0806", (helped,))
    assert finding.message == f"`Tiny` has no head `{head}`"
    assert finding.primary.span.source.name == f"--head {head}"


@pytest.mark.parametrize("head", ["Logits", "all"])
def test_a_head_of_a_network_without_heads(head: str) -> None:
    graph = load(
        "spec: 1\nname: T\ninput: {size: 8x8}\nnetwork:\n  - {op: max_pool, name: A, kernel: 2x2}\n"
    ).graph
    with pytest.raises(SpecError, match="`T` has no head") as caught:
        target(graph, head)
    assert caught.value.findings[0].helps == (
        "it has no heads: leave `--head` out to run all of it",
    )
