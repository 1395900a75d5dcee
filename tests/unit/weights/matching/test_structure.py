"""Where names say nothing, the whole sequence must agree, and what fits twice is a tie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from held_arrays import drawn, read_into
from support import loaded, spec

from inceptionspec.diagnostics.diagnostic import SpecError

NETWORK = """
- {op: conv, name: a, kernel: 3x3, filters: 4, norm: batch_norm}
- {op: depthwise_conv, name: b, kernel: 3x3, depth_multiplier: 2}
- {op: separable_conv, name: c, kernel: 3x3, filters: 5, norm: {op: batch_norm, scale: false}}
- {op: global_avg_pool}
- {op: dense, name: d, units: 7}
"""
ORDER = ("kernel", "depthwise_kernel", "pointwise_kernel", "bias", "gamma", "beta", "moving_mean",
         "moving_variance")  # fmt: skip


@pytest.fixture(name="one")
def fixture_one() -> Any:
    return loaded(spec(NETWORK))


def sequence(one: Any, layout: str = "tensorflow") -> tuple[list[Any], list[tuple[str, str]]]:
    """The arrays of a network in the order of Keras and PyTorch, and which weights they are."""
    weights = drawn(one.graph)
    keys = sorted(weights, key=lambda key: (key[0], ORDER.index(key[1])))
    arrays = [weights[key] for key in keys]
    if layout == "torch":
        arrays = [_as_torch(key[1], array) for key, array in zip(keys, arrays, strict=True)]
    return arrays, keys


def _as_torch(weight: str, array: Any) -> Any:
    if weight == "depthwise_kernel":
        height, width, channels, multiplier = array.shape
        moved = array.transpose(2, 3, 0, 1)
        return moved.reshape(channels * multiplier, 1, height, width)
    return array.transpose((3, 2, 0, 1) if array.ndim == 4 else range(array.ndim)[::-1])


def named(arrays: list[Any], pattern: str = "Variable_{}") -> dict[str, Any]:
    return {pattern.format(number): array for number, array in enumerate(arrays)}


@pytest.mark.parametrize("layout", ["tensorflow", "torch"])
@pytest.mark.parametrize("pattern", ["Variable_{}", "onnx::Conv_{}", "p{:03}"])
def test_a_sequence_that_agrees_is_read(one: Any, layout: str, pattern: str) -> None:
    arrays, keys = sequence(one, layout)
    found = read_into(one, named(arrays, pattern))
    for key, array in zip(keys, sequence(one)[0], strict=True):
        np.testing.assert_array_equal(found.arrays[key], array)
    assert found.report.scheme == "the order of the file"
    assert {match.rule for match in found.report.matched} == {"order and shape"}


def test_names_are_sorted_as_people_count_where_the_file_is_not(one: Any) -> None:
    arrays, keys = sequence(one)
    held = dict(sorted(named(arrays).items()))  # Variable_1, Variable_10, Variable_11, Variable_2
    found = read_into(one, held)
    assert found.report.scheme == "the order of names"
    np.testing.assert_array_equal(found.arrays[keys[-1]], arrays[-1])


def refused(one: Any, held: dict[str, Any], **options: Any) -> Any:
    with pytest.raises(SpecError) as raised:
        read_into(one, held, **options)
    (finding,) = raised.value.findings
    return finding


def test_shapes_that_fit_in_another_order_are_not_accepted(one: Any) -> None:
    arrays, _ = sequence(one)
    swapped = [arrays[-2], *arrays[1:-2], arrays[0], arrays[-1]]
    finding = refused(one, named(swapped))
    assert finding.code == "E0701"
    assert finding.message.endswith("the order of its arrays is not the network's")


@pytest.mark.parametrize("more", [1, -1])
def test_an_array_too_many_or_too_few_is_no_match(one: Any, more: int) -> None:
    arrays, _ = sequence(one)
    held = [*arrays, np.zeros(3, "float32")] if more > 0 else arrays[:-1]
    assert refused(one, named(held)).code == "E0701"


def test_two_orders_that_both_fit_are_a_tie() -> None:
    """Two layers of one shape, and names that count the other way round."""
    one = loaded(
        spec("- {op: conv, name: a, kernel: 1x1, filters: 3, bias: false}\n"
             "- {op: conv, name: b, kernel: 1x1, filters: 3, bias: false}")
    )  # fmt: skip
    arrays = [np.full((1, 1, 3, 3), value, "float32") for value in (1, 2)]
    finding = refused(one, {"v2": arrays[0], "v1": arrays[1]}, file_format="TensorFlow checkpoint")
    assert finding.code == "E0711"
    assert finding.notes == (
        "`a/kernel` would be `v2` by the order of the file, or `v1` by the order of names",
    )


def test_two_layouts_that_both_fit_are_a_tie_unless_the_format_tells() -> None:
    one = loaded(spec("- {op: conv, name: a, kernel: 3x3, filters: 3, bias: false}"))
    held = {"v": np.arange(81, dtype="float32").reshape(3, 3, 3, 3)}
    finding = refused(one, held)
    assert finding.code == "E0711"
    assert finding.notes[0] == (
        "`a/kernel` would be `v` by the order of the file, "
        "or `v` transposed by the order of the file"
    )
    tensorflow = read_into(one, held, file_format="TensorFlow checkpoint").arrays["a", "kernel"]
    torch = read_into(one, held, file_format="PyTorch file").arrays["a", "kernel"]
    np.testing.assert_array_equal(tensorflow, held["v"])
    np.testing.assert_array_equal(torch, held["v"].transpose(2, 3, 1, 0))


def test_folded_norms_are_known_by_order_too(one: Any) -> None:
    arrays, keys = sequence(one)
    kept = [
        array
        for (_, weight), array in zip(keys, arrays, strict=True)
        if weight not in ("gamma", "moving_mean", "moving_variance")
    ]
    found = read_into(one, named(kept))
    np.testing.assert_array_equal(found.arrays["a", "beta"], arrays[keys.index(("a", "beta"))])
    assert found.report.conversions == {"norm folded in the file": 7}


def test_numbered_names_whose_shapes_do_not_fit_are_not_taken_in_part() -> None:
    """Keras' numbers of another model: the second shape is another layer's."""
    one = loaded(spec("- {op: conv, name: a, kernel: 3x3, filters: 4, bias: false}\n"
                      "- {op: conv, name: b, kernel: 1x1, filters: 4, bias: false}"))  # fmt: skip
    right = {"conv2d_7/kernel": (3, 3, 3, 4), "conv2d_10/kernel": (1, 1, 4, 4)}
    held = {name: np.ones(shape, "float32") for name, shape in right.items()}
    assert read_into(one, held).report.scheme == "keras_creation_order"
    wrong = {
        "conv2d_10/kernel": held["conv2d_7/kernel"],
        "conv2d_7/kernel": held["conv2d_10/kernel"],
    }
    finding = refused(one, wrong | {"other/kernel": np.ones((2, 2), "float32")})
    assert finding.code == "E0701"


def test_an_order_that_contradicts_names_is_not_believed() -> None:
    """One name is unknown; by order, another array would be read for a name that is known."""
    text = "- {op: conv, name: %s, kernel: 1x1, filters: 3, bias: false}"
    one = loaded(spec("\n".join(text % name for name in "ab")))
    arrays = {"b/kernel": np.ones((1, 1, 3, 3), "float32"), "x": np.zeros((1, 1, 3, 3), "float32")}
    assert (
        refused(one, arrays, file_format="Keras").message == "the file lacks the weight `a/kernel`"
    )
    renamed = {"y": arrays["x"], "b/kernel": arrays["b/kernel"]}
    found = read_into(one, renamed, file_format="Keras")
    np.testing.assert_array_equal(found.arrays["a", "kernel"], arrays["x"])
