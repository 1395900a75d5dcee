"""Edits that weights follow exactly: the variant computes what the base computes."""

from __future__ import annotations

import numpy as np
import pytest
from support import loaded, spec
from variants import HEADS, NETWORK, changed, edited

CLOSE = 1e-6
"""Of an output's magnitude: weights are float32, the NumPy network computes in float64."""
D = "{op: conv, name: d, kernel: 5, filters: 6, norm: batch_norm, activation: relu}"
AFTER = "  - {op: conv, name: after"
BIASED = D.replace("activation", "bias: true, activation")
GAMMALESS = "norm: {op: batch_norm, scale: false}"

#: The edit, and the kinds of steps by path.
EDITS = {
    "a branch grew before a concat": (
        [("name: c, kernel: 1, filters: 4", "name: c, kernel: 1, filters: 7")],
        {"Mix/a/c": ["widened"], "after": ["inputs"]},
    ),
    "everything grew": (
        [("filters: 8", "filters: 13"), ("filters: 6", "filters: 7")],
        {
            "stem": ["widened"],
            "Mix/a/c": ["inputs"],
            "Mix/b/c": ["widened", "inputs"],
            "Mix/b/d": ["widened", "inputs"],
            "after": ["widened", "inputs"],
            "Logits/fc": ["inputs"],
        },
    ),
    "a new branch before the others": (
        [("    a: [", "    n: [{op: conv, kernel: 1, filters: 3}]\n      a: [")],
        {"Mix/n/conv": ["fresh"], "after": ["inputs"]},
    ),
    "branches in another order": (
        [
            (
                "    a: [{op: conv, name: c, kernel: 1, filters: 4, norm: batch_norm,",
                "    a: [{op: x,",
            ),
            ("    p: [", "    q: ["),
            ("    a: [{op: x, activation: relu}]", "    p: [{op: max_pool, name: m, kernel: 3}]"),
            (
                "    q: [{op: max_pool, name: m, kernel: 3}]",
                "    a: [{op: conv, name: c, kernel: 1, filters: 4, norm: batch_norm,"
                " activation: relu}]",
            ),
        ],
        {"after": ["moved"]},
    ),
    "a larger kernel": ([("kernel: 5", "kernel: 7")], {"Mix/b/d": ["kernel"]}),
    "a wider kernel": ([("kernel: 5", "kernel: 5x9")], {"Mix/b/d": ["kernel"]}),
    "a larger kernel by padding in pixels": (
        [("kernel: 5", "kernel: 7, padding: {top: 4, bottom: 2, left: 2, right: 4}")],
        {"Mix/b/d": ["kernel"]},
    ),
    "no norm": (
        [(D, D.replace(", norm: batch_norm", ""))],
        {"Mix/b/d": ["norm"]},
    ),
    "a norm": (
        [("name: after, kernel: 3", "name: after, norm: batch_norm, kernel: 3")],
        {"after": ["norm"]},
    ),
    "a norm without beta and gamma": (
        [
            (
                "name: after, kernel: 3",
                "name: after, norm: {op: batch_norm, center: false, scale: false}, kernel: 3",
            )
        ],
        {"after": ["norm"]},
    ),
    "a norm with an epsilon above 1": (
        [
            (
                "name: after, kernel: 3",
                "name: after, norm: {op: batch_norm, epsilon: 2, scale: false}, kernel: 3",
            )
        ],
        {"after": ["norm"]},
    ),
    "a norm next to a bias": (
        [("name: after, kernel: 3", "name: after, norm: batch_norm, bias: true, kernel: 3")],
        {"after": ["norm"]},
    ),
    "no gamma": ([(D, D.replace("norm: batch_norm", GAMMALESS))], {"Mix/b/d": ["norm"]}),
    "no beta": (
        [(D, D.replace("norm: batch_norm", "norm: {op: batch_norm, center: false}"))],
        {"Mix/b/d": ["norm"]},
    ),
    "another epsilon": (
        [(D, D.replace("norm: batch_norm", "norm: {op: batch_norm, epsilon: 0.01}"))],
        {"Mix/b/d": ["norm"]},
    ),
    "a bias": ([(D, BIASED)], {"Mix/b/d": ["norm"]}),
    "a norm as a layer": ([(AFTER, "  - {op: batch_norm, name: bn}\n" + AFTER)], {"bn": ["norm"]}),
    "a dropout": ([(AFTER, "  - {op: dropout, rate: 0.5}\n" + AFTER)], {}),
    "other names": (
        [("name: Mix", "name: Mux"), ("name: after", "name: last"), ("from: after", "from: last")],
        {},
    ),
    "a row and a column of enough channels": (
        [
            (
                D,
                "{op: conv, name: d1, kernel: 1x5, filters: 30}\n        - "
                "{op: conv, name: d2, kernel: 5x1, filters: 6, norm: batch_norm, activation: relu}",
            )
        ],
        {"Mix/b/d1": ["factorized"], "Mix/b/d2": ["factorized"]},
    ),
    "a column and a row with a norm in between": (
        [
            (
                D,
                "{op: conv, name: d1, kernel: 5x1, filters: 30, norm: batch_norm}\n        - "
                "{op: conv, name: d2, kernel: 1x5, filters: 6, norm: batch_norm, activation: relu}",
            )
        ],
        {"Mix/b/d1": ["factorized"], "Mix/b/d2": ["factorized"]},
    ),
    "a separable convolution of full rank": (
        [("{op: conv, name: d,", "{op: separable_conv, name: d, depth_multiplier: 6,")],
        {"Mix/b/d": ["separated"]},
    ),
    "a depthwise and a pointwise convolution of full rank": (
        [
            (
                D,
                "{op: depthwise_conv, name: d1, kernel: 5, depth_multiplier: 6}\n        - "
                "{op: conv, name: d2, kernel: 1, filters: 6, norm: batch_norm, activation: relu}",
            )
        ],
        {"Mix/b/d1": ["separated"], "Mix/b/d2": ["separated"]},
    ),
    "a head of a 1x1 convolution": (
        [
            (
                "{op: global_avg_pool, name: g}, {op: dense, name: fc, units: 5}",
                "{op: global_avg_pool, name: g, keep_dims: true},"
                " {op: conv, name: conv, kernel: 1, filters: 5}, {op: squeeze}",
            )
        ],
        {"Logits/conv": ["reshaped"]},
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_the_variant_computes_what_the_base_does(name: str) -> None:
    edits, kinds = EDITS[name]
    result = changed(*edits)
    assert result.kinds() == kinds
    assert result.deviation() <= CLOSE
    assert result.result.outputs == {"Logits": True}
    for path, steps in result.steps().items():
        assert all(step.exact for step in steps) or result.fresh().keys() == {path}


def net(*layers: str) -> str:
    return spec("\n".join(f"- {layer}" for layer in layers), size="8x8")


GROUPED = "{{op: conv, name: g, kernel: 3, filters: {}, groups: {}, activation: tanh}}"
DEPTHWISE = "{{op: depthwise_conv, name: w, kernel: 3, depth_multiplier: {}, norm: batch_norm}}"
STEM = "{{op: conv, name: s, kernel: 1, filters: {}, activation: relu}}"
END = "{op: conv, name: e, kernel: 1, filters: 3}"

PAIRS = {
    "groups grow": (
        net(STEM.format(8), GROUPED.format(8, 2), END),
        net(STEM.format(12), GROUPED.format(16, 2), END),
    ),
    "fewer groups": (
        net(STEM.format(8), GROUPED.format(8, 4), END),
        net(STEM.format(8), GROUPED.format(8, 1), END),
    ),
    "depthwise channels grow": (
        net(STEM.format(4), DEPTHWISE.format(2), END),
        net(STEM.format(7), DEPTHWISE.format(2), END),
    ),
    "depthwise outputs grow": (
        net(STEM.format(4), DEPTHWISE.format(1), END),
        net(STEM.format(4), DEPTHWISE.format(3), END),
    ),
    "a depthwise convolution as a plain one": (
        net(STEM.format(4), DEPTHWISE.format(2), END),
        net(STEM.format(4), "{op: conv, name: w, kernel: 3, filters: 8, norm: batch_norm}", END),
    ),
    "a separable convolution as a plain one": (
        net(STEM.format(4), "{op: separable_conv, name: w, kernel: 3, filters: 5}", END),
        net(STEM.format(4), "{op: conv, name: w, kernel: 3, filters: 5}", END),
    ),
    "separable channels grow": (
        net(STEM.format(4), "{op: separable_conv, name: w, kernel: 3, filters: 5}", END),
        net(STEM.format(6), "{op: separable_conv, name: w, kernel: 3, filters: 9}", END),
    ),
    "a stem before a flatten grows": (
        net(STEM.format(3), "{op: flatten}", "{op: dense, units: 4}"),
        net(STEM.format(5), "{op: flatten}", "{op: dense, units: 4}"),
    ),
    "a norm layer goes into the convolution before it": (
        net("{op: conv, name: s, kernel: 3, filters: 4}", "{op: batch_norm, name: n}", END),
        net("{op: conv, name: s, kernel: 3, filters: 4}", END),
    ),
    "a norm layer becomes the convolution's own": (
        net("{op: conv, name: s, kernel: 3, filters: 4}", "{op: batch_norm, name: n}", END),
        net("{op: conv, name: s, kernel: 3, filters: 4, norm: batch_norm}", END),
    ),
    "a larger kernel at stride 2": (
        net("{op: conv, name: s, kernel: 3, stride: 2, filters: 4}", END),
        net("{op: conv, name: s, kernel: 5, stride: 2, filters: 4}", END),
    ),
    "a larger dilated kernel": (
        net("{op: conv, name: s, kernel: 3, dilation: 2, filters: 4}", END),
        net("{op: conv, name: s, kernel: 5, dilation: 2, filters: 4}", END),
    ),
    "two more channels in pictures": (
        net(STEM.format(4), END),
        spec("- " + STEM.format(4) + "\n- " + END, size="8x8", channels=5),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_pairs(name: str) -> None:
    base, variant = PAIRS[name]
    result = edited(base, variant)
    assert result.fresh() == {}
    assert all(row.exact for row in result.result.layers)
    assert result.result.outputs == {"": True}
    if name != "two more channels in pictures":
        assert result.deviation() <= CLOSE
        return
    images = np.random.default_rng(1).normal(size=(2, 8, 8, 5))
    assert result.deviation(images, images[..., :3]) <= CLOSE


@pytest.mark.parametrize("network", ["resnet50", "mobilenet_v2", "xception", "inception_resnet_v1"])
def test_built_in_networks_grow(network: str) -> None:
    """Residual sums, depthwise convolutions and concats, whatever their channels are now."""
    given = {"input": "80x80", "min_filters": 4, "classes": 7}
    result = edited(loaded(network, width=1 / 16, **given), loaded(network, width=0.09, **given))
    assert result.result.outputs == {"Logits": True}
    assert all(row.exact for row in result.result.layers)
    assert any(row.status == "widened" for row in result.result.layers)
    images = np.random.default_rng(2).normal(size=(1, 80, 80, 3))
    assert result.deviation(images) <= CLOSE


def test_grey_pictures_for_a_network_of_color() -> None:
    base, grey = spec(NETWORK) + HEADS, spec(NETWORK, channels=1) + HEADS
    images = np.random.default_rng(4).normal(size=(2, 16, 16, 1))
    result = edited(base, grey)
    assert result.kinds() == {"stem": ["depth"]}
    assert result.result.outputs == {"Logits": True}
    assert result.deviation(images, np.repeat(images, 3, -1)) <= CLOSE
    back = edited(grey, base)
    assert back.kinds() == {"stem": ["depth"]}
    assert back.deviation(np.repeat(images, 3, -1), images) <= CLOSE


def test_a_stride_moves_the_larger_window_with_the_padding() -> None:
    """On an odd size, `same` puts the padding of both kernels on other sides."""
    for size in ("8x8", "9x9", "8x9"):
        before = spec("- {op: conv, name: s, kernel: 3, stride: 2, filters: 4}", size=size)
        result = edited(before, before.replace("kernel: 3", "kernel: 6"))
        exact = result.result.outputs[""]
        assert exact == all(row.exact for row in result.result.layers)
        assert (result.deviation() <= CLOSE) == exact
