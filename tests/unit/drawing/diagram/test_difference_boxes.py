"""Two networks in one diagram: a box counts the layers of one of them."""

from __future__ import annotations

import re

import pytest
from support import loaded, spec

from inceptionspec.drawing.diagram import Comparison, Options, dot_text


def labels(old: str, new: str) -> dict[str, str]:
    """The text of each folded box by its first line."""
    text = dot_text(Comparison(loaded(old), loaded(new)), Options("network"))
    found = re.findall(r'label="((?:[^"\\]|\\.)*)"', text)
    return {label.split("\\n")[0]: label for label in found}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("inception_v3", "inception_v3_torchvision"),
        ("inception_v3_torchvision", "inception_v3"),
    ],
)
def test_a_head_of_other_layers_costs_what_it_costs_in_the_new_network(old: str, new: str) -> None:
    assert "2.05M params" in labels(old, new)["Logits"]


TRUNK = "- {op: conv, name: c, kernel: 1, filters: 8}\n- {op: conv, name: d, kernel: 1, filters: 8}"


def test_a_head_ends_in_the_shape_of_the_new_network() -> None:
    head = "heads: {{H: {{from: d, layers: [{{op: flatten}}, {0}]}}}}"
    old = spec(TRUNK, rest=head.format("{op: dense, name: old_one, units: 1000}, {op: softmax}"))
    new = spec(TRUNK, rest=head.format("{op: dense, name: new_one, units: 10}"))
    assert "\\n10\\n" in labels(old, new)["H"]


def test_a_part_that_is_gone_costs_what_it_cost() -> None:
    block = "\n- name: B\n  residual: {}\n  layers: [{op: conv, kernel: 1, filters: 8}]"
    gone = labels(spec(TRUNK + block), spec(TRUNK))["\u2212 B"]
    assert "2 layers" in gone
    assert "72 params" in gone


def test_a_part_with_a_layer_more_counts_it() -> None:
    block = "\n- name: B\n  residual: {}\n  layers: [{op: conv, kernel: 1, filters: 8}]"
    more = block.replace("8}]", "8}, {op: conv, kernel: 3, filters: 8}]")
    both = labels(spec(TRUNK + block), spec(TRUNK + more))["B"]
    assert "3 layers" in both
    assert "656 params" in both
    assert "+584 params" in both
    back = labels(spec(TRUNK + more), spec(TRUNK + block))["B"]
    assert "2 layers" in back
    assert "72 params" in back
    assert "\u2212584 params" in back
