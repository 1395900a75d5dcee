"""Fresh weights: their distributions against formulae, and what they depend on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from support import nodes, spec

from inceptionspec.ops import OPS
from inceptionspec.ops.attribute_types import INITIALIZERS
from inceptionspec.weights import initial
from inceptionspec.weights.initial import fans, initial_value


def conv(init: str) -> Any:
    """A convolution with a kernel of 3x3x64x96."""
    text = f"- {{op: conv, name: a, kernel: 3, filters: 96, init: {init}}}"
    return nodes(spec(text, channels=64))["a"]


def kernel(init: str) -> Any:
    node = conv(init)
    return initial_value(node, node.weights[0])


FAN_IN, FAN_OUT = 9 * 64, 9 * 96
AVERAGE = (FAN_IN + FAN_OUT) / 2
#: Initializer, standard deviation, and the largest magnitude, which is inf for a plain normal.
TRUNCATED = 2 / 0.8796256610342398
CASES = [
    ("{constant: 0.5}", 0.0, 0.5),
    ("glorot_normal", AVERAGE**-0.5, TRUNCATED * AVERAGE**-0.5),
    ("glorot_uniform", AVERAGE**-0.5, (3 / AVERAGE) ** 0.5),
    ("he_normal", (2 / FAN_IN) ** 0.5, TRUNCATED * (2 / FAN_IN) ** 0.5),
    ("he_uniform", (2 / FAN_IN) ** 0.5, (6 / FAN_IN) ** 0.5),
    ("lecun_normal", FAN_IN**-0.5, TRUNCATED * FAN_IN**-0.5),
    ("lecun_uniform", FAN_IN**-0.5, (3 / FAN_IN) ** 0.5),
    ("{normal: 0.3}", 0.3, math.inf),
    ("ones", 0.0, 1.0),
    ("{truncated_normal: 0.3}", 0.3 * 0.8796256610342398, 0.6),
    ("{uniform: 0.3}", 0.3 / 3**0.5, 0.3),
    ("{variance_scaling: {scale: 3, mode: fan_out}}", (3 / FAN_OUT) ** 0.5,
     TRUNCATED * (3 / FAN_OUT) ** 0.5),
    ("{variance_scaling: {scale: 3, mode: fan_avg, distribution: uniform}}",
     (3 / AVERAGE) ** 0.5, (9 / AVERAGE) ** 0.5),
    ("zeros", 0.0, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("init", "stddev", "largest"), CASES)
def test_moments_and_limits_are_those_of_the_distribution(init, stddev, largest) -> None:
    value = kernel(init)
    assert value.dtype == np.float32
    assert value.shape == (3, 3, 64, 96)
    assert value.std(dtype=np.float64) == pytest.approx(stddev, rel=0.02, abs=1e-7)
    magnitude = np.abs(value).max()
    if math.isfinite(largest):
        assert magnitude <= largest * (1 + 1e-6)
        assert magnitude >= largest * 0.98
        if stddev:
            assert abs(value.mean(dtype=np.float64)) < 4 * stddev / math.sqrt(value.size)
    else:
        assert magnitude > 3.5 * stddev


def test_every_initializer_of_the_language_is_drawn_and_tested() -> None:
    assert set(initial._DRAWS) == set(INITIALIZERS)
    tested = {init.strip("{").partition(":")[0] for init, _, _ in CASES}
    assert tested == set(INITIALIZERS)


def test_a_truncated_normal_has_the_shape_of_one() -> None:
    value = kernel("{truncated_normal: 1}")
    # SciPy: truncnorm(-2, 2).cdf(1) - truncnorm(-2, 2).cdf(-1) = 0.7152
    assert np.mean(np.abs(value) < 1) == pytest.approx(0.7152, abs=0.01)


def test_weights_start_by_the_attribute_that_is_meant_for_them() -> None:
    found = nodes(
        spec(
            "- {op: separable_conv, name: s, kernel: 3, filters: 8, init: {constant: 2},"
            " depthwise_init: {constant: 3}, bias: true, bias_init: {constant: 4},"
            " norm: batch_norm}\n"
            "- {op: depthwise_conv, name: d, kernel: 3, init: {constant: 5}}\n"
            "- {op: batch_norm, name: n}\n"
            "- {op: conv_transpose, name: t, kernel: 2, filters: 4, init: {constant: 7}}\n"
            "- {op: layer_scale, name: l, init: {constant: 8}}\n"
            "- {op: prelu, name: p, init: {constant: 9}}\n"
            "- {op: layer_norm, name: m}\n"
            "- {op: normalize, name: o}\n"
            "- {op: global_avg_pool}\n"
            "- {op: dense, name: f, units: 2, init: {constant: 6}, bias_init: ones}"
        )
    )
    values = {
        (path, weight.name): float(initial_value(node, weight).max())
        for path, node in found.items()
        for weight in node.weights
    }
    assert values == {
        ("s", "depthwise_kernel"): 3, ("s", "pointwise_kernel"): 2, ("s", "bias"): 4,
        ("s", "beta"): 0, ("s", "gamma"): 1, ("s", "moving_mean"): 0, ("s", "moving_variance"): 1,
        ("d", "depthwise_kernel"): 5, ("d", "bias"): 0,
        ("n", "beta"): 0, ("n", "gamma"): 1, ("n", "moving_mean"): 0, ("n", "moving_variance"): 1,
        ("t", "kernel"): 7, ("t", "bias"): 0, ("l", "gamma"): 8, ("p", "alpha"): 9,
        ("m", "beta"): 0, ("m", "gamma"): 1,
        ("o", "mean"): 0, ("o", "variance"): 1, ("o", "count"): 0,
        ("f", "kernel"): 6, ("f", "bias"): 1,
    }  # fmt: skip
    owners = {op.name for op in OPS.values() if any(a.name == "init" for a in op.attributes)}
    assert owners | {"batch_norm", "layer_norm", "normalize"} == {
        node.op for node in found.values() if node.weights
    } | {"conv"}


def test_numbers_depend_on_seed_path_and_weight_alone() -> None:
    text = (
        "- {op: conv, name: a, kernel: 3, filters: 16}\n- {op: conv, name: b, kernel: 3,"
        " filters: 16}"
    )
    found = nodes(spec(text, channels=16))
    first, second = (initial_value(found[name], found[name].weights[0]) for name in "ab")
    assert not np.array_equal(first, second)
    again = nodes(spec(text.split("\n")[1], channels=16))["b"]
    assert np.array_equal(second, initial_value(again, again.weights[0]))
    assert not np.array_equal(second, initial_value(again, again.weights[0], seed=1))


def test_the_numbers_stay() -> None:
    """A seed that someone wrote down gives the same weights in the next release."""
    node = nodes(spec("- {op: conv, name: a, kernel: 1, filters: 2, init: {normal: 1}}"))["a"]
    got = initial_value(node, node.weights[0], seed=7).ravel()
    assert got == pytest.approx(
        [0.622125, -1.205846, -0.4541461, 1.04602, 0.7677746, -1.070158], rel=1e-6
    )


def test_fans() -> None:
    assert fans((3, 5, 16, 32)) == (240, 480)
    assert fans((16, 32)) == (16, 32)
    assert fans((7,)) == (7, 7)
    assert fans(()) == (1, 1)


def test_the_widest_numbers_warn_of_nothing() -> None:
    for init in ("normal", "truncated_normal", "uniform"):
        kernel(f"{{{init}: 3.4e38}}")
