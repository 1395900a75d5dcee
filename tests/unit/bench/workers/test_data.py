"""Random weights: how large the numbers are that they make of images."""

from __future__ import annotations

import numpy as np
import pytest
from support import loaded as load
from support import spec

from inceptionspec.bench.workers.data import random_weights

FILTERS = 4_096


def test_kernels_that_read_images_are_divided_by_the_largest_pixel() -> None:
    text = spec(
        "- {op: pad, padding: 1}\n"
        f"- {{op: conv, name: first, kernel: 1x1, filters: {FILTERS}}}\n"
        f"- {{op: conv, name: second, kernel: 1x1, filters: 8}}",
    ).replace("channels: 3", "channels: 3, range: [-200, 50]")
    drawn = random_weights(load(text).graph)
    assert drawn["first", "kernel"].std() == pytest.approx(np.sqrt(2 / 3) / 200, rel=0.05)
    assert drawn["second", "kernel"].std() == pytest.approx(np.sqrt(2 / FILTERS), rel=0.05)


def test_a_separable_convolution_does_not_count_an_activation_between_its_products() -> None:
    text = spec(
        "- {op: conv, name: stem, kernel: 1x1, filters: 2048}\n"
        "- {op: separable_conv, name: a, kernel: 3x3, filters: 8}"
    )
    drawn = random_weights(load(text).graph)
    assert drawn["a", "depthwise_kernel"].std() == pytest.approx(np.sqrt(1 / 9), rel=0.05)
    assert drawn["a", "pointwise_kernel"].std() == pytest.approx(np.sqrt(2 / 2_048), rel=0.05)


@pytest.mark.parametrize("op", ["batch_norm", "normalize"])
def test_variances_are_positive(op: str) -> None:
    text = spec(f"- {{op: conv, kernel: 1x1, filters: 500}}\n- {{op: {op}, name: n}}")
    drawn = random_weights(load(text).graph)
    found = [array for key, array in drawn.items() if "variance" in key[1]]
    assert len(found) == 1
    assert found[0].min() >= 0.5
