"""What TF-Slim's own networks computed at full size, with weights that any name gives.

No checkpoint is stored: a variable's values are drawn from its name, so that the list of names
and shapes in `slim_variables` is enough to write the checkpoint that TF-Slim would have written.
A weight that landed in another layer of the same shape would show, since its name is another.
"""

from __future__ import annotations

import json
import zlib
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from support import REFERENCE
from weights_into import load_into

import inceptionspec
from inceptionspec.backends.keras import build

FOLDER = REFERENCE / "slim_golden"
#: Shape, mean and standard deviation of every end point, and whole arrays of the small ones.
EXPECTED = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted(FOLDER.glob("*.json"))
}
ARRAYS = {network: dict(np.load(FOLDER / f"{network}.npz")) for network in EXPECTED}


def drawn(name, shape):
    """A variable's values: its name is the seed, its last element says what is drawn."""
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    last = name.rpartition("/")[2]
    if last in ("weights", "depthwise_weights", "pointwise_weights"):
        fan = np.prod(shape[:2] if last == "depthwise_weights" else shape[:-1])
        values = generator.standard_normal(shape) * np.sqrt(2 / fan)
    elif last == "moving_variance":
        values = generator.uniform(0.5, 1.5, shape)
    else:
        values = 0.1 * generator.standard_normal(shape)
    return values.astype("float32")


def variables(network):
    """Names and shapes of the variables as TF-Slim's graph had them, and not as ours has."""
    rows = (REFERENCE / "slim_variables" / f"{network}.tsv").read_text(encoding="utf-8")
    for row in rows.splitlines()[1:]:
        name, shape = row.split("\t")
        yield name, tuple(int(side) for side in shape.split("x"))


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """A function from a network to its end points for TF-Slim's input; each is run once."""

    @cache
    def run(network):
        values = {name: drawn(name, shape) for name, shape in variables(network)}
        prefix = str(tmp_path_factory.mktemp(network) / "model.ckpt")
        tf.raw_ops.SaveV2(
            prefix=prefix,
            tensor_names=list(values),
            shape_and_slices=[""] * len(values),
            tensors=list(values.values()),
        )
        net = inceptionspec.load(network, classes=1001)
        model = build(net.graph, list(EXPECTED[network]))
        assert load_into(model, net, prefix).warnings == ()  # nothing is left over
        images = np.random.default_rng(7).uniform(-1, 1, (2, *net.graph.nodes[0].shape))
        tensors = model(images.astype("float32"), training=False)
        keras.backend.clear_session()
        return {name: np.asarray(tensor) for name, tensor in tensors.items()}

    return run


@pytest.mark.parametrize(
    ("network", "name"), [(network, name) for network in ARRAYS for name in ARRAYS[network]]
)
def test_outputs(computed, network, name):
    expected, found = ARRAYS[network][name], computed(network)[name]
    assert found.shape == expected.shape
    deviation = np.abs(found - expected).max() / np.abs(expected).max()
    assert deviation <= 1e-4


@pytest.mark.parametrize(
    ("network", "name"), [(network, name) for network in EXPECTED for name in EXPECTED[network]]
)
def test_end_points(computed, network, name):
    expected, found = EXPECTED[network][name], computed(network)[name]
    assert list(found.shape) == expected["shape"]
    assert found.mean() == pytest.approx(expected["mean"], rel=1e-3)
    assert found.std() == pytest.approx(expected["std"], rel=1e-3)


@pytest.mark.parametrize("network", ARRAYS)
def test_the_same_classes_win(computed, network):
    logits = computed(network)["Logits"]
    assert list(logits.argmax(-1)) == list(ARRAYS[network]["Logits"].argmax(-1))
