"""Built-in networks are known again, whatever their layers are called."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from exploding import computed, exploded
from support import ROOT

import inceptionspec
from inceptionspec.importers.recovery.known import TABLE
from inceptionspec.importers.recovery.recovered import recovered

NAMES = inceptionspec.builtin_specs()


def test_the_table_is_what_the_specs_say() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from make_known import table
    finally:
        sys.path.remove(str(ROOT / "tools"))
    assert TABLE.read_text() == table(), "run `python tools/make_known.py`"


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_network_extends_itself(name: str) -> None:
    graph = inceptionspec.load(name).graph
    found = recovered(exploded(graph, scramble=2))
    assert f"extends: {name}\n" in found.text
    assert (found.equals, found.differs) == (name, "")
    assert computed(found.loaded.graph) == computed(graph)
    assert set(found.mapping.values()) == {node.path for node in found.loaded.graph.nodes[1:]}
    assert not inceptionspec.load(found.text).check().findings


OWN_HEAD = """
spec: 1
extends: inception_v3_keras
name: Own head
override:
  Logits:
    set:
      layers:
        - {op: global_max_pool, name: pool}
        - {op: dense, name: hidden, units: 64, activation: relu}
        - {op: dense, name: classes, units: 7}
  args.dropout: delete
  args.classes: delete
"""
OTHER_CLASSES = """
spec: 1
extends: resnet50
name: Other classes
override:
  args.classes: {set: 10}
"""
FOR_LOGITS = """
spec: 1
extends: inception_v3
name: For logits
args: {classes: 10}
override: {Logits: {predictions: none}}
"""
NO_HEAD = """
spec: 1
extends: densenet121
name: No head
override:
  Logits: delete
  args.classes: delete
"""


@pytest.mark.parametrize(
    ("text", "base", "lines"),
    [
        (OWN_HEAD, "inception_v3_keras", 20),
        (OTHER_CLASSES, "resnet50", 8),
        (FOR_LOGITS, "inception_v3", 8),
        (NO_HEAD, "densenet121", 12),
    ],
)
def test_a_variant_is_a_few_lines(text: str, base: str, lines: int) -> None:
    graph = inceptionspec.load(text).graph
    found = recovered(exploded(graph, scramble=3))
    assert (found.equals, found.differs) == (base, "another head")
    assert f"extends: {base}\n" in found.text
    assert computed(found.loaded.graph) == computed(graph)
    assert len(found.text.splitlines()) <= lines, found.text
    assert not inceptionspec.load(found.text).check().findings, found.text


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet50"])
def test_a_network_of_any_size_pads_with_the_pixels_it_has(name: str) -> None:
    """Keras pads before a stride of 2 by pixels that are those of `same` at even sizes alone."""
    graph = inceptionspec.load(name, input="any").graph
    nodes = [
        replace(node, attributes={**node.attributes, "padding": (0, 1, 0, 1)})
        if node.op == "depthwise_conv" and node.attributes["stride"] == (2, 2)
        else node
        for node in graph.nodes
    ]
    odd = [node.path for node in nodes if node.attributes.get("padding") == (0, 1, 0, 1)]
    found = recovered(exploded(replace(graph, nodes=tuple(nodes)), scramble=2))
    assert f"extends: {name}\n" in found.text
    assert "size: any" in found.text
    assert found.text.count("padding: {top: 0, bottom: 1, left: 0, right: 1}") == len(odd)
    assert (found.equals, found.differs) == (name, "explicit padding" if odd else "")
    assert not inceptionspec.load(found.text).check().findings


def test_other_numbers_at_the_input() -> None:
    """A file for inference has the mean and variance of the data as a factor and an offset."""
    text = """
spec: 1
extends: efficientnet_b0
name: Numbers
override:
  rescaling: {scale: [0.5, 0.25, 0.125], offset: [1, 2, 3]}
  normalization: delete
"""
    graph = inceptionspec.load(text).graph
    found = recovered(exploded(graph, scramble=2))
    assert (found.equals, found.differs) == ("efficientnet_b0", "other numbers for its input")
    assert len(found.text.splitlines()) <= 14
    assert computed(found.loaded.graph) == computed(graph)
