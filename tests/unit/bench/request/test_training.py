"""What training minimizes, and which heads are in it."""

from __future__ import annotations

import pytest
from support import loaded as load

from inceptionspec import SpecError
from inceptionspec.bench.request.training import Term, describe_loss, loss_terms, training_target
from inceptionspec.frontend.load import LoadedSpec

AUX = Term("Aux", "Aux/Dense", 0.4, 0.1)
MAIN = Term("Logits", "Logits/Dense", 1.0, 0.0)


def test_heads_with_a_weight_by_default(network: LoadedSpec) -> None:
    assert loss_terms(network.graph) == loss_terms(network.graph, "all") == (AUX, MAIN)
    assert loss_terms(network.graph, "Aux") == (AUX,)
    assert describe_loss((AUX, MAIN)) == "Aux x 0.4, Logits x 1; label smoothing 0 and 0.1"


def test_a_step_runs_logits_and_no_predictions(network: LoadedSpec) -> None:
    chosen = training_target(network.graph)
    assert (chosen.head, chosen.outputs) == ("all", ("Aux/Dense", "Logits/Dense"))
    assert training_target(network.graph, "Aux").head == "Aux"


def test_heads_without_weights() -> None:
    text = """
spec: 1
name: T
input: {size: 8x8}
main: B
network:
  - {op: global_avg_pool, name: Pool}
heads:
  A: {from: Pool, layers: [{op: dense, name: D, units: 2}]}
  B: {from: Pool, layers: [{op: dense, name: D, units: 3}]}
"""
    graph = load(text).graph
    assert loss_terms(graph) == (Term("B", "B/D", 1.0, 0.0),)
    assert loss_terms(graph, "A") == (Term("A", "A/D", 1.0, 0.0),)
    mixed = load(text.replace("A: {from: Pool,", "A: {from: Pool, loss_weight: 0.5,")).graph
    assert [one.head for one in loss_terms(mixed)] == ["A"]


def test_a_network_without_heads() -> None:
    graph = load(
        "spec: 1\nname: T\ninput: {size: 8x8}\nnetwork:\n  - {op: max_pool, name: A, kernel: 2x2}\n"
    ).graph
    with pytest.raises(SpecError) as caught:
        training_target(graph)
    [finding] = caught.value.findings
    assert (finding.code, finding.message) == (
        "E0805",
        "a training step needs a loss, and `T` has no head",
    )


def test_an_unknown_head(network: LoadedSpec) -> None:
    with pytest.raises(SpecError, match="has no head `Logit`"):
        loss_terms(network.graph, "Logit")
