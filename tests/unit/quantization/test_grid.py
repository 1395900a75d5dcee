"""Real numbers as integers: formulae, by hand and for any range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inceptionspec.quantization.grid import Grid, Range, grid_of, quantized_product

reals = st.floats(-1e6, 1e6, allow_nan=False, width=32)


def test_a_range_from_0_has_no_zero_point() -> None:
    assert grid_of(Range(0, 25.5)) == Grid(np.float32(0.1), 0)
    assert grid_of(Range(3, 25.5)) == Grid(np.float32(0.1), 0)


def test_a_range_around_0_holds_it() -> None:
    assert grid_of(Range(-1, 1.55)) == Grid(np.float32(0.01), 100)
    assert grid_of(Range(-25.5, -3)) == Grid(np.float32(0.1), 255)


@pytest.mark.parametrize("found", [Range(0, 0), Range(0, 1e-44), Range(-1e-44, 0)])
def test_a_range_without_extent_has_a_grid(found: Range) -> None:
    grid = grid_of(found)
    assert grid.scale > 0
    assert 0 <= grid.zero_point <= 255


@given(reals, reals)
def test_0_is_exact_and_no_number_of_the_range_is_more_than_a_step_off(
    one: float, two: float
) -> None:
    low, high = sorted((one, two))
    grid = grid_of(Range(low, high))
    assert grid.reals(grid.integers(0)) == 0
    numbers = np.linspace(low, high, 50, dtype=np.float32)
    assert np.abs(grid.reals(grid.integers(numbers)) - numbers).max() <= grid.scale * 1.001


def test_numbers_outside_become_the_ends() -> None:
    grid = Grid(np.float32(0.5), 10)
    assert grid.integers(np.array([-100, -5, 0, 0.25, 0.75, 1e9])).tolist() == [
        0,
        0,
        10,
        10,
        12,
        255,
    ]
    assert grid.reals(np.array([0, 10, 255], np.uint8)).tolist() == [-5, 0, 122.5]


def test_each_output_channel_has_its_scale() -> None:
    kernel = np.array([[1.27, -0.635], [0, 0.01]], np.float32)
    found = quantized_product(kernel, None, 0, Grid(np.float32(0.5), 3))
    assert found.kernel.tolist() == [[127, -64], [0, 127]]
    assert found.scales == pytest.approx([0.01, 0.01 / 127])
    assert found.bias is None
    assert quantized_product(kernel, None, 1, Grid(np.float32(0.5), 3)).scales == pytest.approx(
        [0.01, 0.005]
    )


def test_weights_of_7_bits_do_not_saturate_pairs_of_products() -> None:
    kernel = np.array([[1.0, -1.0], [0.5, 0.3]], np.float32)
    found = quantized_product(kernel, None, 0, Grid(np.float32(0.5), 3), bits=7)
    assert found.kernel.tolist() == [[63, -63], [63, 38]]
    assert 2 * 255 * 63 < 2**15 < 2 * 255 * 127


def test_a_bias_has_the_scale_of_the_product() -> None:
    kernel = np.array([[1.27], [2.54]], np.float32)
    found = quantized_product(kernel, np.array([1, -1]), 0, Grid(np.float32(0.5), 3))
    assert found.bias_scales == pytest.approx([0.005, 0.01])
    assert found.bias is not None
    assert found.bias.dtype == np.int32
    assert found.bias.tolist() == [200, -100]


def test_a_channel_of_tiny_weights_keeps_its_bias() -> None:
    kernel = np.array([[1e-12], [0]], np.float32)
    found = quantized_product(kernel, np.array([3.0, 0.0]), 0, Grid(np.float32(0.5), 3))
    assert found.bias is not None
    assert found.bias * found.bias_scales.astype(np.float64) == pytest.approx([3, 0])
    assert (found.scales > 0).all()
