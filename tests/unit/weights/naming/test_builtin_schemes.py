"""The schemes that come with the package, against names that other programs gave."""

from __future__ import annotations

from collections import Counter

import pytest
from held_arrays import table
from support import REFERENCE, loaded

from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.ir.graph import Graph
from inceptionspec.weights.naming import builtin_schemes
from inceptionspec.weights.naming.layer_names import named_layers
from inceptionspec.weights.naming.scheme import Scheme

SCHEMES = {scheme.name: scheme for scheme in builtin_schemes()}
#: Heads that the source's network does not have.
WITHOUT = {
    ("timm_inception_v4", "inception_v4"): "AuxLogits",
    ("timm_inception_resnet_v2", "inception_resnet_v2"): "AuxLogits",
}
PAIRS = [(scheme.name, network) for scheme in builtin_schemes() for network in scheme.networks]


def names_of(scheme: Scheme, graph: Graph) -> dict[str, str]:
    """The first name of each weight that the graph has, by path and weight."""
    return {
        f"{layer.node.path}/{weight.name}": layer.names[weight.name][0]
        for layer in named_layers(scheme, graph)
        for weight in layer.node.weights
    }


def test_there_are_all_of_them_and_each_has_the_name_of_its_file() -> None:
    assert list(SCHEMES) == sorted(SCHEMES)
    assert {"tf_slim", "tf_slim_2016_03", "keras_creation_order", "torchvision", "paths"} <= set(
        SCHEMES
    )
    assert {network for _, network in PAIRS} <= set(builtin_names())


@pytest.mark.parametrize(("name", "network"), PAIRS)
def test_a_scheme_names_every_layer_of_its_networks_once(name: str, network: str) -> None:
    graph = loaded(network).graph
    without = WITHOUT.get((name, network))
    wanted = {
        f"{node.path}/{weight.name}"
        for node in graph.nodes
        for weight in node.weights
        if node.head != without
    }
    names = names_of(SCHEMES[name], graph)
    assert names.keys() == wanted
    if not SCHEMES[name].counts:
        assert [name for name, count in Counter(names.values()).items() if count > 1] == []


#: Names that other programs gave, each with the weight that it is: one of every kind of rule.
KNOWN = {
    ("tf_slim_2016_03", "inception_v3"): {
        "conv4/weights": "Conv2d_4a_3x3/kernel",
        "mixed_35x35x256a/branch1x1/Conv/weights": "Mixed_5b/Branch_0/Conv2d_0a_1x1/kernel",
        "mixed_35x35x288a/branch5x5/Conv_1/weights": "Mixed_5c/Branch_1/Conv_1_0c_5x5/kernel",
        "mixed_17x17x768a/branch3x3/Conv/BatchNorm/beta": "Mixed_6a/Branch_0/Conv2d_1a_1x1/beta",
        "mixed_17x17x768e/branch7x7dbl/Conv_4/weights": "Mixed_6e/Branch_2/Conv2d_0e_1x7/kernel",
        "mixed_17x17x1280a/branch7x7x3/Conv_3/weights": "Mixed_7a/Branch_1/Conv2d_1a_3x3/kernel",
        "mixed_8x8x2048a/branch3x3/Conv_2/weights": "Mixed_7b/Branch_1/Conv2d_0b_3x1/kernel",
        "mixed_8x8x2048b/branch3x3dbl/Conv_2/weights": "Mixed_7c/Branch_2/Conv2d_0c_1x3/kernel",
        "mixed_8x8x2048b/branch_pool/Conv/weights": "Mixed_7c/Branch_3/Conv2d_0b_1x1/kernel",
        "aux_logits/proj/weights": "AuxLogits/Conv2d_1b_1x1/kernel",
        "aux_logits/FC/biases": "AuxLogits/Conv2d_2b_1x1/bias",
        "logits/logits/weights": "Logits/Conv2d_1c_1x1/kernel",
    },
    ("fid_2015", "inception_v3_fid"): {
        "conv/conv2d_params": "Conv2d_1a_3x3/kernel",
        "conv_4/batchnorm/moving_mean": "Conv2d_4a_3x3/moving_mean",
        "mixed/conv/conv2d_params": "Mixed_5b/Branch_0/Conv2d_0a_1x1/kernel",
        "mixed_2/tower_2/conv/conv2d_params": "Mixed_5d/Branch_3/Conv2d_0b_1x1/kernel",
        "mixed_3/tower/conv_2/conv2d_params": "Mixed_6a/Branch_1/Conv2d_1a_1x1/kernel",
        "mixed_7/tower_1/conv_4/conv2d_params": "Mixed_6e/Branch_2/Conv2d_0e_1x7/kernel",
        "mixed_8/tower/conv_1/conv2d_params": "Mixed_7a/Branch_0/Conv2d_1a_3x3/kernel",
        "mixed_8/tower_1/conv_3/conv2d_params": "Mixed_7a/Branch_1/Conv2d_1a_3x3/kernel",
        "mixed_9/tower/mixed/conv/conv2d_params": "Mixed_7b/Branch_1/Conv2d_0b_1x3/kernel",
        "mixed_10/tower_1/mixed/conv_1/conv2d_params": "Mixed_7c/Branch_2/Conv2d_0d_3x1/kernel",
        "softmax/weights": "Logits/Conv2d_1c_1x1/kernel",
    },
    ("keras_mobilenet_v2", "mobilenet_v2"): {
        "Conv1/kernel": "Conv1/kernel",
        "bn_Conv1/gamma": "Conv1/gamma",
        "expanded_conv_depthwise_BN/beta": "expanded_conv/depthwise/beta",
        "block_16_project/kernel": "block_16/project/kernel",
        "Conv_1_bn/moving_mean": "Conv_1/moving_mean",
        "predictions/bias": "Logits/predictions/bias",
    },
    ("keras_resnet50", "resnet50"): {
        "conv1_conv/kernel": "conv1/kernel",
        "conv1_bn/beta": "conv1/beta",
        "conv2_block1_0_conv/kernel": "conv2_block1/conv_0/kernel",
        "conv5_block3_3_bn/gamma": "conv5_block3/conv_3/gamma",
        "predictions/kernel": "Logits/predictions/kernel",
    },
    ("keras_resnet50", "resnet50_v2"): {
        "conv1_conv/bias": "conv1/bias",
        "conv2_block1_preact_bn/gamma": "conv2_block1/preact/gamma",
        "conv2_block1_0_conv/kernel": "conv2_block1/conv_0/kernel",
        "conv3_block4_2_bn/moving_variance": "conv3_block4/conv_2/moving_variance",
        "conv5_block3_3_conv/bias": "conv5_block3/conv_3/bias",
        "post_bn/beta": "post/beta",
    },
    ("keras_densenet", "densenet121"): {
        "conv1_bn/gamma": "conv1/gamma",
        "conv2_block1_0_bn/beta": "conv2/dense_layer_1/norm_0/beta",
        "conv4_block24_1_bn/moving_mean": "conv4/dense_layer_24/conv_1/moving_mean",
        "conv5_block16_2_conv/kernel": "conv5/dense_layer_16/conv_2/kernel",
        "pool3_bn/gamma": "pool3/norm/gamma",
        "pool4_conv/kernel": "pool4/conv/kernel",
        "bn/moving_variance": "norm5/moving_variance",
        "predictions/kernel": "Logits/predictions/kernel",
    },
    ("keras_efficientnet", "efficientnet_b0"): {
        "stem_conv/kernel": "stem/kernel",
        "block1a_bn/gamma": "block1a/depthwise/gamma",
        "block2a_expand_conv/kernel": "block2a/expand/kernel",
        "block6d_se_reduce/bias": "block6d/se/reduce/bias",
        "block7a_project_bn/moving_mean": "block7a/project/moving_mean",
        "top_bn/beta": "top/beta",
        "predictions/kernel": "Logits/predictions/kernel",
    },
    ("keras_mobilenet_v3", "mobilenet_v3_large"): {
        "conv_bn/beta": "conv/beta",
        "expanded_conv_project_bn/gamma": "expanded_conv/project/gamma",
        "expanded_conv_3_squeeze_excite_conv_1/bias": "expanded_conv_3/squeeze_excite/conv_1/bias",
        "conv_2/bias": "Logits/conv_2/bias",
        "logits/kernel": "Logits/logits/kernel",
    },
    ("keras_convnext", "convnext_tiny"): {
        "convnext_tiny_stem_layernorm/gamma": "stem/layernorm/gamma",
        "convnext_tiny_stage_0_block_0_depthwise_conv/bias": "stage_0/block_1/depthwise_conv/bias",
        "convnext_tiny_stage_2_block_8_layer_scale/gamma": "stage_2/block_9/layer_scale/gamma",
        "convnext_tiny_downsampling_conv_1/kernel": "downsampling_1/conv/kernel",
        "convnext_tiny_head_dense/bias": "Logits/dense/bias",
    },
    ("keras_inception_resnet_v2", "inception_resnet_v2_keras"): {
        "block35_3_conv/kernel": "Repeat/block35_3/Conv2d_1x1/kernel",
        "block8_10_conv/bias": "Block8/Conv2d_1x1/bias",
        "conv_7b_bn/beta": "Conv2d_7b_1x1/beta",
        "predictions/kernel": "Logits/Logits/kernel",
    },
}


@pytest.mark.parametrize(("scheme", "network"), KNOWN)
def test_names_of_other_programs(scheme: str, network: str) -> None:
    names = {
        theirs: ours for ours, theirs in names_of(SCHEMES[scheme], loaded(network).graph).items()
    }
    for theirs, ours in KNOWN[scheme, network].items():
        assert names[theirs] == ours


#: The same for state dicts, whose keys are all known.
STATE_DICTS = {
    "inception_v3": (
        "torchvision",
        "inception_v3_torchvision",
        {
            "Conv2d_1a_3x3.conv.weight": "Conv2d_1a_3x3/kernel",
            "Mixed_5b.branch5x5_2.bn.weight": "Mixed_5b/Branch_1/Conv2d_0b_5x5/gamma",
            "Mixed_6a.branch3x3.bn.running_mean": "Mixed_6a/Branch_0/Conv2d_1a_1x1/moving_mean",
            "Mixed_6d.branch7x7dbl_5.conv.weight": "Mixed_6d/Branch_2/Conv2d_0e_1x7/kernel",
            "Mixed_7a.branch7x7x3_4.bn.bias": "Mixed_7a/Branch_1/Conv2d_1a_3x3/beta",
            "Mixed_7c.branch3x3_2b.conv.weight": "Mixed_7c/Branch_1/Conv2d_0c_3x1/kernel",
            "Mixed_7b.branch3x3dbl_3a.conv.weight": "Mixed_7b/Branch_2/Conv2d_0c_1x3/kernel",
            "AuxLogits.conv1.conv.weight": "AuxLogits/Conv2d_2a_5x5/kernel",
            "AuxLogits.fc.bias": "AuxLogits/Dense_2c/bias",
            "fc.weight": "Logits/Dense_1c/kernel",
        },
    ),
    "googlenet": (
        "torchvision_googlenet",
        "inception_v1",
        {
            "conv3.conv.weight": "Conv2d_2c_3x3/kernel",
            "inception4e.branch3.1.conv.weight": "Mixed_4f/Branch_2/Conv2d_0b_3x3/kernel",
            "inception5b.branch4.1.bn.bias": "Mixed_5c/Branch_3/Conv2d_0b_1x1/beta",
            "fc.weight": "Logits/Conv2d_0c_1x1/kernel",
        },
    ),
    "inception_v4": (
        "timm_inception_v4",
        "inception_v4",
        {
            "features.3.conv.conv.weight": "Mixed_3a/Branch_1/Conv2d_0a_3x3/kernel",
            "features.4.branch1.3.conv.weight": "Mixed_4a/Branch_1/Conv2d_1a_3x3/kernel",
            "features.9.branch3.1.conv.weight": "Mixed_5e/Branch_3/Conv2d_0b_1x1/kernel",
            "features.17.branch2.4.conv.weight": "Mixed_6h/Branch_2/Conv2d_0e_1x7/kernel",
            "features.21.branch2_3b.conv.weight": "Mixed_7d/Branch_2/Conv2d_0e_3x1/kernel",
            "last_linear.weight": "Logits/Logits/kernel",
        },
    ),
    "inception_resnet_v2": (
        "timm_inception_resnet_v2",
        "inception_resnet_v2",
        {
            "conv2d_7b.conv.weight": "Conv2d_7b_1x1/kernel",
            "mixed_5b.branch3.1.conv.weight": "Mixed_5b/Branch_3/Conv2d_0b_1x1/kernel",
            "repeat.9.branch2.2.conv.weight": "Repeat/block35_10/Branch_2/Conv2d_0c_3x3/kernel",
            "repeat_1.0.conv2d.bias": "Repeat_1/block17_1/Conv2d_1x1/bias",
            "mixed_7a.branch2.2.bn.running_var":
                "Mixed_7a/Branch_2/Conv2d_1a_3x3/moving_variance",
            "block8.branch1.2.conv.weight": "Block8/Branch_1/Conv2d_0c_3x1/kernel",
            "classif.weight": "Logits/Logits/kernel",
        },
    ),
    "resnext50_32x4d": (
        "torchvision_resnext",
        "resnext50",
        {
            "conv1.weight": "conv1/kernel",
            "bn1.running_mean": "conv1/moving_mean",
            "layer1.0.downsample.0.weight": "layer1_0/downsample/kernel",
            "layer4.0.downsample.1.bias": "layer4_0/downsample/beta",
            "layer3.5.conv2.weight": "layer3_5/conv2/kernel",
            "layer2.3.bn3.weight": "layer2_3/conv3/gamma",
            "fc.bias": "Logits/fc/bias",
        },
    ),
    "squeezenet1_1": (
        "torchvision_squeezenet",
        "squeezenet",
        {
            "features.0.weight": "conv1/kernel",
            "features.3.squeeze.bias": "fire2/squeeze/bias",
            "features.12.expand3x3.weight": "fire9/expand3x3/kernel",
            "classifier.1.weight": "Logits/conv10/kernel",
        },
    ),
    "xception": (
        "timm_xception",
        "xception",
        {
            "bn2.weight": "block1/conv2/gamma",
            "block1.rep.3.pointwise.weight": "block2/sepconv2/pointwise_kernel",
            "block1.skipbn.running_var": "block2/shortcut/moving_variance",
            "block7.rep.7.conv1.weight": "block8/sepconv3/depthwise_kernel",
            "block12.rep.5.bias": "block13/sepconv2/beta",
            "conv4.pointwise.weight": "block14/sepconv2/pointwise_kernel",
            "fc.bias": "Logits/predictions/bias",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("file", STATE_DICTS)
def test_state_dicts_are_explained_to_the_last_key(file: str) -> None:
    scheme, network, known = STATE_DICTS[file]
    keys = table(REFERENCE / "state_dicts" / f"{file}.tsv")
    graph = loaded(network).graph
    names: dict[str, str] = {}
    for layer in named_layers(SCHEMES[scheme], graph):
        for weight, candidates in layer.names.items():
            held = [name for name in candidates if name in keys]
            names.update(dict.fromkeys(held, f"{layer.node.path}/{weight}"))
    assert {key for key in keys if not key.endswith("num_batches_tracked")} == names.keys()
    for theirs, ours in known.items():
        assert names[theirs] == ours
    if file.startswith("inception_v4") or "resnet" in file:  # whose order is the spec's
        kernels = [names[key] for key in keys if len(keys[key]) == 4]
        order = [f"{node.path}/kernel" for node in graph.nodes if node.op == "conv"]
        assert kernels == [path for path in order if not path.startswith("AuxLogits")]
