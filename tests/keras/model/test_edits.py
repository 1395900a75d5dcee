"""Users' changes to Inception V3 as models: each is built and computes."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from edits import EDITS

from inceptionspec import load
from inceptionspec.backends.keras import build


@pytest.fixture(autouse=True)
def memory():
    yield
    keras.backend.clear_session()


def computed(name, *outputs):
    """Some tensors of a narrow network for small images, and the images."""
    size = {} if name == "small_images" else {"input": 107}
    graph = load(EDITS[name], width=0.25, **size).graph
    shape = (2, *graph.nodes[0].shape)
    images = np.random.default_rng(1).uniform(-1, 1, shape).astype("float32")
    tensors = build(graph, outputs)(images, training=False)
    return graph, {name: np.asarray(tensor) for name, tensor in tensors.items()}, images


@pytest.mark.parametrize("name", [name for name in EDITS if name != "squeeze_and_excitation"])
def test_an_edit_computes(name):
    graph, tensors, images = computed(name, "AuxLogits", "Logits", "Mixed_7c", "MaxPool_3a_3x3")
    for path, tensor in tensors.items():
        assert tensor.shape == (2, *graph.nodes[graph.names[path]].shape)
        assert np.all(np.isfinite(tensor))
    assert images.shape[1] == (128 if name == "small_images" else 107)
    assert tensors["Logits"].shape[-1] == (10 if name == "ten_classes" else 1000)


def test_average_pools_take_the_mean():
    _, tensors, _ = computed("average_pools", "Conv2d_2b_3x3", "MaxPool_3a_3x3")
    windows = np.lib.stride_tricks.sliding_window_view(tensors["Conv2d_2b_3x3"], (3, 3), (1, 2))
    means = windows[:, ::2, ::2].mean((-2, -1))
    np.testing.assert_allclose(tensors["MaxPool_3a_3x3"], means, rtol=1e-4, atol=1e-5)


def test_squeeze_and_excitation_weighs_the_channels():
    graph, tensors, _ = computed(
        "squeeze_and_excitation",
        "AuxLogits",
        "Logits",
        "Mixed_6e",
        "SE_6e",
        "SE_6e/Weight/Squeeze",
        "SE_6e/Weight/Excite",
        "SE_6e/Weight",
    )
    for path, tensor in tensors.items():
        assert tensor.shape == (2, *graph.nodes[graph.names[path]].shape)
        assert np.all(np.isfinite(tensor))
    map_, weight = tensors["Mixed_6e"], tensors["SE_6e/Weight"]
    np.testing.assert_allclose(tensors["SE_6e/Weight/Squeeze"], map_.mean((1, 2)), rtol=1e-4)
    excited = tensors["SE_6e/Weight/Excite"]
    np.testing.assert_allclose(weight, 1 / (1 + np.exp(-excited)), rtol=1e-4)
    assert weight.std() > 0
    np.testing.assert_allclose(tensors["SE_6e"], map_ * weight[:, None, None, :], rtol=1e-5)
