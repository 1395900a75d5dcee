"""Norms and numbers for each channel follow a variant: channels that stay keep their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from variants import edited

BASE = """
spec: 1
name: Base
input: {size: 16x16, channels: 4}
network:
  - {op: conv, name: first, kernel: 3, filters: 6}
  - {op: OP, name: norm}
  - {op: conv, name: last, kernel: 1, filters: 5}
"""
WEIGHTS = {
    "layer_norm": ("gamma", "beta"),
    "group_norm, groups: 2": ("gamma", "beta"),
    "layer_scale": ("gamma",),
    "prelu": ("alpha",),
    "normalize": ("mean", "variance"),
}


@pytest.mark.parametrize("op", WEIGHTS)
def test_numbers_of_channels_that_stay_are_kept(op: str) -> None:
    base = BASE.replace("OP", op)
    result = edited(base, base.replace("filters: 5", "filters: 7"))
    for name in WEIGHTS[op]:
        np.testing.assert_array_equal(
            result.result.arrays["norm", name], result.values["norm", name].astype("float32")
        )


@pytest.mark.parametrize("op", WEIGHTS)
def test_new_channels_are_copies_where_filters_were_copied(op: str) -> None:
    base = BASE.replace("OP", op)
    result = edited(base, base.replace("filters: 6", "filters: 8"))
    for name in WEIGHTS[op]:
        kept = result.result.arrays["norm", name][..., :6]
        np.testing.assert_array_equal(kept, result.values["norm", name].astype("float32"))
        assert result.result.arrays["norm", name].shape[-1] == 8
    assert "widened" in result.kinds()["norm"]


def test_another_norm_starts_fresh() -> None:
    base = BASE.replace("OP", "layer_norm")
    result = edited(base, base.replace("layer_norm", "group_norm, groups: 2"))
    assert "norm" in result.fresh()
