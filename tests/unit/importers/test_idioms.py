"""Functions that a model spells out get their names; what only looks like them stays."""

from __future__ import annotations

from typing import Any

import pytest

from inceptionspec.importers.idioms import with_idioms
from inceptionspec.importers.imported_network import ImportedLayer, ImportedNetwork


def layer(name: str, op: str, *inputs: str, **attributes: Any) -> ImportedLayer:
    return ImportedLayer(name, op, attributes, inputs)


def named(*layers: ImportedLayer, outputs: tuple[str, ...] = ()) -> list[tuple[str, Any, Any]]:
    ends = outputs or (layers[-1].name,)
    network = ImportedNetwork("net", (8, 8), 3, layers, ends, "x")
    return [
        (one.name, one.attributes.get("function", one.op), one.inputs)
        for one in with_idioms(network).layers
    ]


MOVED = layer("moved", "rescale", "", offset=3.0)
BOUNDED = layer("bounded", "activation", "moved", function="relu6")
SHARE = layer("share", "rescale", "bounded", scale=0.16666667)


def test_hard_sigmoid() -> None:
    assert named(MOVED, BOUNDED, SHARE) == [("share", "hard_sigmoid", ("",))]


def test_hard_swish_is_x_times_hard_sigmoid_in_either_order() -> None:
    for inputs in (("x", "share"), ("share", "x")):
        x = layer("x", "activation", "", function="tanh")
        moved = MOVED.__class__("moved", "rescale", {"offset": 3}, ("x",))
        times = layer("times", "multiply", *inputs)
        assert named(x, moved, BOUNDED, SHARE, times) == [
            ("x", "tanh", ("",)),
            ("times", "hard_swish", ("x",)),
        ]


def test_silu_is_x_times_sigmoid() -> None:
    gate = layer("gate", "activation", "", function="sigmoid")
    assert named(gate, layer("times", "multiply", "", "gate")) == [("times", "silu", ("",))]


@pytest.mark.parametrize(
    "layers",
    [
        (layer("moved", "rescale", "", offset=2.0), BOUNDED, SHARE),
        (layer("moved", "rescale", "", offset=3.0, scale=2.0), BOUNDED, SHARE),
        (layer("moved", "rescale", "", offset=[3.0, 3.0, 2.0]), BOUNDED, SHARE),
        (MOVED, layer("bounded", "activation", "moved", function="relu"), SHARE),
        (MOVED, BOUNDED, layer("share", "rescale", "bounded", scale=0.2)),
        (MOVED, BOUNDED, layer("share", "rescale", "bounded", scale=1 / 6, offset=1.0)),
        (MOVED, BOUNDED, layer("share", "activation", "bounded", function="relu")),
    ],
)
def test_what_is_another_function_stays(layers: tuple[ImportedLayer, ...]) -> None:
    assert [name for name, _, _ in named(*layers)] == ["moved", "bounded", "share"]


def test_what_others_read_stays() -> None:
    found = named(MOVED, BOUNDED, SHARE, outputs=("share", "bounded"))
    assert [name for name, _, _ in found] == ["moved", "bounded", "share"]
    gate = layer("gate", "activation", "", function="sigmoid")
    times = layer("times", "multiply", "", "gate")
    both = layer("both", "add", "times", "gate")
    assert [name for name, _, _ in named(gate, times, both)] == ["gate", "times", "both"]


def test_a_product_with_something_else_stays() -> None:
    gate = layer("gate", "activation", "", function="sigmoid")
    other = layer("other", "activation", "", function="relu")
    assert named(gate, other, layer("times", "multiply", "other", "gate"))[-1][1] == "multiply"


# Windows


def pool(name: str, *inputs: str, **attributes: Any) -> ImportedLayer:
    return layer(name, attributes.pop("op", "max_pool"), *inputs, **attributes)


def windows(*layers: ImportedLayer) -> list[tuple[str, str, Any]]:
    network = ImportedNetwork("net", (9, 8), 3, layers, (layers[-1].name,), "x")
    found = with_idioms(network)
    assert found.outputs == (found.layers[-1].name,)
    return [(one.name, one.op, dict(one.attributes)) for one in found.layers]


def test_a_pool_and_the_stride_after_it_are_one() -> None:
    for op in ("max_pool", "avg_pool"):
        found = windows(
            pool("p", "", op=op, kernel="3x3"), pool("p/stride", "p", kernel="1x1", stride=2)
        )
        assert found == [("p", op, {"kernel": "3x3", "padding": 1, "stride": 2})]


def test_padding_that_is_cut_off_again_is_less_padding() -> None:
    sides = {"top": 1, "bottom": 1, "left": 0, "right": 2}
    found = windows(
        pool("p", "", kernel="4x4"),
        layer("p/crop", "crop", "p", pixels={"top": 0, "bottom": 1, "left": 1, "right": 0}),
        pool("p/stride", "p/crop", kernel="1x1", stride="2x1", padding="valid"),
    )
    assert found == [("p", "max_pool", {"kernel": "4x4", "padding": sides, "stride": "2x1"})]
    found = windows(pool("p", "", kernel=3), layer("p/crop", "crop", "p", pixels=1))
    assert found == [("p", "max_pool", {"kernel": 3, "padding": "valid"})]


def test_a_dilated_convolution_and_the_stride_after_it_are_one() -> None:
    conv = layer("c", "conv", "", kernel="3x3", filters=4, dilation=2, padding="valid")
    found = windows(conv, pool("c/stride", "c", kernel="1x1", stride=2, padding="valid"))
    assert found == [
        ("c", "conv",
         {"kernel": "3x3", "filters": 4, "dilation": 2, "padding": "valid", "stride": 2})
    ]  # fmt: skip


@pytest.mark.parametrize(
    "layers",
    [
        (pool("p", "", kernel="3x3", stride=2), pool("q", "p", kernel="1x1", stride=2)),
        (pool("p", "", kernel="3x3", clip=True), pool("q", "p", kernel="1x1", stride=2)),
        (pool("p", "", kernel="3x3"), pool("q", "p", kernel="2x2", stride=2)),
        (pool("p", "", kernel="3x3"), layer("q", "crop", "p", pixels=2)),
        (layer("p", "activation", "", function="relu"), pool("q", "p", kernel="1x1", stride=2)),
    ],
)
def test_windows_that_compute_something_else_stay(layers: tuple[ImportedLayer, ...]) -> None:
    assert [name for name, _, _ in windows(*layers)] == ["p", "q"]


def test_a_pool_that_others_read_stays() -> None:
    found = named(
        pool("p", "", kernel="3x3"),
        pool("q", "p", kernel="1x1", stride=2),
        outputs=("q", "p"),
    )
    assert len(found) == 2


# Sums


def summed(*layers: ImportedLayer) -> Any:
    network = ImportedNetwork("net", (8, 8), 3, layers, (layers[-1].name,), "x")
    last = with_idioms(network).layers[-1]
    return dict(last.attributes), last.inputs


A, B = layer("a", "activation", "", function="relu"), layer("b", "activation", "", function="tanh")


def test_a_scaled_branch_is_a_factor_of_the_sum() -> None:
    half = layer("half", "rescale", "b", scale=0.5)
    for inputs in (("a", "half"), ("half", "a")):
        found = summed(A, B, half, layer("sum", "add", *inputs))
        assert found == ({"scale": 0.5}, ("a", "b"))


def test_unequal_factors_and_offsets_stay() -> None:
    half = layer("half", "rescale", "b", scale=0.5)
    for other in (
        layer("other", "rescale", "a", scale=0.25),
        layer("other", "rescale", "a", scale=0.5, offset=1.0),
    ):
        end = layer("sum", "add", "", "half", "other")
        assert summed(A, B, half, other, end) == ({}, ("", "half", "other"))
    assert summed(A, B, half, layer("sum", "add", "half", "half")) == ({}, ("half", "half"))
    own = layer("sum", "add", "a", "half", scale=2)
    assert summed(A, B, half, own) == ({"scale": 2}, ("a", "half"))
