"""What may be written in several ways, and means the same in each."""

from __future__ import annotations

import pytest
from support import findings, rendered, spec

import inceptionspec

SAME = {
    "a pair": (
        "- {op: conv, kernel: 1x3, stride: 2x1, dilation: 1x2, padding: 0x1, filters: 4}",
        "- {op: conv, kernel: [1, 3], stride: [2, 1], dilation: [1, 2], padding: [0, 1],"
        " filters: 4}",
    ),
    "a pair of a pool": (
        "- {op: max_pool, kernel: 2x3, stride: 2x2}",
        "- {op: max_pool, kernel: [2, 3], stride: [2, 2]}",
    ),
    "nothing": (
        "- {op: conv, kernel: 1, filters: 4, norm: none, activation: none}",
        "- {op: conv, kernel: 1, filters: 4, norm: null, activation: ~}",
    ),
    "a plain residual": (
        "- {name: r, residual: {}, layers: [{op: conv, kernel: 1, filters: 3}]}",
        "- {name: r, residual: true, layers: [{op: conv, kernel: 1, filters: 3}]}",
    ),
    "no residual": (
        "- {name: r, layers: [{op: conv, kernel: 1, filters: 3}]}",
        "- {name: r, residual: false, layers: [{op: conv, kernel: 1, filters: 3}]}",
    ),
    "a group": (
        "- {op: lrn, group: stem}\n- {op: dropout, rate: 0.5, group: stem}\n- {op: lrn}",
        "- {group: stem, layers: [{op: lrn}, {op: dropout, rate: 0.5}]}\n- {op: lrn}",
    ),
    "members of a repeat": (
        "- {block: b, name: One}\n- {block: b, name: Two}",
        "- {block: b, repeat: 2, names: [One, Two]}",
    ),
}
BLOCKS = "blocks: {b: {layers: [{op: conv, kernel: 1, filters: 2, name: c}]}}\n"


@pytest.mark.parametrize("what", SAME)
def test_two_spellings_are_one_document(what: str) -> None:
    rest = BLOCKS if "block: b" in SAME[what][0] else ""
    first, second = (inceptionspec.loads(spec(text, rest=rest)) for text in SAME[what])
    assert first.digests == second.digests
    assert [node.group for node in first.graph.nodes] == [node.group for node in second.graph.nodes]


def test_null_switches_off_a_default() -> None:
    network = inceptionspec.loads(
        spec(
            "- {op: conv, name: a, kernel: 1, filters: 2, norm: null, activation: null, bias: null,"
            " l2: null, bias_l2: ~}",
            rest="defaults: {conv: {norm: batch_norm, activation: relu, bias: true, l2: 1}}\n",
        )
    )
    attributes = network.graph.nodes[network.graph.names["a"]].attributes
    assert (attributes["norm"], attributes["activation"]) == (None, None)
    assert [attributes[name] for name in ("bias", "l2", "bias_l2")] == [False, 0, 0]


def test_null_switches_off_the_predictions_of_a_base() -> None:
    base = inceptionspec.load("inception_v3")
    text = "spec: 1\nextends: inception_v3\nname: n\noverride: {Logits: {predictions: null}}\n"
    variant = inceptionspec.loads(text)
    assert "Predictions" in base.graph.names
    assert "Predictions" not in variant.graph.names
    assert variant.loaded.expanded()["heads"]["Logits"]["predictions"] == "none"


def test_names_of_a_repeat_with_a_name_stand_inside_it() -> None:
    text = spec("- {block: b, name: R, repeat: 2, names: [One, Two]}", rest=BLOCKS)
    names = inceptionspec.loads(text).graph.names
    assert {"R/One/c", "R/Two/c"} <= names.keys()


@pytest.mark.parametrize(
    ("network", "code", "words"),
    [
        ("- {op: conv, kernel: [3], filters: 4}", "E0205", "height x width"),
        ("- {op: conv, kernel: [3, 0], filters: 4}", "E0205", "height x width"),
        ("- {op: conv, kernel: 1, filters: null}", "E0205", "this is empty"),
        ("- {op: conv, kernel: 1, filters: 4, init: null}", "E0205", "this is empty"),
        ("- {op: batch_norm, epsilon: null}", "E0205", "this is empty"),
        ("- {op: dropout, rate: null}", "E0205", "write `0`"),
        ("- {op: activation, function: null}", "E0205", "this is empty"),
        ("- {residual: 0.1, layers: []}", "E0205", "write `{scale: 0.1}`"),
        ("- {residual: yes, layers: []}", "E0205", "write `true`"),
        ("- {block: b, names: [One]}", "E0210", "`names` is given without `repeat`"),
        ("- {block: b, repeat: 3, names: [One]}", "E0210", "which is 3"),
        ("- {block: b, repeat: 2, names: [One, One]}", "E0301", "has `One` twice"),
        ("- {block: b, repeat: 2, names: [One, 2b]}", "E0209", "cannot be a name"),
        ("- {block: b, repeat: 2, names: One}", "E0201", "must be a list of names"),
        ("- {block: b, repeat: 2, names: [One, input]}", "E0301", "given twice"),
    ],
)
def test_what_means_nothing_is_a_finding(network: str, code: str, words: str) -> None:
    rest = BLOCKS if "block: b" in network else ""
    text = spec(network, rest=rest)
    assert findings(text)[0].code == code, rendered(text)
    assert words in rendered(text), rendered(text)
