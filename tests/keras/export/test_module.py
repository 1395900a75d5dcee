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
