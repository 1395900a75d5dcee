"""The built-in specs: published counts, shapes, receptive fields, names, settings, prefixes."""

from __future__ import annotations

from functools import cache

import pytest
from support import REFERENCE

from inceptionspec import SpecError, load
from inceptionspec.analysis.costs import costs, total
from inceptionspec.analysis.receptive_field import receptive_fields
from inceptionspec.checks.contracts import broken_contracts, exceeded_budgets
from inceptionspec.frontend.expansion.expander import expand
from inceptionspec.frontend.expansion.inheritance import inherit
from inceptionspec.frontend.expansion.tree import Scope
from inceptionspec.frontend.linking.flatten import flatten
from inceptionspec.frontend.linking.linker import link
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.reading.spec_files import builtin_folder, builtin_names, open_spec
from inceptionspec.ir.slim_names import stored_variables
from inceptionspec.ops.record import shape_text

NAMES = builtin_names()
FAMILY = tuple(name for name in NAMES if name.startswith(("inception", "bn_")))
VARIABLES = REFERENCE / "slim_variables"

# All variables, trainable variables and MACs of all heads, then parameters and MACs of the
# main head; 1000 classes. None where nobody has published a count.
COUNTS = {
    "inception_v1": (6_632_184, 6_617_624, 1_498_376_192, 6_632_184, 1_498_376_192),
    "inception_v1_paper": (13_378_280, 13_378_280, 1_591_044_096, 6_998_552, 1_582_671_872),
    "inception_v2": (11_198_112, 11_178_336, 1_934_857_216, 11_198_112, 1_934_857_216),
    "bn_inception": (11_315_272, 11_295_240, 2_032_600_064, 11_315_272, 2_032_600_064),
    "inception_v3": (27_179_376, 27_143_152, 5_718_899_296, 23_851_784, 5_713_216_096),
    "inception_v3_keras": (23_851_784, 23_817_352, 5_713_216_096, 23_851_784, 5_713_216_096),
    "inception_v3_torchvision": (27_197_488, 27_161_264, None, None, 5_713_216_096),
    "inception_v3_151": (27_179_376, 27_143_152, 5_718_899_296, 23_851_784, 5_713_216_096),
    "inception_v4": (46_071_760, 46_006_800, 12_260_477_024, 42_711_400, 12_253_974_624),
    "inception_resnet_v1": (22_769_848, 22_742_808, 6_206_361_696, 22_769_848, 6_206_361_696),
    "inception_resnet_v2": (59_242_288, 59_179_952, 13_162_501_216, 55_873_736, 13_155_794_016),
    "inception_resnet_v2_keras": (
        55_873_736, 55_813_192, 13_155_794_016, 55_873_736, 13_155_794_016,
    ),
    "xception": (22_910_480, 22_855_952, 8_357_403_496, 22_910_480, 8_357_403_496),
    "vgg16": (138_357_544, 138_357_544, 15_470_264_320, 138_357_544, 15_470_264_320),
    "resnet50": (25_636_712, 25_583_592, 3_857_973_248, 25_636_712, 3_857_973_248),
    "mobilenet_v2": (3_538_984, 3_504_872, 300_774_272, 3_538_984, 300_774_272),
    # Keras' own count of variables; nobody publishes MACs of exactly these networks.
    "densenet121": (8_062_504, 7_978_856, None, 8_062_504, None),
    "resnet50_v2": (25_613_800, 25_568_360, None, 25_613_800, None),
    "nasnet_mobile": (5_326_716, 5_289_978, None, 5_326_716, None),
    # The same, a normalization's count of one number included.
    "efficientnet_b0": (5_330_571, 5_288_548, None, 5_330_571, None),
    "mobilenet_v3_large": (5_507_432, 5_483_032, None, 5_507_432, None),
    "convnext_tiny": (28_589_128, 28_589_128, None, 28_589_128, None),
    # torchvision's pages of weights: parameters without statistics, GFLOPS of 0.35 and 4.23.
    "squeezenet": (1_235_496, 1_235_496, None, 1_235_496, None),
    "resnext50": (None, 25_028_904, None, None, None),
}  # fmt: skip
UNPUBLISHED = {"inception_v3_paper", "inception_v3_fid"}
MAIN_TRAINABLE = {
    "inception_v1_paper": 6_998_552,
    "inception_v3": 23_817_352,
    "inception_v3_torchvision": 23_834_568,
    "inception_v4": 42_648_232,
    "inception_resnet_v2": 55_813_192,
}
# All variables with 1001 classes, counted in TF-Slim's own graphs.
SLIM_1001 = {
    "inception_v1": 6_633_209,
    "inception_v2": 11_199_137,
    "inception_v4": 46_074_066,
    "inception_resnet_v2": 59_244_594,
}
# All variables and MACs up to the last map.
BASES = {
    "inception_v1": (5_607_184, 1_497_352_192),
    "inception_v2": (10_173_112, 1_933_833_216),
    "inception_v3": (21_802_784, 5_711_168_096),
}
# Convolutions up to the last map.
CONVOLUTIONS = {
    "inception_v1": 57,
    "inception_v2": 69,
    "inception_v3": 94,
    "inception_v4": 149,
    "inception_resnet_v2": 244,
}
SHAPES = {
    "inception_v1": {
        "Conv2d_1a_7x7": "112x112x64", "MaxPool_2a_3x3": "56x56x64",
        "Conv2d_2c_3x3": "56x56x192", "MaxPool_3a_3x3": "28x28x192", "Mixed_3b": "28x28x256",
        "Mixed_3c": "28x28x480", "Mixed_4b": "14x14x512", "Mixed_4c": "14x14x512",
        "Mixed_4d": "14x14x512", "Mixed_4e": "14x14x528", "Mixed_4f": "14x14x832",
        "Mixed_5b": "7x7x832", "Mixed_5c": "7x7x1024", "Logits": "1000",
    },
    "inception_v2": {
        "Conv2d_1a_7x7": "112x112x64", "Mixed_3b": "28x28x256", "Mixed_3c": "28x28x320",
        "Mixed_4a": "14x14x576", "Mixed_4b": "14x14x576", "Mixed_4c": "14x14x576",
        "Mixed_4d": "14x14x576", "Mixed_4e": "14x14x576", "Mixed_5a": "7x7x1024",
        "Mixed_5b": "7x7x1024", "Mixed_5c": "7x7x1024", "Logits": "1000",
    },
    "bn_inception": {"Mixed_4d": "14x14x608", "Mixed_4e": "14x14x608", "Mixed_5a": "7x7x1056"},
    "inception_v3": {
        "Conv2d_1a_3x3": "149x149x32", "Conv2d_2a_3x3": "147x147x32",
        "Conv2d_2b_3x3": "147x147x64", "MaxPool_3a_3x3": "73x73x64",
        "Conv2d_3b_1x1": "73x73x80", "Conv2d_4a_3x3": "71x71x192",
        "MaxPool_5a_3x3": "35x35x192", "Mixed_5b": "35x35x256", "Mixed_5c": "35x35x288",
        "Mixed_5d": "35x35x288", "Mixed_6a": "17x17x768", "Mixed_6e": "17x17x768",
        "Mixed_7a": "8x8x1280", "Mixed_7b": "8x8x2048", "Mixed_7c": "8x8x2048",
        "AuxLogits/AvgPool_1a_5x5": "5x5x768", "AuxLogits/Conv2d_2a_5x5": "1x1x768",
        "AuxLogits": "1000", "PreLogits": "1x1x2048", "Logits": "1000", "Predictions": "1000",
    },
    "inception_v3_fid": {"pool_3": "1x1x2048", "Logits": "1008"},
    "inception_v4": {
        "Mixed_3a": "73x73x160", "Mixed_4a": "71x71x192", "Mixed_5a": "35x35x384",
        "Mixed_5e": "35x35x384", "Mixed_6a": "17x17x1024", "Mixed_6h": "17x17x1024",
        "Mixed_7a": "8x8x1536", "Mixed_7d": "8x8x1536", "PreLogitsFlatten": "1536",
        "AuxLogits": "1000", "Logits": "1000",
    },
    "inception_resnet_v1": {
        "Conv2d_4b_3x3": "35x35x256", "Mixed_6a": "17x17x896", "Mixed_7a": "8x8x1792",
    },
    "inception_resnet_v2": {
        "Mixed_5b": "35x35x320", "Repeat": "35x35x320", "Mixed_6a": "17x17x1088",
        "PreAuxLogits": "17x17x1088", "Mixed_7a": "8x8x2080", "Block8": "8x8x2080",
        "Conv2d_7b_1x1": "8x8x1536", "AuxLogits": "1000", "PreLogitsFlatten": "1536",
    },
    "xception": {
        "block1": "147x147x64", "block4": "19x19x728", "block12": "19x19x728",
        "block14": "10x10x2048",
    },
    "vgg16": {"block5": "7x7x512"},
    "resnet50": {"pool1": "56x56x64", "conv2_block3": "56x56x256", "conv5_block3": "7x7x2048"},
    "mobilenet_v2": {"expanded_conv": "112x112x16", "Conv_1": "7x7x1280"},
    "densenet121": {"conv2": "56x56x256", "pool4": "7x7x512", "conv5": "7x7x1024"},
    "resnet50_v2": {"conv2_block3": "28x28x256", "conv5_block3": "7x7x2048"},
    "efficientnet_b0": {"block1a": "112x112x16", "block6d": "7x7x192", "top": "7x7x1280"},
    "mobilenet_v3_large": {"expanded_conv_2": "56x56x24", "Logits/conv_2": "1x1x1280"},
    "convnext_tiny": {"stem": "56x56x96", "stage_1": "28x28x192", "stage_3": "7x7x768"},
    "squeezenet": {"conv1": "111x111x64", "fire5": "27x27x256", "fire9": "13x13x512"},
    "nasnet_mobile": {
        "stem": "111x111x32", "stem_1": "56x56x44", "stem_2": "28x28x88", "cells_1": "28x28x264",
        "reduce_4": "14x14x352", "cells_6": "14x14x528", "reduce_8": "7x7x704",
        "cells_10": "7x7x1056",
    },
    "resnext50": {"layer1_2": "56x56x256", "layer4_2": "7x7x2048"},
}  # fmt: skip
FIELDS = {
    "Mixed_5c": {"inception_v1": 379, "inception_v2": 699},
    "Mixed_7c": {"inception_v3": 1311},
    "Mixed_7d": {"inception_v4": 2071},
    "Conv2d_7b_1x1": {"inception_resnet_v2": 3039},
}
# The last map at half the height and width.
HALVES = {
    "inception_v1": (112, "Mixed_5c", "4x4x1024"),
    "inception_v2": (112, "Mixed_5c", "4x4x1024"),
    "inception_v3": (150, "Mixed_7c", "3x3x2048"),
    "inception_v4": (150, "Mixed_7d", "3x3x1536"),
    "inception_resnet_v2": (150, "Conv2d_7b_1x1", "3x3x1536"),
}
# Momentum, epsilon and gamma of every norm.
NORMS = {
    **dict.fromkeys(FAMILY, (0.9997, 1e-3, False)),
    "inception_v1_paper": None,
    "bn_inception": (0.9997, 1e-3, True),
    "inception_v3_keras": (0.99, 1e-3, False),
    "inception_v3_torchvision": (0.9, 1e-3, True),
    "inception_resnet_v2_keras": (0.99, 1e-3, False),
    "xception": (0.99, 1e-3, True),
    "vgg16": None,
    "resnet50": (0.99, 1.001e-5, True),
    "mobilenet_v2": (0.999, 1e-3, True),
    "densenet121": (0.99, 1.001e-5, True),
    "resnet50_v2": (0.99, 1.001e-5, True),
    "nasnet_mobile": (0.9997, 1e-3, True),
    "squeezenet": None,
    "efficientnet_b0": (0.99, 1e-3, True),
    "mobilenet_v3_large": (0.999, 1e-3, True),
    "convnext_tiny": None,
    "resnext50": (0.9, 1e-5, True),
}
# Loss weight and label smoothing of each head, the main one first.
HEADS = {
    "inception_v1": {"Logits": (1, 0)},
    "inception_v1_paper": {"Logits": (1, 0), "AuxLogits_4b": (0.3, 0), "AuxLogits_4e": (0.3, 0)},
    "inception_v3": {"Logits": (1, 0.1), "AuxLogits": (0.4, 0.1)},
    "inception_v3_keras": {"Logits": (1, 0)},
    "inception_v3_torchvision": {"Logits": (1, 0), "AuxLogits": (0.4, 0)},
    "inception_v4": {"Logits": (1, 0), "AuxLogits": (0.4, 0)},
    "inception_resnet_v2": {"Logits": (1, 0), "AuxLogits": (0.4, 0)},
    "inception_resnet_v2_keras": {"Logits": (1, 0)},
}


def text_of(name):
    return (builtin_folder() / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def usual(name, heads=()):
    """A spec under its own settings, read once for all tests."""
    return load(name, head=heads)


def shape_of(graph, path):
    return shape_text(graph.nodes[graph.names[path]].shape)


def node_of(graph, path):
    return graph.nodes[graph.names[path]]


def codes_of(error):
    return {finding.code for finding in error.value.findings}


@pytest.mark.parametrize("name", NAMES)
def test_contracts_and_budgets_hold(name):
    network = usual(name)
    assert network.spec.expect
    assert broken_contracts(network.loaded) == []
    assert exceeded_budgets(network.loaded) == []


def test_every_spec_has_a_count():
    assert set(COUNTS) | UNPUBLISHED == set(NAMES)


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_the_published_ones(name):
    everything = total(costs(usual(name).graph))
    main = total(costs(usual(name, "Logits").graph))
    found = (everything.params, everything.trainable_params, everything.macs,
             main.params, main.macs)  # fmt: skip
    known = tuple(one if count is None else count
                  for count, one in zip(COUNTS[name], found, strict=True))  # fmt: skip
    assert found == known
    if name in MAIN_TRAINABLE:
        assert main.trainable_params == MAIN_TRAINABLE[name]


@pytest.mark.parametrize("name", SLIM_1001)
def test_counts_with_the_classes_of_slim(name):
    assert total(costs(load(name, classes=1001).graph)).params == SLIM_1001[name]


@pytest.mark.parametrize("name", BASES)
def test_counts_up_to_the_last_map(name):
    graph = usual(name).graph
    trunk = total(cost for node, cost in zip(graph.nodes, costs(graph), strict=True)
                  if not node.head)  # fmt: skip
    assert (trunk.params, trunk.macs) == BASES[name]


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_numbers_of_convolutions(name):
    graph = usual(name).graph
    found = [node for node in graph.nodes if not node.head and node.op.endswith("conv")]
    assert len(found) == CONVOLUTIONS[name]


def test_151_with_stride_1_costs_what_299_with_stride_2_does():
    one, other = usual("inception_v3_151").graph, usual("inception_v3").graph
    assert costs(one)[1:] == costs(other)[1:]


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name):
    graph = usual(name).graph
    assert {path: shape_of(graph, path) for path in SHAPES[name]} == SHAPES[name]


@pytest.mark.parametrize(
    ("name", "path", "size"),
    [(name, path, size) for path, sizes in FIELDS.items() for name, size in sizes.items()],
)
def test_receptive_fields(name, path, size):
    graph = usual(name).graph
    field = receptive_fields(graph)[graph.names[path]]
    assert (field.size, field.stride) == ((size, size), (32, 32))


@pytest.mark.parametrize("path", sorted(VARIABLES.glob("*.tsv")), ids=lambda path: path.stem)
def test_variables_are_those_of_slim(path):
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    known = dict(rows)
    logits = next(shape for name, shape in rows if name.split("/")[1] == "Logits")
    graph = load(path.stem, classes=int(logits.rpartition("x")[2])).graph
    found = {one.name: shape_text(one.shape) for one in stored_variables(graph)}
    assert found == known


@pytest.mark.parametrize("name", NAMES)
def test_every_prefix_links(name):
    full = usual(name).graph
    shapes = [(node.path, node.shape) for node in full.nodes]
    spec = inherit(open_spec(name))
    root = expand(spec, spec.args)
    trunk = [one for one in root.children if not (isinstance(one, Scope) and one.kind == "head")]
    spec.end_points, spec.main = Map(root.item.span), None
    assert len(trunk) > 3
    for length in range(1, len(trunk) + 1):
        cut = Scope("", "network", root.item, children=trunk[:length])
        nodes = link(flatten(spec, cut, spec.args)).nodes
        assert [(node.path, node.shape) for node in nodes] == shapes[: len(nodes)]


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("width", [0.5, 2.0])
def test_width_scales_every_depth_but_that_of_logits(name, width):
    plain, scaled = usual(name).graph, load(name, width=width).graph
    for path, index in plain.end_points.items():
        shape = plain.nodes[index].shape
        other = node_of(scaled, path).shape
        if path in {head.name for head in plain.heads} or path.endswith("Predictions"):
            assert other == shape
        elif path != "input":
            assert other == (*shape[:-1], shape[-1] * width), path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [0.25, 0.5, 1.4, 2.0])
def test_every_spec_links_under_every_width(name, width):
    one, other = total(costs(load(name, width=width).graph)), total(costs(usual(name).graph))
    assert (one.params < other.params) == (width < 1)
    assert (one.macs < other.macs) == (width < 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [0, -0.5, float("nan")])
def test_width_of_0_and_below_is_refused(name, width):
    with pytest.raises(SpecError) as error:
        load(name, width=width)
    assert codes_of(error) == {"E0805"}


@pytest.mark.parametrize("name", NAMES)
def test_half_size_inputs(name):
    size = usual(name).graph.nodes[0].shape[0]
    heads = "Logits" if name == "inception_v3_torchvision" else ()  # its other head needs 299
    # Of half the size of this one a reduction would halve a map with an odd side.
    half = 128 if name == "nasnet_mobile" else (size + 1) // 2
    graph = load(name, head=heads, input=half).graph
    assert shape_of(graph, "Logits") == shape_of(usual(name).graph, "Logits")
    if name in HALVES:
        size, path, shape = HALVES[name]
        assert shape_of(load(name, input=size).graph, path) == shape


@pytest.mark.parametrize("name", [name for name in NAMES if name != "vgg16"])
def test_input_of_any_size(name):
    graph = load(name, head="Logits", input="any").graph
    counted, plain = total(costs(graph)), total(costs(usual(name, "Logits").graph))
    assert counted.params == plain.params
    assert counted.macs is None
    assert len(node_of(graph, "Logits").shape) == 1


def test_any_size_with_the_auxiliary_head_of_v3():
    graph = load("inception_v3", input="any").graph
    assert shape_of(graph, "Mixed_7c") == "?x?x2048"
    assert total(costs(graph)).params == 27_179_376


@pytest.mark.parametrize("name", ["vgg16", "inception_v4", "inception_resnet_v2"])
def test_weights_that_follow_the_map_need_a_size(name):
    with pytest.raises(SpecError) as error:
        load(name, input="any")
    assert codes_of(error) == {"E0407"}


@pytest.mark.parametrize(
    ("name", "heads", "least"),
    [("inception_v3", "Logits", 75), ("inception_v3", (), 107), ("xception", (), 7),
     ("inception_resnet_v2", "Logits", 75)],
)  # fmt: skip
def test_smallest_inputs(name, heads, least):
    load(name, head=heads, input=least)
    with pytest.raises(SpecError):
        load(name, head=heads, input=least - 1)


def test_maps_that_are_not_square():
    graph = load("inception_v4", head="Logits", input="350x400").graph
    assert shape_of(graph, "Mixed_7d") == "9x11x1536"
    assert shape_of(graph, "global_pool") == "1x1x1536"


@pytest.mark.parametrize("name", NAMES)
def test_classes(name):
    graph = load(name, classes=10).graph
    assert [graph.nodes[head.output].shape for head in graph.heads] == [(10,)] * len(graph.heads)


@pytest.mark.parametrize("name", NORMS)
def test_norms(name):
    norms = {(norm["momentum"], norm["epsilon"], norm["scale"])
             for node in usual(name).graph.nodes
             if (norm := node.attributes.get("norm")) is not None}  # fmt: skip
    assert norms == ({NORMS[name]} if NORMS[name] else set())


@pytest.mark.parametrize("name", HEADS)
def test_heads(name):
    graph = usual(name).graph
    assert graph.main == "Logits"
    found = {head.name: (head.loss_weight, head.label_smoothing) for head in graph.heads}
    assert found == HEADS[name]


@pytest.mark.parametrize("name", NAMES)
def test_what_differs_is_told(name):
    document = usual(name).spec.document
    assert document.get("doc")
    assert document.get("sources")
    assert document.get("provenance")


@pytest.mark.parametrize(
    ("name", "lines"),
    [("inception_v3", 250), ("inception_v4", 250), ("inception_resnet_v2", 200)]
    + [(name, 100) for name in NAMES if "\nextends: " in text_of(name)],
)
def test_specs_are_short(name, lines):
    assert len(text_of(name).splitlines()) <= lines


# What TF-Slim computes, where counts and shapes do not show it.


def test_stem_of_v2():
    stem = node_of(usual("inception_v2").graph, "Conv2d_1a_7x7")
    attributes = stem.attributes
    assert stem.op == "separable_conv"
    assert attributes["depth_multiplier"] == 8
    assert attributes["norm"] is None
    assert attributes["bias"]
    assert attributes["activation"] == "relu"
    assert (attributes["l2"], attributes["depthwise_l2"]) == (0, 0)
    assert attributes["init"] == attributes["depthwise_init"] == (
        "truncated_normal", (("stddev", 1.0),))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "maximum"),
    [("inception_v2", {"Mixed_5c"}), ("bn_inception", {"Mixed_5c"}), ("inception_v3", set()),
     ("inception_v3_fid", {"Mixed_7c"}), ("inception_v4", set()),
     ("inception_resnet_v2", set())],
)  # fmt: skip
def test_which_blocks_pool_the_maximum_with_stride_1(name, maximum):
    nodes = usual(name).graph.nodes
    found = {node.scope for node in nodes
             if node.op == "max_pool" and node.attributes["stride"] == (1, 1)}  # fmt: skip
    assert found == maximum


def test_only_torchvision_counts_padding_in_average_pools():
    counting = {name for name in NAMES if any(
        node.attributes.get("count_padding") for node in usual(name).graph.nodes)}  # fmt: skip
    assert counting == {"inception_v3_torchvision"}


def test_residuals_of_inception_resnet_v2():
    graph = usual("inception_resnet_v2").graph
    sums = [node for node in graph.nodes if node.op == "add"]
    found = [(node.attributes["scale"], node.attributes["activation"]) for node in sums]
    assert found == [(0.17, "relu")] * 10 + [(0.1, "relu")] * 20 + [(0.2, "relu")] * 9 + [
        (1.0, None)]  # fmt: skip
    for node in sums:
        around, inner = (graph.nodes[index] for index in node.inputs)
        assert inner.op == "conv"
        assert inner.attributes["bias"]
        assert inner.attributes["norm"] is None
        assert inner.attributes["activation"] is None
        assert inner.attributes["bias_l2"] == 2e-5
        assert around.shape == inner.shape


@pytest.mark.parametrize("name", ["inception_v1", "inception_v2", "inception_v4"])
def test_scale_of_slims_variance_scaling(name):
    logits = usual(name).graph.nodes
    scales = {dict(node.attributes["init"][1])["scale"] for node in logits
              if node.attributes.get("init", ("",))[0] == "variance_scaling"}  # fmt: skip
    (scale,) = scales
    # Keras divides the standard deviation by that of a normal cut at two of its own.
    assert (scale**0.5 / 0.87962566103423978) ** 2 == pytest.approx(1.3 * 2.0, rel=1e-6)


def test_fid_has_1008_classes_and_one_head():
    graph = usual("inception_v3_fid").graph
    assert [head.name for head in graph.heads] == ["Logits"]
    assert shape_of(graph, "Mixed_7c") == "8x8x2048"


def test_heads_of_keras_and_torchvision_are_dense():
    for name, path in (("inception_v3_keras", "Logits"), ("inception_v3_torchvision", "Logits"),
                       ("inception_v3_torchvision", "AuxLogits")):  # fmt: skip
        assert node_of(usual(name).graph, path).op == "dense"


def test_third_branch_of_the_paper_is_5x5():
    graph = usual("inception_v1_paper").graph
    blocks = [f"Mixed_{name}" for name in ("3b", "3c", "4b", "4c", "4d", "4e", "4f", "5b", "5c")]
    for block in blocks:
        node = node_of(graph, f"{block}/Branch_2/Conv2d_0b_5x5")
        assert node.attributes["kernel"] == (5, 5)
    assert sum(node.op == "lrn" for node in graph.nodes) == 2


def test_a_variant_of_a_variant_keeps_the_layers_of_a_head():
    text = (
        "spec: 1\nextends: inception_v3_fid\nname: smoothed\noverride:\n"
        "  Logits: {set: {label_smoothing: 0.2}}\n"
        "  Logits/Conv2d_1c_1x1: {set: {l2: 0.5}}\n"
    )
    once = load(text)
    assert once.graph.head("Logits").label_smoothing == 0.2
    assert node_of(once.graph, "Logits/Conv2d_1c_1x1").attributes["l2"] == 0.5
    dense = load(
        "spec: 1\nextends: inception_v3_keras\nname: smoothed\noverride:\n"
        "  Logits: {set: {label_smoothing: 0.2}}\n"
    )
    assert node_of(dense.graph, "Logits").op == "dense"
