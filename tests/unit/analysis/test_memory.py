"""Peak memory: what lives until when, against counts by hand."""

from __future__ import annotations

import pytest
from support import ROOT, loaded, spec

import inceptionspec
from inceptionspec.analysis.memory import live_bytes, peak_activation_bytes
from inceptionspec.rewrites.savings import savings

CASES = ROOT / "tests/corpus/cases"


def live(layers: str, rest: str = "") -> list[int]:
    """The live bytes at each layer in maps of 10x10x1."""
    found = live_bytes(loaded(spec(layers, size="10x10", channels=1, rest=rest)).graph)
    assert found is not None
    return [size // 400 for size in found]


def conv(name: str, filters: int) -> str:
    return f"{{op: conv, name: {name}, kernel: 1, filters: {filters}}}"


def test_the_maps_of_two_heads_live_to_the_end() -> None:
    graph = loaded(str(CASES / "two_map_heads.yaml")).graph
    assert peak_activation_bytes(graph) == 671_744


def test_an_output_in_the_middle_lives_to_the_end() -> None:
    heads = f"""
main: B
heads:
  A: {{from: t, loss_weight: 1, layers: [{conv("c", 5)}]}}
  B: {{from: u, layers: [{conv("c", 2)}]}}"""
    # A/c runs while t and u live, B/c while u and A/c do.
    assert live(f"- {conv('t', 1)}\n- {conv('u', 3)}", rest=heads) == [1, 2, 4, 9, 10]


def test_predictions_do_not_overwrite_logits() -> None:
    heads = f"heads: {{A: {{from: t, predictions: softmax, layers: [{conv('c', 2)}]}}}}"
    assert live(f"- {conv('t', 1)}", rest=heads) == [1, 2, 3, 4]


def test_without_heads_the_last_tensor_is_the_output() -> None:
    assert live(f"- {conv('a', 2)}\n- {conv('b', 3)}\n- {{op: batch_norm}}") == [1, 3, 5, 3]


def test_outputs_that_a_rewrite_is_asked_for_live_to_the_end() -> None:
    layers = f"- {conv('a', 9)}\n- {conv('b', 1)}\n- {conv('c', 9)}"
    network = inceptionspec.load(spec(layers, size="10x10", channels=1))
    kept = savings(network.optimize(["a", "c"], passes=["dead-code-elimination"]))
    alone = savings(network.optimize(["c"], passes=["dead-code-elimination"]))
    assert kept.after.peak_activation_bytes == 400 * (9 + 1 + 9)
    assert alone.after.peak_activation_bytes == 400 * 10


@pytest.mark.parametrize(
    ("name", "peak"), [("inception_v3", 8_297_856), ("inception_resnet_v2", 8_297_856)]
)
def test_the_largest_maps_of_built_in_networks_are_in_the_stem(name: str, peak: int) -> None:
    """147x147 pixels of 32 and 64 channels; the outputs are vectors."""
    assert peak_activation_bytes(loaded(name).graph) == peak == 4 * 147 * 147 * (32 + 64)
