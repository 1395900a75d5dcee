"""The diagram: what it says, how it is named, and that no text acts as markup."""

from __future__ import annotations

import pytest
from support import CORPUS

import inceptionspec
from inceptionspec.api.network import Network
from inceptionspec.drawing.diagram import Fold, Options, dot_text
from inceptionspec.drawing.diagram.element_ids import Drawn, drawn, edge_id, id_of
from inceptionspec.drawing.diagram.options import FOLDS
from inceptionspec.frontend.reading.spec_files import builtin_names

GOLDEN = CORPUS / "golden" / "dot"
LAYERS = Options("layers")
TWO_BRANCHES = """
spec: 1
name: Two branches
input: {size: 32x32, channels: 3}
network:
  - {op: conv, name: Stem, kernel: 3x3, filters: 8, stride: 2, padding: valid}
  - name: Mixed
    branches:
      Left:
        - {op: max_pool, name: Pool, kernel: 3x3}
      Right:
        - {op: conv, name: Reduce, kernel: 1x1, filters: 8}
        - {op: conv, name: Wide, kernel: 1x7, filters: 16}
main: Logits
heads:
  Logits:
    from: Mixed
    predictions: softmax
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Classes, units: 10}
"""


@pytest.fixture(scope="module")
def v3() -> Network:
    return inceptionspec.load("inception_v3")


# Golden files


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("name", builtin_names())
def test_golden(name: str, fold: Fold) -> None:
    text = dot_text(inceptionspec.load(name).graph, Options(fold))
    assert text == (GOLDEN / f"{name}.{fold}.dot").read_text(encoding="utf-8")


def test_golden_files_are_of_networks() -> None:
    names = {f"{name}.{fold}.dot" for name in builtin_names() for fold in FOLDS}
    assert {path.name for path in GOLDEN.iterdir()} == names


# What it says


def test_a_single_head_is_named_as_the_convention() -> None:
    text = dot_text(inceptionspec.load("inception_v3", head="Logits").graph)
    assert "23,851,784 parameters · 5.71G MACs, head Logits" in text
    assert "AuxLogits" not in text


def test_an_open_input_leaves_macs_open() -> None:
    text = dot_text(inceptionspec.load("inception_v3", input="any", head="Logits").graph)
    assert "input ?\u00d7?\u00d73" in text
    assert "MACs open" in text


def test_large_networks_fold_to_blocks_unless_told_otherwise(v3: Network) -> None:
    assert dot_text(v3.graph) == dot_text(v3.graph, Options("network"))
    small = inceptionspec.load(TWO_BRANCHES).graph
    assert dot_text(small) == dot_text(small, LAYERS)


@pytest.mark.parametrize("fold", ["network", "branches"])
def test_a_long_run_is_cut_short(fold: Fold) -> None:
    layers = "".join("  - {op: conv, kernel: 3x3, filters: 8}\n" for _ in range(40))
    spec = f"spec: 1\nname: Long\ninput: {{size: 32x32}}\nnetwork:\n{layers}"
    text = dot_text(inceptionspec.load(spec).graph, Options(fold))
    assert "29 more" in text
    assert text.count("conv 3\u00d73") == 11


# Ids


def test_an_id_leads_back_to_its_path() -> None:
    path = "Mixed_5b/Branch_0/Conv2d_0a_1x1"
    assert id_of("layer", path) == "layer-Mixed_5b-Branch_0-Conv2d_0a_1x1"
    assert drawn(id_of("layer", path)) == Drawn("layer", path)
    assert drawn(edge_id("a/b", "c", 2)) == Drawn("edge", "a/b", "c", 2)
    assert drawn("group-stem--1") == Drawn("group", "stem", "", 1)
    strangers = ("", "title-0", "layer-", "layer", "edge-a--b", "edge-a--b--x", "group-a", "x-y")
    assert [drawn(one) for one in strangers] == [None] * len(strangers)


# Strangers' text


def test_no_text_of_a_spec_becomes_an_attribute() -> None:
    spec = TWO_BRANCHES.replace("name: Two branches", "name: '<<b>x</b>>'\ndoc: '<i>y</i>'", 1)
    text = dot_text(inceptionspec.load(spec).graph)
    assert 'label="<<b>x</b>>\\l"' in text
    assert "URL" not in text
    assert "href" not in text
    assert "<i>" not in text
