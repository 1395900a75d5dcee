"""State dicts of torchvision and timm: seeded arrays, read back to the right layers."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest
from held_arrays import read_into, table
from numpy_network import outputs_of
from support import REFERENCE, loaded

FOLDER = REFERENCE / "state_dicts"


def drawn_by_key(file: str) -> dict[str, Any]:
    """Arrays whose seeds are their keys; variances and gammas are above 0."""
    arrays = {}
    for key, shape in table(FOLDER / f"{file}.tsv").items():
        if key.endswith("num_batches_tracked"):
            arrays[key] = np.zeros(shape, "int64")
            continue
        draw = np.random.default_rng(zlib.crc32(key.encode()))
        positive = key.endswith(("running_var", "bn.weight"))
        values = draw.random(shape, "float32")
        arrays[key] = values + np.float32(0.5) if positive else values - np.float32(0.5)
    return arrays


def convolved(x: Any, arrays: dict[str, Any], module: str, stride: int, padding: int) -> Any:
    """torchvision's BasicConv2d, in NumPy: batch x channels x height x width."""
    kernel = arrays[f"{module}.conv.weight"].astype("float64")
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], (2, 3))
    x = np.einsum("bihwkl,oikl->bohw", windows[:, :, ::stride, ::stride], kernel, optimize=True)
    gamma, beta, mean, variance = (
        arrays[f"{module}.bn.{name}"].astype("float64")[:, None, None]
        for name in ("weight", "bias", "running_mean", "running_var")
    )
    return np.maximum((x - mean) / np.sqrt(variance + 1e-3) * gamma + beta, 0)


@pytest.mark.parametrize("network", ["inception_v3_torchvision", "inception_v3"])
def test_the_first_layers_compute_what_torchvision_computes(network: str) -> None:
    """With gamma, and with gamma folded."""
    arrays = drawn_by_key("inception_v3")
    one = loaded(network, input="75x75", head="Logits")
    images = np.random.default_rng(5).normal(size=(1, 75, 75, 3))
    expected = images.transpose(0, 3, 1, 2)
    steps = {"Conv2d_1a_3x3": (2, 0), "Conv2d_2a_3x3": (1, 0), "Conv2d_2b_3x3": (1, 1)}
    for module, (stride, padding) in steps.items():
        expected = convolved(expected, arrays, module, stride, padding)
    nodes = [one.graph.names[path] for path in steps]
    found = read_into(one, arrays, nodes)
    got = outputs_of(one.graph, {"": nodes[-1]}, found.arrays, images)[""]
    np.testing.assert_allclose(got.transpose(0, 3, 1, 2), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("file", "network", "without"),
    [
        ("inception_v3", "inception_v3_torchvision", ()),
        ("googlenet", "inception_v1", ()),
        ("inception_v4", "inception_v4", ("AuxLogits",)),
        ("inception_resnet_v2", "inception_resnet_v2", ("AuxLogits",)),
        ("xception", "xception", ()),
    ],
)
def test_a_state_dict_is_read_whole(file: str, network: str, without: tuple[str, ...]) -> None:
    arrays = drawn_by_key(file)
    found = read_into(loaded(network), arrays, without=without)
    assert found.warnings == ()
    assert {fresh.path.partition("/")[0] for fresh in found.report.fresh} == set(without)
    for match in found.report.matched:
        if match.weight == "kernel" and match.conversions == ("transposed",):
            theirs = arrays[match.sources[0]]
            axes = (2, 3, 1, 0) if theirs.ndim == 4 else (1, 0)
            np.testing.assert_array_equal(
                found.arrays[match.path, "kernel"], theirs.transpose(axes)
            )
