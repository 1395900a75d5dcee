"""The V3 spec against the seed and the published figures."""

from __future__ import annotations

import pytest

import inceptionspec
from inceptionspec.analysis.costs import costs, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.analysis.receptive_field import receptive_fields
from inceptionspec.api.network import Network
from inceptionspec.diagnostics.diagnostic import SpecError

# Sizes of every end point at 299, from the seed (and its code over its comments).
SHAPES = {
    "Conv2d_1a_3x3": (149, 149, 32),
    "Conv2d_2a_3x3": (147, 147, 32),
    "Conv2d_2b_3x3": (147, 147, 64),
    "MaxPool_3a_3x3": (73, 73, 64),
    "Conv2d_3b_1x1": (73, 73, 80),
    "Conv2d_4a_3x3": (71, 71, 192),
    "MaxPool_5a_3x3": (35, 35, 192),
    "Mixed_5b": (35, 35, 256),
    "Mixed_5c": (35, 35, 288),
    "Mixed_5d": (35, 35, 288),
    "Mixed_6a": (17, 17, 768),
    "Mixed_6b": (17, 17, 768),
    "Mixed_6c": (17, 17, 768),
    "Mixed_6d": (17, 17, 768),
    "Mixed_6e": (17, 17, 768),
    "Mixed_7a": (8, 8, 1280),
    "Mixed_7b": (8, 8, 2048),
    "Mixed_7c": (8, 8, 2048),
    "AuxLogits": (1000,),
    "PreLogits": (1, 1, 2048),
    "Logits": (1000,),
    "Predictions": (1000,),
}
# Millions of multiply-accumulates by block (reference, section 2).
MMACS = {
    "stem": 1340.78, "Mixed_5b": 312.35, "Mixed_5c": 338.69, "Mixed_5d": 348.10,
    "Mixed_6a": 401.94, "Mixed_6b": 374.06, "Mixed_6c": 487.70, "Mixed_6d": 487.70,
    "Mixed_6e": 617.91, "Mixed_7a": 291.00, "Mixed_7b": 322.44, "Mixed_7c": 388.50,
    "Logits": 2.05,
}  # fmt: skip


@pytest.fixture(scope="module")
def network() -> Network:
    return inceptionspec.load("inception_v3")


def test_end_points(network: Network) -> None:
    graph = network.graph
    assert {name: graph.nodes[index].shape for name, index in graph.end_points.items()} == SHAPES


def test_counts_of_all_heads(network: Network) -> None:
    cost = total(costs(network.graph))
    assert cost.params == 27_179_376
    assert cost.trainable_params == 27_143_152
    assert cost.macs == 5_718_899_296


def test_counts_of_the_main_head() -> None:
    graph = inceptionspec.load("inception_v3", head="Logits").graph
    cost = total(costs(graph))
    assert cost.params == 23_851_784
    assert cost.macs == 5_713_216_096
    assert cost.flops == 11_477_871_088
    assert peak_activation_bytes(graph) == 8_297_856


def test_peak_memory(network: Network) -> None:
    assert peak_activation_bytes(network.graph) == 8_297_856


def test_receptive_field(network: Network) -> None:
    field = receptive_fields(network.graph)[network.graph.names["Mixed_7c"]]
    assert field is not None
    assert field.size == (1311, 1311)
    assert field.stride == (32, 32)


def test_cost_by_block(network: Network) -> None:
    report = network.summary()
    found = {row.path: row.cost.macs for row in report.blocks}
    found |= {row.name: row.cost.macs for row in report.heads}
    found["stem"] = sum(row.cost.macs or 0 for row in report.layers if row.node.group == "stem")
    for name, expected in MMACS.items():
        macs = found[name]
        assert macs is not None
        assert round(macs / 1e6, 2) == pytest.approx(expected, abs=0.006), name


def test_convolutions(network: Network) -> None:
    convolutions = [n for n in network.graph.nodes if n.op == "conv" and n.attributes["norm"]]
    assert len([n for n in convolutions if not n.head]) == 94
    assert len(convolutions) == 96


def test_hyper_parameters(network: Network) -> None:
    norm = {"momentum": 0.9997, "epsilon": 1e-3, "center": True, "scale": False}
    deviations = {"AuxLogits/Conv2d_2a_5x5": 0.01, "AuxLogits/Conv2d_2b_1x1": 0.001}
    for node in network.graph.nodes:
        if node.op != "conv":
            continue
        assert node.attributes["l2"] == 2e-5
        deviation = deviations.get(node.path, 0.1)
        assert node.attributes["init"] == ("truncated_normal", (("stddev", deviation),))
        logits = node.path in ("AuxLogits/Conv2d_2b_1x1", "Logits/Conv2d_1c_1x1")
        assert node.attributes["norm"] == (None if logits else norm)
        assert node.attributes["activation"] == (None if logits else "relu")
        assert node.attributes["bias"] == logits
    assert network.graph.nodes[network.graph.names["Logits/Dropout_1b"]].attributes["rate"] == 0.2


def test_every_size_from_1_to_400_links_or_says_why() -> None:
    for size in range(1, 401):
        try:
            graph = inceptionspec.load("inception_v3", input=size).graph
        except SpecError as error:
            codes = {finding.code for finding in error.findings}
            assert size < 107 or size > 346, size
            assert codes <= {"E0401", "E0406"}, size
            assert all(finding.helps for finding in error.findings)
            bound = "at least 107x107" if size < 107 else "at most 346x346"
            aux = [f for f in error.findings if "AuxLogits" in f.message]
            if size >= 75:
                assert [bound in finding.message for finding in aux] == [True]
        else:
            assert 107 <= size <= 346
            assert graph.nodes[graph.names["AuxLogits"]].shape == (1000,)


def test_without_its_auxiliary_head_it_goes_down_to_75() -> None:
    for size in (75, 106, 400, 1023):
        graph = inceptionspec.load("inception_v3", input=size, head="Logits").graph
        assert graph.nodes[graph.names["Logits"]].shape == (1000,)
    with pytest.raises(SpecError):
        inceptionspec.load("inception_v3", input=74, head="Logits")


def test_half_size_images() -> None:
    graph = inceptionspec.load("inception_v3", input=150).graph
    assert graph.nodes[graph.names["Mixed_7c"]].shape == (3, 3, 2048)


def test_open_size_keeps_parameters_exact() -> None:
    graph = inceptionspec.load("inception_v3", input="any").graph
    cost = total(costs(graph))
    assert cost.params == 27_179_376
    assert cost.macs is None
    assert cost.flops is None
    assert peak_activation_bytes(graph) is None
    assert graph.nodes[graph.names["Mixed_7c"]].shape == (None, None, 2048)


@pytest.mark.parametrize("width", [0.5, 2.0])
def test_width_scales_every_depth(network: Network, width: float) -> None:
    scaled = inceptionspec.load("inception_v3", width=width)
    for plain, other in zip(network.graph.nodes, scaled.graph.nodes, strict=True):
        if plain.op == "conv" and not plain.attributes["fixed"]:
            assert other.shape[-1] == int(plain.shape[-1] * width), plain.path


def test_a_weight_that_follows_the_input_is_marked() -> None:
    rows = inceptionspec.load("inception_v3", input=128).summary().layers
    assert [row.node.path for row in rows if row.bound] == ["AuxLogits/Conv2d_2a_5x5"]
    assert not any(row.bound for row in inceptionspec.load("inception_v3").summary().layers)


def test_it_fits_in_250_lines(network: Network) -> None:
    assert network.source.text is not None
    assert len(network.source.text.splitlines()) <= 250
