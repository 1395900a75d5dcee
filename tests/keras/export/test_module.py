"""Modules of Keras build what the Keras backend builds: the same layers, in the same order."""

from __future__ import annotations

import json
from typing import Any

import keras
import pytest
from exporting import loaded
from support import spec

import inceptionspec
from inceptionspec.backends.keras import build
from inceptionspec.backends.keras_source import keras_module
from inceptionspec.frontend.load import LoadedSpec

#: One of each kind: normalization over channels, residuals, depthwise, separable, gammas. The
#: tool `tools/check_modules.py` compares all.
BUILT_IN = ("inception_v1_paper", "mobilenet_v2", "resnet50", "xception")


def same(network: LoadedSpec) -> None:
    keras.backend.clear_session()
    names: dict[str, Any] = {}
    exec(compile(keras_module(network), "net.py", "exec"), names)
    ours = json.dumps(names["build"]().get_config())
    keras.backend.clear_session()
    assert json.dumps(build(network.graph).get_config()) == ours


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_module_builds_the_same_model(name: str) -> None:
    same(inceptionspec.load(name, width=0.1).loaded)


LAYERS = {
    "padded pools": """
- {op: max_pool, name: a, kernel: 2x2, padding: {top: 1, bottom: 0, left: 0, right: 1}}
- {op: avg_pool, name: b, kernel: 2x2, padding: {top: 1, bottom: 1, left: 1, right: 0}, stride: 2}
- {op: max_pool, name: c, kernel: 3x3, padding: 1, stride: 2}
""",
    "counted padding": "- {op: avg_pool, name: a, kernel: 3x3, count_padding: true}",
    "dilation and stride": """
- {op: conv, name: a, kernel: 3x3, filters: 4, stride: 2, dilation: 2, norm: batch_norm}
- {op: conv, name: b, kernel: 3x3, filters: 4, stride: 2, dilation: 2, activation: relu6}
""",
    "gates": """
- branches:
    - []
    - [{op: global_avg_pool, name: mean}, {op: dense, name: gate, units: 3}]
  merge: {op: multiply, activation: sigmoid}
- {op: pad, name: pad, padding: 1}
- {op: lrn, name: lrn, radius: 1}
- {op: flatten, name: flat}
- {op: dense, name: d, units: 4, init: {variance_scaling: {scale: 2}}, l2: 1e-4}
- {op: softmax, name: s}
""",
    "numbers for each channel": """
- {op: rescale, name: r, scale: 0.5, offset: [0.1, 0.2, 0.3]}
- {op: normalize, name: data}
- {op: conv, name: a, filters: 8, kernel: 3, activation: {leaky_relu: 0.3}}
- {op: layer_norm, name: ln, epsilon: 1e-6}
- {op: conv, name: b, filters: 8, kernel: 1, activation: gelu_tanh}
- {op: group_norm, name: gn, groups: 4, center: false}
- {op: conv, name: c, filters: 8, kernel: 1, norm: batch_norm, activation: {elu: 0.5}}
- {op: prelu, name: p}
- {op: layer_scale, name: ls, init: {constant: 0.3}}
- {op: drop_path, name: dp, rate: 0.2}
- {op: activation, name: h, function: hard_swish}
- {op: activation, name: l, function: {leaky_relu: 0.1}}
- {op: activation, name: g, function: gelu_tanh}
- {op: global_avg_pool, name: mean}
- {op: prelu, name: q, init: ones}
- {op: layer_scale, name: lt}
- {op: dense, name: d, units: 4, activation: mish}
""",
    "maps that grow and shrink": """
- {op: conv, name: a, filters: 12, kernel: 3}
- {op: conv_transpose, name: t, filters: 12, kernel: 3, stride: 2, activation: relu}
- {op: conv_transpose, name: u, filters: 12, kernel: 4, stride: 2, padding: 1, norm: batch_norm}
- {op: crop, name: c, pixels: {top: 1, bottom: 0, left: 0, right: 2}}
- {op: upsample, name: near, factor: 2}
- {op: upsample, name: between, factor: 1x3, method: bilinear}
- {op: pad, name: p, padding: {top: 1, bottom: 2, left: 0, right: 3}, mode: reflect}
- {op: max_pool, name: m, kernel: 3, dilation: 2, padding: 1}
- {op: max_pool, name: m2, kernel: 3x2, dilation: 2x3, padding: valid, stride: 2}
- {op: avg_pool, name: m3, kernel: 3, dilation: 2, padding: 2}
- {op: avg_pool, name: m4, kernel: 2, dilation: 2, padding: valid, stride: 2}
- {op: avg_pool, name: m5, kernel: 3, stride: 2, padding: 1, ceil: true, count_padding: true}
- {op: max_pool, name: m6, kernel: 3, stride: 2, padding: valid, ceil: true}
- {op: adaptive_avg_pool, name: grid, size: 4x5}
- {op: channel_shuffle, name: mixed, groups: 3}
- {op: depth_to_space, name: wide, block_size: 2}
- {op: space_to_depth, name: deep, block_size: 2}
- {op: slice, name: some, start: 2, stop: 8}
- {op: adaptive_avg_pool, name: even, size: 2x5}
- {op: adaptive_avg_pool, name: one, size: 1}
""",
    "scaled residuals": """
- residual: {scale: 0.2, activation: relu}
  layers:
    - {op: conv, name: a, kernel: 3x3, filters: 3, bias: true, bias_init: {constant: 0.2}}
- {op: batch_norm, name: n, scale: false}
- {op: activation, name: act, function: leaky_relu}
- {op: depthwise_conv, name: dw, kernel: 3x3, stride: 1x2, init: {uniform: 0.1}}
""",
}


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_every_way_to_write_a_layer(layers: str) -> None:
    same(loaded(spec(layers)))


def test_channels_become_pixels_at_any_size() -> None:
    layers = "- {op: conv, name: a, filters: 8, kernel: 1}\n- {op: depth_to_space, block_size: 2}"
    same(loaded(spec(layers, size="any")))


REPEATED = """
blocks:
  unit:
    args: {filters: int, stride: {type: int, default: 1}}
    residual: {activation: relu}
    layers:
      - {op: conv, name: a, kernel: 1x1, filters: $filters}
      - {op: conv, name: b, kernel: 3x3, filters: 4}
  pair:
    layers:
      - {block: unit, name: one, with: {filters: 2}}
      - {block: unit, name: two, with: {filters: 3}}
"""


def test_blocks_in_blocks_and_repeats() -> None:
    network = loaded(
        spec(
            """
- {op: conv, name: stem, kernel: 1x1, filters: 4}
- {block: pair, name: first}
- {block: unit, name: many, repeat: 4, with: {filters: 5}}
- {block: pair, name: second}
""",
            rest=REPEATED,
        )
    )
    text = keras_module(network)
    assert text.count("def unit(") == 1
    assert text.count("def pair(") == 1
    same(network)


def test_a_tensor_inside_a_block_that_is_read_from_outside() -> None:
    text = spec(
        """
- {op: conv, name: stem, kernel: 1x1, filters: 4}
- {block: pair, name: first}
- {block: pair, name: second}
""",
        rest=REPEATED
        + "main: Late\nheads:\n"
        + "".join(
            f"  {name}:\n    from: {at}\n    layers: [{{op: global_avg_pool, name: mean}}]\n"
            for name, at in (("Early", "first/one"), ("Late", "second"))
        ),
    )
    same(loaded(text))


def test_an_open_size() -> None:
    same(loaded(spec("- {op: conv, name: a, kernel: 3x3, filters: 2}", size="any")))
