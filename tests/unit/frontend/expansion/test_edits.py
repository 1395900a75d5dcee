"""Users' changes to Inception V3: shapes and counts against arithmetic that stands here."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest
from edits import EDITS

import inceptionspec
from inceptionspec.analysis.costs import costs, total
from inceptionspec.frontend.writing.yaml_writer import spec_text


class Count(NamedTuple):
    """All variables, those that training changes, and MACs."""

    params: int
    trainable: int
    macs: int

    def __add__(self, other):
        return Count(*(one + another for one, another in zip(self, other, strict=True)))

    def __sub__(self, other):
        return Count(*(one - another for one, another in zip(self, other, strict=True)))

    def __mul__(self, times):
        return Count(*(one * times for one in self))


#: Inception V3 with its auxiliary head and 1000 classes.
WHOLE = Count(27_179_376, 27_143_152, 5_718_899_296)


def conv(height, width, channels, filters, side):
    """A convolution with batch norm: beta is trained; moving mean and variance are not."""
    kernel = height * width * channels * filters
    return Count(kernel + 3 * filters, kernel + filters, kernel * side * side)


def dense(inputs, units):
    """A product with a bias; on a map of 1x1 a convolution is the same."""
    return Count(*[inputs * units + units] * 2, inputs * units)


def inception_b(filters_7):
    """The whole 17x17 block, from 768 channels to 768."""
    n = filters_7
    return (
        conv(1, 1, 768, 192, 17)
        + conv(1, 1, 768, n, 17) + conv(1, 7, n, n, 17) + conv(7, 1, n, 192, 17)
        + conv(1, 1, 768, n, 17) + conv(7, 1, n, n, 17) * 2 + conv(1, 7, n, n, 17)
        + conv(1, 7, n, 192, 17)
        + conv(1, 1, 768, 192, 17)
    )  # fmt: skip


@cache
def network(name):
    return inceptionspec.load(EDITS.get(name, name))


@cache
def plain():
    return inceptionspec.load("inception_v3")


def shape(of, path):
    return of.graph.nodes[of.graph.names[path]].shape


def changed_shapes(name):
    """The shapes of end points, and of layers below them, that are not those of V3."""
    ours = {path: shape(network(name), path) for path in network(name).graph.names}
    theirs = {path: shape(plain(), path) for path in plain().graph.names}
    return {
        path: ours.get(path) for path in {**theirs, **ours} if ours.get(path) != theirs.get(path)
    }


def count(name):
    cost = total(costs(network(name).graph))
    return Count(cost.params, cost.trainable_params, cost.macs)


def readers(name, path):
    graph = network(name).graph
    index = graph.names[path]
    return [node.path for node in graph.nodes if index in node.inputs]


def test_the_sums_are_those_of_the_reference():
    """The blocks of the table in millions of MACs, so that the formulas here can be trusted."""
    assert round(inception_b(128).macs / 1e6, 2) == 374.06
    assert round(inception_b(160).macs / 1e6, 2) == 487.70
    assert round(inception_b(192).macs / 1e6, 2) == 617.91
    cost = total(costs(plain().graph))
    assert (cost.params, cost.trainable_params, cost.macs) == WHOLE


def test_ten_classes():
    assert changed_shapes("ten_classes") == dict.fromkeys(
        ("AuxLogits/Conv2d_2b_1x1", "Logits/Conv2d_1c_1x1"), (1, 1, 10)
    ) | dict.fromkeys(
        ("AuxLogits", "AuxLogits/SpatialSqueeze", "Logits", "Logits/SpatialSqueeze", "Predictions"),
        (10,),
    )
    assert count("ten_classes") == (
        WHOLE - dense(2048, 1000) + dense(2048, 10) - dense(768, 1000) + dense(768, 10)
    )


def test_a_wider_layer():
    """64 filters more are 64 channels more for the four 1x1 that read the block."""
    assert changed_shapes("wider_layer") == {
        "Mixed_5b/Branch_0": (35, 35, 128),
        "Mixed_5b/Branch_0/Conv2d_0a_1x1": (35, 35, 128),
        "Mixed_5b": (35, 35, 256 + 64),
        "Mixed_5b/concat": (35, 35, 256 + 64),
        "Mixed_5c/Branch_3/AvgPool_0a_3x3": (35, 35, 256 + 64),
    }
    more = WHOLE + conv(1, 1, 192, 128, 35) - conv(1, 1, 192, 64, 35)
    for filters in (64, 48, 64, 64):
        more += conv(1, 1, 320, filters, 35) - conv(1, 1, 256, filters, 35)
    assert count("wider_layer") == more


def test_a_wider_block():
    """It is then the block that Mixed_6e is."""
    changed = changed_shapes("wider_block")
    assert set(changed.values()) == {(17, 17, 192)}
    assert all(path.startswith(("Mixed_6c/Branch_1/", "Mixed_6c/Branch_2/")) for path in changed)
    assert len(changed) == 2 + 4  # all layers of both branches but the last, which had 192
    assert count("wider_block") == WHOLE - inception_b(160) + inception_b(192)


def test_one_block_more():
    changed = changed_shapes("one_block_more")
    assert all(path == "Mixed_6f" or path.startswith("Mixed_6f/") for path in changed)
    assert changed["Mixed_6f"] == (17, 17, 768)
    assert count("one_block_more") == WHOLE + inception_b(192)
    assert all(path.startswith("Mixed_7a/") for path in readers("one_block_more", "Mixed_6f"))
    assert len(readers("one_block_more", "Mixed_6f")) == 3
    # The auxiliary head stays where it was.
    assert "AuxLogits/AvgPool_1a_5x5" in readers("one_block_more", "Mixed_6e")


def test_one_branch_less():
    assert changed_shapes("one_branch_less") == {
        "Mixed_7c": (8, 8, 2048 - 192),
        "Mixed_7c/concat": (8, 8, 2048 - 192),
        "Mixed_7c/Branch_3": None,
        "Mixed_7c/Branch_3/AvgPool_0a_3x3": None,
        "Mixed_7c/Branch_3/Conv2d_0b_1x1": None,
        "Logits/AvgPool_1a_8x8": (1, 1, 2048 - 192),
        "Logits/Dropout_1b": (1, 1, 2048 - 192),
        "PreLogits": (1, 1, 2048 - 192),
    }
    assert count("one_branch_less") == (
        WHOLE - conv(1, 1, 2048, 192, 8) - dense(2048, 1000) + dense(2048 - 192, 1000)
    )


def test_a_3x3_as_1x3_and_3x1():
    changed = changed_shapes("factored")
    blocks = ("Mixed_5b", "Mixed_5c", "Mixed_5d")
    new = {f"{block}/Branch_2/Conv2d_0b_{kernel}" for block in blocks for kernel in ("1x3", "3x1")}
    old = {f"{block}/Branch_2/Conv2d_0b_3x3" for block in blocks}
    assert changed == dict.fromkeys(new, (35, 35, 96)) | dict.fromkeys(old)
    factored = conv(1, 3, 64, 96, 35) + conv(3, 1, 96, 96, 35)
    assert count("factored") == WHOLE + (factored - conv(3, 3, 64, 96, 35)) * 3
    for block in blocks:
        path = f"{block}/Branch_2/Conv2d_0b_"
        assert readers("factored", f"{path}1x3") == [f"{path}3x1"]
        assert readers("factored", f"{path}3x1") == [f"{block}/Branch_2/Conv2d_0c_3x3"]


def test_average_pools():
    assert changed_shapes("average_pools") == {}
    assert count("average_pools") == WHOLE
    pools = {
        node.path: node for node in network("average_pools").graph.nodes if "MaxPool" in node.path
    }
    assert len(pools) == 4
    assert {node.op for node in pools.values()} == {"avg_pool"}
    assert {node.attributes["stride"] for node in pools.values()} == {(2, 2)}
    assert {node.attributes["padding"] for node in pools.values()} == {"valid"}
    assert not any(node.op == "max_pool" for node in network("average_pools").graph.nodes)


def test_small_images():
    side = 128
    for step in ("halve", "shrink", "halve", "shrink", "halve"):  # the stem's valid 3x3 windows
        side = (side - 3) // 2 + 1 if step == "halve" else side - 2
    shapes = {
        path: shape(network("small_images"), path)
        for path in ("Mixed_5d", "Mixed_6e", "Mixed_7c", "AuxLogits/AvgPool_1a_5x5")
    }
    six = (side - 3) // 2 + 1
    eight = (six - 3) // 2 + 1
    assert (side, six, eight) == (13, 6, 2)
    assert shapes == {
        "Mixed_5d": (side, side, 288),
        "Mixed_6e": (six, six, 768),
        "Mixed_7c": (eight, eight, 2048),
        "AuxLogits/AvgPool_1a_5x5": (1, 1, 768),
    }
    assert shape(network("small_images"), "Logits") == (1000,)
    # The 5x5 of the auxiliary head is cut to the map of 1x1. Nothing else is another weight.
    cut = conv(5, 5, 128, 768, 1) - conv(1, 1, 128, 768, 1)
    assert count("small_images")[:2] == (WHOLE - cut)[:2]
    ours, theirs = (
        {row.path: row.cost.macs for row in one.summary().blocks}
        for one in (network("small_images"), plain())
    )
    for path, small, large in (
        ("Mixed_5b", side, 35),
        ("Mixed_6b", six, 17),
        ("Mixed_7b", eight, 8),
    ):
        assert ours[path] * large**2 == theirs[path] * small**2


def test_squeeze_and_excitation():
    changed = changed_shapes("squeeze_and_excitation")
    assert changed == {
        "SE_6e": (17, 17, 768),
        "SE_6e/multiply": (17, 17, 768),
        "SE_6e/Map": (17, 17, 768),
        "SE_6e/Weight": (768,),
        "SE_6e/Weight/Squeeze": (768,),
        "SE_6e/Weight/Reduce": (48,),
        "SE_6e/Weight/Excite": (768,),
        "SE_6e/Weight/Gate": (768,),
    }
    assert count("squeeze_and_excitation") == WHOLE + dense(768, 48) + dense(48, 768)
    after = readers("squeeze_and_excitation", "SE_6e")
    assert "AuxLogits/AvgPool_1a_5x5" in after
    assert sum(path.startswith("Mixed_7a/") for path in after) == 3
    assert sorted(readers("squeeze_and_excitation", "Mixed_6e")) == [
        "SE_6e/Weight/Squeeze",
        "SE_6e/multiply",
    ]


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_written_out_is_the_same_network(name):
    text = spec_text(network(name).loaded.expanded())
    assert inceptionspec.load(text).digests["network"] == network(name).digests["network"]
    assert network(name).digests["network"] != plain().digests["network"]
