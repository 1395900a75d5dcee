"""Norms, numbers for each channel and functions with a number: shapes, weights, costs, words."""

from __future__ import annotations

from typing import Any

import pytest
from support import findings, nodes, spec

import inceptionspec
from inceptionspec.analysis.costs import costs
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.analysis.receptive_field import receptive_fields
from inceptionspec.ops import OPS
from inceptionspec.ops.attribute_types import ACTIVATION, FUNCTION, PER_CHANNEL
from inceptionspec.ops.functions import ACTIVATIONS, Sloped, function_name, function_number

ELEMENTS = 4 * 5 * 6


@pytest.mark.parametrize(
    ("layer", "weights", "flops"),
    [
        ("{op: layer_norm}", {"beta": (6,), "gamma": (6,)}, 7),
        ("{op: layer_norm, center: false}", {"gamma": (6,)}, 6),
        ("{op: group_norm, groups: 3, scale: false}", {"beta": (6,)}, 6),
        ("{op: group_norm, groups: input, center: false, scale: false}", {}, 5),
        ("{op: normalize}", {"mean": (6,), "variance": (6,), "count": ()}, 2),
        ("{op: rescale, scale: 2, offset: 1}", {}, 2),
        ("{op: rescale, scale: [1, 2, 3, 4, 5, 6]}", {}, 1),
        ("{op: rescale}", {}, 0),
        ("{op: layer_scale}", {"gamma": (6,)}, 1),
        ("{op: prelu}", {"alpha": (1, 1, 6)}, 1),
        ("{op: drop_path, rate: 0.1}", {}, 0),
    ],
)
def test_weights_and_costs(layer: str, weights: dict[str, tuple[int, ...]], flops: int) -> None:
    graph = inceptionspec.load(spec(f"- {layer}", size="4x5", channels=6)).graph
    node = graph.nodes[1]
    assert node.shape == (4, 5, 6)
    assert {weight.name: weight.shape for weight in node.weights} == weights
    trained = node.op != "normalize"
    assert all(weight.trainable is trained for weight in node.weights)
    cost = costs(graph)[1]
    assert (cost.macs, cost.flops) == (0, flops * ELEMENTS)
    # They work in place, and neighbors of a pixel do not reach it but by a norm's mean.
    assert peak_activation_bytes(graph) == 4 * ELEMENTS
    assert receptive_fields(graph)[1] == receptive_fields(graph)[0]


def test_slopes_of_a_vector_have_its_features() -> None:
    found = nodes(spec("- {op: global_avg_pool}\n- {op: prelu, name: p}", channels=5))
    assert [weight.shape for weight in found["p"].weights] == [(5,)]


@pytest.mark.parametrize(
    ("written", "parsed", "shortest"),
    [
        ("relu", "relu", "relu"),
        ("swish", "silu", "silu"),
        ({"leaky_relu": 0.2}, "leaky_relu", "leaky_relu"),
        ({"leaky_relu": 0.1}, Sloped("leaky_relu", 0.1), {"leaky_relu": 0.1}),
        ({"elu": 1}, "elu", "elu"),
        ({"elu": 2}, Sloped("elu", 2.0), {"elu": 2}),
    ],
)
def test_a_function_has_one_form(written: Any, parsed: Any, shortest: Any) -> None:
    for kind in (ACTIVATION, FUNCTION):
        assert kind.parse(written) == parsed
        assert kind.write(parsed) == shortest


def test_names_and_numbers_of_functions() -> None:
    assert function_name(Sloped("elu", 0.5)) == function_name("elu") == "elu"
    assert function_number("leaky_relu") == 0.2
    assert function_number(Sloped("leaky_relu", 0.1)) == 0.1
    assert str(Sloped("leaky_relu", 0.1)) == "leaky_relu 0.1"
    assert len(set(ACTIVATIONS)) == len(ACTIVATIONS)


def test_other_forms_of_one_function_are_one_network() -> None:
    """The digest of what is computed, whatever was written."""

    def digest(function: str) -> str:
        layers = f"- {{op: conv, kernel: 3, filters: 4, activation: {function}}}"
        return inceptionspec.load(spec(layers)).digests["network"]

    assert digest("swish") == digest("silu")
    assert digest("{leaky_relu: 0.2}") == digest("leaky_relu")
    assert digest("{leaky_relu: 0.1}") != digest("leaky_relu")


def test_numbers_may_be_arguments() -> None:
    text = spec(
        "- {op: conv, name: c, kernel: 3, filters: 4, activation: {leaky_relu: $slope}}\n"
        "- {block: b, name: b, with: {rate: 0.25}}",
        rest="args: {slope: {type: float, default: 0.3}}\n"
        "blocks: {b: {args: {rate: float}, layers: [{op: drop_path, name: d, rate: $rate}]}}",
    )
    found = nodes(text)
    assert found["c"].attributes["activation"] == Sloped("leaky_relu", 0.3)
    assert found["b/d"].attributes["rate"] == 0.25
    (bad,) = findings(text, slope=-1.0)
    assert bad.code == "E0205"


def test_numbers_per_channel_keep_their_form() -> None:
    assert PER_CHANNEL.parse(2) == 2.0
    assert PER_CHANNEL.parse([1, 0.5]) == (1.0, 0.5)
    assert PER_CHANNEL.write((1.0, 0.5)) == [1, 0.5]
    assert PER_CHANNEL.write(2.0) == 2


def test_a_vector_of_open_size_has_no_channels_to_norm() -> None:
    for op in ("layer_norm", "group_norm", "layer_scale", "prelu", "normalize"):
        (bad,) = findings(spec(f"- {{op: flatten}}\n- {{op: {op}}}", size="any"))
        assert bad.code == "E0407"
        assert op in OPS
