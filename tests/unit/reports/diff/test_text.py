"""What `specbuild diff` prints: what a part reads, and what only trains differently."""

from __future__ import annotations

import json

import pytest
from support import ROOT, loaded, spec

from inceptionspec.analysis.diff.compare import compare
from inceptionspec.analysis.diff.difference import TRAINING, Difference
from inceptionspec.ops import OPS
from inceptionspec.ops.attribute_types import INIT
from inceptionspec.reports.diff.json import data, to_json
from inceptionspec.reports.diff.markdown import to_markdown
from inceptionspec.reports.diff.text import to_text

CASES = ROOT / "tests/corpus/cases"


def difference(old: str, new: str) -> Difference:
    return compare(loaded(old), loaded(new))


# What a part reads


def test_a_part_reads_what_is_outside_of_it() -> None:
    found = difference(str(CASES / "diff_reads_a.yaml"), str(CASES / "diff_reads_b.yaml"))
    assert "\n  Stage: 6 layers, reads Stem, yields 32x32x32\n" in to_text(found)
    assert "- `Stage`: `6 layers`, `reads Stem`, `yields 32x32x32`\n" in to_markdown(found)


def test_a_part_does_not_read_the_blocks_in_it() -> None:
    base = spec("- {op: conv, name: A, kernel: 3x3, filters: 8}", size="8x8")
    found = difference(base, str(CASES / "part_reads_itself.yaml"))
    assert "\n  B: 5 layers, reads input, yields 8x8x3\n" in to_text(found)


def test_a_part_may_read_a_part_whose_name_begins_alike() -> None:
    old = spec("- {op: conv, name: A, kernel: 1, filters: 3}")
    more = (
        "\n- {name: Ab, residual: {}, layers: [{op: dropout, rate: 0.5}]}"
        "\n- {name: Abc, residual: {}, layers: [{op: dropout, rate: 0.5}]}"
    )
    new = spec("- {op: conv, name: A, kernel: 1, filters: 3}" + more)
    text = to_text(difference(old, new))
    assert "Ab: 2 layers, reads A, yields" in text
    assert "Abc: 2 layers, reads Ab, yields" in text


# What only trains differently

LAYERS = """
- {op: conv, name: c, kernel: 3, filters: 8, norm: batch_norm}
- {op: dropout, name: d, rate: 0.2}
"""
OLD = spec(LAYERS)


def edited(old: str, new: str) -> Difference:
    assert OLD.count(old) == 1
    return difference(OLD, OLD.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("norm: batch_norm", "norm: {op: batch_norm, momentum: 0.9}", "norm.momentum 0.99 -> 0.9"),
        ("filters: 8", "filters: 8, init: he_normal", "init glorot_uniform -> he_normal"),
        ("filters: 8", "filters: 8, l2: 0.1", "l2 0 -> 0.1"),
        ("rate: 0.2", "rate: 0.5", "rate 0.2 -> 0.5"),
    ],
)
def test_what_only_trains_differently_is_a_section_of_its_own(
    old: str, new: str, words: str
) -> None:
    found = edited(old, new)
    assert found.trains_only
    assert f"\nTraining\n  {'d' if 'rate' in words else 'c'}: {words}\n" in to_text(found)
    assert "\nonly training differs: both compute the same from the same weights\n" in to_text(
        found
    )
    assert "Attributes" not in to_text(found)
    assert "### Training\n" in to_markdown(found)
    assert "### Attributes" not in to_markdown(found)
    name = words.partition(" ")[0]
    layer = "d" if "rate" in words else "c"
    assert data(found)["training"] == {"names": [name], "layers": [layer], "only": True}


def test_what_computes_differently_stands_apart_from_what_trains_differently() -> None:
    found = edited("filters: 8", "filters: 8, l2: 0.1, activation: relu")
    assert not found.trains_only
    text = to_text(found)
    assert "\nAttributes\n  c: activation none -> relu\n" in text
    assert "\nTraining\n  c: l2 0 -> 0.1\n" in text
    assert "only training" not in text
    training = json.loads(to_json(found))["training"]
    assert training == {"names": ["l2"], "layers": [], "only": False}


@pytest.mark.parametrize(
    ("key", "training"),
    [("loss_weight: 0.5", True), ("label_smoothing: 0.1", True), ("predictions: sigmoid", False)],
)
def test_heads_have_keys_that_only_training_reads(key: str, training: bool) -> None:
    head = "heads: {{H: {{from: d, {0}layers: [{{op: flatten}}]}}}}"
    old = spec(LAYERS, rest=head.format(""))
    found = difference(old, spec(LAYERS, rest=head.format(f"{key}, ")))
    assert found.trains_only == training
    assert ("\nTraining\n" in to_text(found)) == training
    assert ("\nHeads\n" in to_text(found)) != training


@pytest.mark.parametrize(
    "edit",
    [
        ("filters: 8", "filters: 9"),
        ("name: d, rate: 0.2", "name: e, rate: 0.2"),  # a new name alone: the same network
        ("- {op: dropout", "- {op: lrn}\n  - {op: dropout"),
        ("norm: batch_norm", "norm: {op: batch_norm, epsilon: 0.1}"),
    ],
)
def test_other_differences_are_not_only_training(edit: tuple[str, str]) -> None:
    assert not edited(*edit).trains_only


def test_the_table_holds_all_that_only_training_reads() -> None:
    """Initializers and weight decay by their kind and name, and those known by heart."""
    attributes = {
        attribute.name
        for op in OPS.values()
        for attribute in op.attributes
        if attribute.kind is INIT or attribute.name.endswith("l2")
    }
    heads = {"loss_weight", "label_smoothing"}
    assert attributes | heads | {"momentum", "norm.momentum", "rate"} == TRAINING
