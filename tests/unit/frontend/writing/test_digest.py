"""The two digests: what changes them, and what does not."""

from __future__ import annotations

import pytest
from support import CORPUS, spec

import inceptionspec
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.frontend.writing.yaml_writer import spec_text

TEXT = spec(
    "- {op: conv, name: a, kernel: 3, filters: 8, l2: 1e-4}\n"
    "- {name: M, branches: {A: [{op: conv, kernel: 1, filters: 4}], B: []}}",
    rest="heads:\n  H: {from: M, loss_weight: 0.5, layers: [{op: global_avg_pool}]}",
)


def digests(text: str) -> tuple[str, str]:
    found = inceptionspec.load(text).digests
    return found["network"], found["document"]


@pytest.mark.parametrize(
    ("old", "new", "network", "document"),
    [
        ("name: a,", "name: b,", False, True),
        ("kernel: 3, filters: 8", "filters: 8, kernel: 3x3", False, False),
        ("kernel: 3", "doc: hello, kernel: 3", False, True),
        ("kernel: 3", "kernel: 5", True, True),
        ("l2: 1e-4", "l2: 1e-5", True, True),
        ("l2: 1e-4", "l2: 0.0001", False, False),
        ("l2: 1e-4", "l2: 1e-4, init: zeros", True, True),
        ("loss_weight: 0.5", "loss_weight: 0.4", True, True),
        ("l2: 1e-4", "l2: 1e-4, init: {variance_scaling: {scale: 2}}", True, True),
        ("size: 16x16", "size: 17x17", True, True),
        ("A: [{op: conv, kernel: 1, filters: 4}], B: []",
         "B: [], A: [{op: conv, kernel: 1, filters: 4}]", True, True),
        ("A: [{op: conv, kernel: 1, filters: 4}]", "C: [{op: conv, kernel: 1, filters: 4}]",
         False, True),
        ("name: t", "name: u", False, True),
        ("network:", "expect: {a: 16x16x8}\nnetwork:", False, True),
        ("network:", "# a comment\nnetwork:", False, False),
        ("filters: 8", "filters: 8, fixed: true", False, True),
    ],
)  # fmt: skip
def test_what_a_change_changes(old: str, new: str, network: bool, document: bool) -> None:
    assert old in TEXT
    before, after = digests(TEXT), digests(TEXT.replace(old, new, 1))
    assert (before[0] != after[0], before[1] != after[1]) == (network, document)


def test_one_initializer_has_one_digest_however_it_is_written() -> None:
    spellings = (
        "{scale: 2}",
        "{scale: 2.0, mode: fan_in}",
        "{mode: fan_in, scale: 2, distribution: truncated_normal}",
        "{scale: 2, distribution: normal}",
    )
    texts = [TEXT.replace("l2:", f"init: {{variance_scaling: {one}}}, l2:") for one in spellings]
    assert len({digests(text) for text in texts}) == 1


def test_arguments_and_width_are_in_the_network_digest() -> None:
    plain = inceptionspec.load("inception_v3").digests["network"]
    assert inceptionspec.load("inception_v3", classes=10).digests["network"] != plain
    assert inceptionspec.load("inception_v3", width=0.5).digests["network"] != plain
    assert inceptionspec.load("inception_v3", classes=1000).digests["network"] == plain


@pytest.mark.parametrize("name", builtin_names())
def test_the_expanded_spec_is_the_same_network_and_document(name: str) -> None:
    network = inceptionspec.load(name)
    text = spec_text(network.loaded.expanded())
    again = inceptionspec.load(text)
    assert again.digests == network.digests
    assert spec_text(again.loaded.expanded()) == text
    assert not {"blocks", "defaults", "args", "extends"} & set(again.loaded.expanded())


def test_minus_nought_is_nought_wherever_it_comes_from() -> None:
    text = (
        "spec: 1\nname: t\ninput: {size: 8x8}\nargs: {w: 0.5}\n"
        "network: [{op: conv, name: c, kernel: 1, filters: 1}]\n"
        "heads: {H: {from: c, loss_weight: WEIGHT, layers: [{op: flatten}]}}\n"
    )
    plain = inceptionspec.load(text.replace("WEIGHT", "0")).digests["network"]
    assert inceptionspec.load(text.replace("WEIGHT", "-0.0")).digests["network"] == plain
    assert inceptionspec.load(text.replace("WEIGHT", "$w"), w=-0.0).digests["network"] == plain


def test_the_network_digest_of_every_built_in_spec_stays() -> None:
    """Records of benchmarks and receipts name them: one that changes orphans those."""
    lines = (CORPUS / "golden" / "network_digests.txt").read_text(encoding="utf-8").splitlines()
    expected = dict(line.split() for line in lines)
    assert list(expected) == list(builtin_names())
    assert {name: inceptionspec.load(name).digests["network"] for name in expected} == expected
