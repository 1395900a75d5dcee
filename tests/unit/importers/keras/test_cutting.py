"""Functions that cut, pad and shuffle maps: alone, and as steps of one operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from keras_models import Written, functional, image, layer, layers_of, operation, read, write_json

from inceptionspec.diagnostics.diagnostic import SpecError

ALL = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
REST = {"class_name": "__ellipsis__", "config": {}}
POOL = {"pool_size": [2, 3], "strides": [2, 2], "padding": "valid", "data_format": "channels_last"}
AROUND = [[0, 0], [1, 0], [0, 1], [0, 0]]


def cut(start: int | None = None, stop: int | None = None, step: int | None = None) -> Any:
    """A slice as the JSON of Keras has it."""
    return {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}}


def became(folder: Path, *steps: Written, channels: int = 4) -> list[Any]:
    """The operator and the attributes of each layer that steps come to."""
    model = functional(image(8, 8, channels), *steps)
    return [(op, given) for _, op, given, _ in layers_of(read(write_json(folder, model)))]


def part(name: str, source: str, *keys: Any) -> Written:
    """A part of a tensor."""
    return operation("GetItem", name, source, list(keys))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ((REST, cut(1, 3)), [("slice", {"start": 1, "stop": 3})]),
        ((REST, cut(-2)), [("slice", {"start": 2, "stop": 4})]),
        ((ALL, ALL, ALL, cut(stop=-1)), [("slice", {"stop": 3})]),
        ((ALL, cut(1, -2)), [("crop", {"pixels": {"top": 1, "bottom": 2, "left": 0, "right": 0}})]),
        ((ALL, cut(step=2), cut(step=2)),
         [("max_pool", {"kernel": "1x1", "stride": 2, "padding": "valid"})]),
        ((ALL, ALL, cut(1, 6)),
         [("crop", {"pixels": {"top": 0, "bottom": 0, "left": 1, "right": 2}})]),
    ],
)  # fmt: skip
def test_a_part_of_a_map(keys: tuple[Any, ...], expected: list[Any], tmp_path: Path) -> None:
    assert became(tmp_path, part("x", "in", *keys)) == expected


def window(how: str, *starts: int) -> list[Written]:
    """What rows of a map come to, some rows apart, and how many a window spans."""
    reach = max(starts) + 1
    parts = [part(f"p{at}", "in", ALL, cut(at, (at + 1 - reach) or None)) for at in starts]
    last, steps = "p0", []
    for at in starts[1:]:
        steps.append(operation(how, f"s{at}", last, f"p{at}"))
        last = f"s{at}"
    return [*parts, *steps]


def test_the_largest_of_rows_is_a_pool_with_gaps(tmp_path: Path) -> None:
    pool = {"kernel": "3x1", "dilation": "2x1", "padding": "valid"}
    assert became(tmp_path, *window("Maximum", 0, 2, 4)) == [("max_pool", pool)]


@pytest.mark.parametrize(("how", "number"), [("Divide", 3), ("Multiply", 1 / 3)])
def test_the_mean_of_rows_is_a_pool_with_gaps(how: str, number: float, tmp_path: Path) -> None:
    steps = [*window("Add", 0, 2, 4), operation(how, "x", "s4", number)]
    pool = {"kernel": "3x1", "dilation": "2x1", "padding": "valid"}
    assert became(tmp_path, *steps) == [("avg_pool", pool)]


def test_a_sum_of_rows_is_a_mean_times_their_number(tmp_path: Path) -> None:
    pool, factor = became(tmp_path, *window("Add", 0, 1))
    assert pool[0] == "avg_pool"
    assert factor == ("rescale", {"scale": 2})


def test_rows_of_uneven_distances_are_no_window(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="`Maximum` has no operator"):
        became(tmp_path, *window("Maximum", 0, 1, 3))


def test_parts_of_several_maps_are_summed_as_maps(tmp_path: Path) -> None:
    other = layer("Activation", "a", "in", activation="relu")
    steps = [other, part("p", "in", ALL, cut(1)), part("q", "a", ALL, cut(1))]
    ops = [op for op, _ in became(tmp_path, *steps, operation("Add", "x", "p", "q"))]
    assert ops == ["activation", "crop", "crop", "add"]


def indices(*order: int) -> Any:
    """Whole numbers as the JSON of Keras has an array of them."""
    return {"class_name": "__numpy__", "config": {"value": list(order), "dtype": "int32"}}


def shares(share: float) -> Any:
    """A matrix that takes a share of the upper and of the lower half of eight rows."""
    rows = [[share] * 4 + [0.0] * 4, [0.0] * 4 + [share] * 4]
    return {"class_name": "__numpy__", "config": {"value": rows, "dtype": "float32"}}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([operation("Take", "x", "in", indices(0, 2, 1, 3), axis=-1)],
         [("channel_shuffle", {"groups": 2})]),
        ([operation("Take", "x", "in", indices(1, 2), axis=3)],
         [("slice", {"start": 1, "stop": 3})]),
        ([operation("Einsum", "x", "in", shares(0.25), subscripts="bhwc,yh->bywc")],
         [("adaptive_avg_pool", {"size": "2x8"})]),
        ([operation("Pad", "x", "in", pad_width=AROUND, mode="reflect")],
         [("pad", {"padding": {"top": 1, "bottom": 0, "left": 0, "right": 1}, "mode": "reflect"})]),
    ],
)  # fmt: skip
def test_a_function_alone(steps: list[Written], expected: list[Any], tmp_path: Path) -> None:
    assert became(tmp_path, *steps) == expected


def exchanged(layers: bool, cut_to: list[int], order: list[int], back: list[int]) -> list[Written]:
    """Axes cut into parts, reordered and joined: by layers, or by functions."""
    if layers:
        return [
            layer("Reshape", "r", "in", target_shape=cut_to),
            layer("Permute", "t", "r", dims=order),
            layer("Reshape", "x", "t", target_shape=back),
        ]
    return [
        operation("Reshape", "r", "in", newshape=[-1, *cut_to]),
        operation("Transpose", "t", "r", axes=[0, *order]),
        operation("Reshape", "x", "t", newshape=[-1, *back]),
    ]


@pytest.mark.parametrize("layers", [False, True])
@pytest.mark.parametrize(
    ("cut_to", "order", "back", "expected"),
    [
        ([8, 8, 2, 2], [1, 2, 4, 3], [8, 8, 4], ("channel_shuffle", {"groups": 2})),
        ([4, 2, 4, 2, 4], [1, 3, 2, 4, 5], [4, 4, 16], ("space_to_depth", {"block_size": 2})),
        ([8, 8, 2, 2, 1], [1, 3, 2, 4, 5], [16, 16, 1], ("depth_to_space", {"block_size": 2})),
    ],
)
def test_axes_that_change_places(
    layers: bool, cut_to: Any, order: Any, back: Any, expected: Any, tmp_path: Path
) -> None:
    assert became(tmp_path, *exchanged(layers, cut_to, order, back)) == [expected]


def test_another_order_of_parts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="a map of other axes than height"):
        became(tmp_path, *exchanged(False, [8, 8, 2, 2], [2, 1, 3, 4], [8, 8, 4]))


def test_blocks_of_pixels_become_channels(tmp_path: Path) -> None:
    places = [(row, column) for row in range(2) for column in range(2)]
    parts = [
        part(f"p{row}{column}", "in", ALL, cut(row, step=2), cut(column, step=2))
        for row, column in places
    ]
    names = [one.config["name"] for one in parts]
    assert became(tmp_path, *parts, operation("Concatenate", "x", names, axis=-1)) == [
        ("space_to_depth", {"block_size": 2})
    ]
    names[0], names[1] = names[1], names[0]
    ops = [op for op, _ in became(tmp_path, *parts, operation("Concatenate", "x", names, axis=-1))]
    assert ops[-1] == "concat"


def padded(value: Any) -> Written:
    """A map with a frame."""
    step = operation("Pad", "p", "in", pad_width=AROUND, mode="constant")
    return step._replace(kwargs={"constant_values": value})


def test_minus_infinity_around_a_map_is_the_padding_of_its_pool(tmp_path: Path) -> None:
    steps = [padded(float("-inf")), operation("MaxPool", "x", "p", **POOL)]
    padding = {"top": 1, "bottom": 0, "left": 0, "right": 1}
    pool = {"kernel": "2x3", "stride": 2, "padding": padding}
    assert became(tmp_path, *steps) == [("max_pool", pool)]


@pytest.mark.parametrize("value", [0.0, None])
def test_zeros_around_a_map_count_unless_ones_are_divided_by(value: Any, tmp_path: Path) -> None:
    steps = [padded(value), operation("AveragePool", "m", "p", **POOL)]
    padding = {"top": 1, "bottom": 0, "left": 0, "right": 1}
    pool = {"kernel": "2x3", "stride": 2, "padding": padding}
    assert became(tmp_path, *steps) == [("avg_pool", {**pool, "count_padding": True})]
    ones = [
        part("one", "in", REST, cut(stop=1)),
        operation("OnesLike", "ones", "one"),
        operation("Pad", "framed", "ones", pad_width=AROUND, mode="constant"),
        operation("AveragePool", "share", "framed", **POOL),
        operation("DivideNoNan", "x", "m", "share"),
    ]
    assert became(tmp_path, *steps, *ones) == [("avg_pool", pool)]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (padded(float("-inf")), "a map with -inf around it"),
        (padded(2.0), "padding by `constant` of 2.0"),
        (padded(float("nan")), "padding by `constant` of NaN"),
        (operation("Pad", "x", "in", pad_width=[[1, 0], *AROUND[1:]]), "padding of other axes"),
        (operation("Pad", "x", "in", pad_width=[[0, 0]]), "`pad_width` of `Pad` is malformed"),
        (operation("Pad", "x", "in", pad_width=AROUND, mode="symmetric"), "padding by `symmetric`"),
        (operation("OnesLike", "x", "in"), "a map of ones has no operator"),
        (part("x", "in", cut(1)), "a part of a tensor that no operator here cuts out"),
        (part("x", "in", ALL, cut(step=-1)), "a part of a tensor"),
        (part("x", "in", ALL, 3), "a part of a tensor"),
        (part("x", "in", ALL, cut(9)), "it cuts off all of its 8x8 input"),
        (operation("Take", "x", "in", [3.0, 1.0], axis=-1), "`indices` of `Take` is malformed"),
        (operation("Take", "x", "in", indices(3, 1, 0, 2), axis=-1), "an order of channels"),
        (operation("Take", "x", "in", indices(1, 0), axis=1), "other axes than the channels"),
        (operation("Einsum", "x", "in", [0.5], subscripts="bhwc,cd->bhwd"), "the product"),
        (operation("Einsum", "x", "in", shares(0.6), subscripts="bhwc,yh->bywc"), "no means"),
        (operation("Transpose", "x", "in", axes=[0, 2, 1, 3]), "exchanges the axes of a map"),
        (layer("Permute", "x", "in", dims=[2, 1, 3]), "exchanges the axes of a map"),
        (layer("Reshape", "x", "in", target_shape=[8, 8, 2, 2]), "of other axes than height"),
    ],
)
def test_what_is_no_operator_is_refused(step: Written, words: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as raised:
        became(tmp_path, step)
    (finding,) = raised.value.findings
    assert words in finding.message
