"""Our reader of checkpoints against TensorFlow's, and what is made of what it reads."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from support import REFERENCE, spec
from weights_into import load_into

import inceptionspec
from inceptionspec.backends.keras import build
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.ir.slim_names import stored_variables
from inceptionspec.weights import load_weights
from inceptionspec.weights.files.tf_checkpoint import Checkpoint

TINY = str(REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt")
TYPES = ("float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64",
         "uint8", "uint16", "uint32", "uint64", "bool", "complex64", "complex128")  # fmt: skip


def read(prefix):
    checkpoint = Checkpoint(str(prefix), external("--weights"))
    return checkpoint, checkpoint.read(
        name for name, tensor in checkpoint.tensors.items() if tensor.type != "string"
    )


def same_as_tensorflow(prefix):
    """Names, shapes, types and values are those that TensorFlow reads."""
    checkpoint, values = read(prefix)
    theirs = tf.train.load_checkpoint(str(prefix))
    types = theirs.get_variable_to_dtype_map()
    assert list(checkpoint.tensors) == sorted(types)
    for name, tensor in checkpoint.tensors.items():
        assert tensor.type == types[name].name
        assert tensor.is_floating == types[name].is_floating
        assert list(tensor.shape) == theirs.get_variable_to_shape_map()[name]
        if name in values:
            np.testing.assert_array_equal(values[name], theirs.get_tensor(name))
    return checkpoint


def save(prefix, values):
    tf.raw_ops.SaveV2(
        prefix=str(prefix),
        tensor_names=list(values),
        shape_and_slices=[""] * len(values),
        tensors=list(values.values()),
    )
    return str(prefix)


def test_tf_slims_checkpoint_is_read_as_tensorflow_reads_it():
    assert len(same_as_tensorflow(TINY).tensors) == 388


def test_every_type_and_shape_is_read_as_tensorflow_reads_it(tmp_path):
    draw = np.random.default_rng(1)
    shapes = [(), (0,), (1,), (5, 0, 2), (3, 4), (2, 3, 4, 5), (70_001,)]
    values = {
        f"scope/{kind}/{number}": tf.cast(draw.normal(size=shape) * 9, kind)
        for kind in TYPES
        for number, shape in enumerate(shapes)
    }
    values["scope/text"] = tf.constant(["a", "bc"])
    values["größe"] = tf.constant(1.0)
    same_as_tensorflow(save(tmp_path / "model.ckpt", values))


def test_several_files_of_values(tmp_path):
    parts = []
    for number in range(3):
        part = str(tmp_path / f"part-{number}")
        parts.append(save(part, {f"v{number}/{k}": tf.fill([k + 1], k + 0.5) for k in range(4)}))
    whole = str(tmp_path / "model.ckpt")
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=whole)
    assert {one.shard for one in same_as_tensorflow(whole).tensors.values()} == {0, 1, 2}


def test_format_1_of_2016(tmp_path):
    draw = np.random.default_rng(2)
    values = {f"InceptionV3/layer_{n}/weights": draw.normal(size=(n, 7)) for n in range(1, 60)}
    values = {name: value.astype("float32") for name, value in values.items()}
    values |= {
        "double": draw.normal(size=3),
        "scalar": np.float32(2),
        "big": draw.normal(size=10**6),
    }
    path = str(tmp_path / "inception_v3.ckpt")
    tf.raw_ops.Save(filename=path, tensor_names=list(values), data=list(values.values()))
    same_as_tensorflow(path)


def test_a_variable_in_slices_is_refused(tmp_path):
    prefix = str(tmp_path / "model.ckpt")
    tf.raw_ops.SaveV2(
        prefix=prefix,
        tensor_names=["whole", "v", "v"],
        shape_and_slices=["", "4 2 0,2:-", "4 2 2,2:-"],
        tensors=[tf.zeros(3), tf.ones((2, 2)), tf.ones((2, 2))],
    )
    checkpoint = Checkpoint(prefix, external("--weights"))
    assert set(checkpoint.tensors) == {"whole", "v"}
    assert checkpoint.read(["whole"])["whole"].shape == (3,)
    with pytest.raises(SpecError, match="cannot be read") as raised:
        checkpoint.read(["v"])
    assert "stored in slices" in raised.value.findings[0].notes[0]


NETWORK = """
- {op: conv, name: c, kernel: 3x3, filters: 4, norm: {op: batch_norm, scale: false}}
- {op: conv, name: d, kernel: 1x1, filters: 4, bias: false}
- {op: batch_norm, name: b, scale: false}
"""
REST = """
checkpoint_scope: Scope
main: Logits
heads:
  Logits: {from: b, layers: [{op: global_avg_pool}, {op: dense, name: fc, units: 10}]}
"""


@pytest.fixture(scope="module")
def network():
    return inceptionspec.load(spec(NETWORK, rest=REST))


@pytest.fixture(scope="module")
def graph(network):
    return network.graph


@pytest.fixture
def stored(graph):
    draw = np.random.default_rng(2)
    return {
        one.name: draw.uniform(0.5, 1, one.shape).astype("float32")
        for one in stored_variables(graph)
    }


def refused(network, prefix, **options):
    with pytest.raises(SpecError) as raised:
        load_into(build(network.graph), network, prefix, **options)
    return [(one.code, one.message, one.helps) for one in raised.value.findings]


def test_what_a_layer_does_not_take_is_an_error_that_names_it(network, graph, stored, tmp_path):
    more = {"Scope/d/BatchNorm/moving_mean": np.zeros(4, "float32")}
    assert refused(network, save(tmp_path / "model.ckpt", stored | more)) == [
        (
            "E0702",
            "the file holds `Scope/d/BatchNorm/moving_mean`, but the layer has no norm here",
            ("set `norm: batch_norm`",),
        ),
    ]


def test_a_gamma_and_a_bias_that_a_layer_lacks_are_folded(network, graph, stored, tmp_path):
    """The network with them and the network without them put out the same."""
    more = {
        "Scope/c/BatchNorm/gamma": np.float32([0.5, -0.5, 2, 0]),
        "Scope/b/gamma": np.float32([0.5, -0.5, 2, 0.1]),
        "Scope/c/biases": np.float32([1, -1, 0.5, 3]),
    }
    prefix = save(tmp_path / "model.ckpt", stored | more)
    text = NETWORK.replace("scale: false", "scale: true").replace("4, norm", "4, bias: true, norm")
    whole = inceptionspec.load(spec(text, rest=REST))
    pictures = np.random.default_rng(3).normal(size=(2, *whole.graph.nodes[0].shape))
    models = []
    more["Scope/b/gamma"] = np.abs(more["Scope/b/gamma"])  # a norm alone has no kernel to turn
    prefix = save(tmp_path / "model.ckpt", stored | more)
    for one in (whole, network):
        models.append(build(one.graph))
        found = load_into(models[-1], one, prefix)
        assert found.warnings == ()
    expected, folded = (np.asarray(model(pictures.astype("float32"))["Logits"]) for model in models)
    np.testing.assert_allclose(folded, expected, rtol=1e-4, atol=1e-5)
    assert found.report.conversions == {
        "gamma folded": 3,
        "bias folded": 1,
        "sign of gamma folded": 1,
    }


def test_gammas_that_are_one_are_left_out_with_a_note(network, graph, stored, tmp_path):
    ones = {name: np.ones(4, "float32") for name in ("Scope/c/BatchNorm/gamma", "Scope/b/gamma")}
    loaded = load_into(build(graph), network, save(tmp_path / "model.ckpt", stored | ones))
    assert loaded.warnings == ()
    assert loaded.notes == (
        "2 arrays do nothing and are left out, as a gamma of 1 is: "
        "`Scope/b/gamma` and `Scope/c/BatchNorm/gamma`",
    )


def averages_of(graph, stored, *, statistics):
    return {
        f"{one.name}/ExponentialMovingAverage": stored[one.name] + 1
        for one in stored_variables(graph)
        if statistics or one.weight.trainable
    }


def test_averages_are_read_of_moving_statistics_too(network, graph, stored, tmp_path):
    """As TF-Slim's evaluation does, which averages all model variables."""
    averages = averages_of(graph, stored, statistics=True)
    prefix = save(tmp_path / "model.ckpt", stored | averages)
    model = build(graph)
    loaded = load_into(model, network, prefix, average=True)
    assert loaded.warnings == ()
    assert loaded.notes == ("10 of 10 arrays are moving averages",)
    for one in stored_variables(graph):
        value = loaded.arrays[one.node.path, one.weight.name]
        np.testing.assert_array_equal(value, stored[one.name] + 1)
    norm = {one.name: one.numpy() for one in model.get_layer("b").weights}
    np.testing.assert_array_equal(norm["moving_mean"], stored["Scope/b/moving_mean"] + 1)


def test_statistics_without_an_average_are_said_to_be_read_as_they_are(
    network, graph, stored, tmp_path
):
    averages = averages_of(graph, stored, statistics=False)
    prefix = save(tmp_path / "model.ckpt", stored | averages)
    loaded = load_into(build(graph), network, prefix, average=True)
    assert loaded.notes[0] == "6 of 10 arrays are moving averages"
    assert loaded.notes[1].startswith("4 moving statistics have no average and are read as they")
    np.testing.assert_array_equal(loaded.arrays["b", "moving_mean"], stored["Scope/b/moving_mean"])


def test_a_network_inside_of_another_is_found_under_its_front(network, graph, stored, tmp_path):
    inside = {f"FeatureExtractor/{name}": value for name, value in stored.items()}
    prefix = save(tmp_path / "model.ckpt", inside | {"Box/weights": np.zeros(3, "float32")})
    loaded = load_into(build(graph), network, prefix)
    assert loaded.notes == ("the arrays are under `FeatureExtractor/Scope/`",)
    assert loaded.warnings[0].message.endswith(": 1 of `Box`, which is not built")
    np.testing.assert_array_equal(loaded.arrays["c", "kernel"], stored["Scope/c/weights"])


def test_a_checkpoint_of_objects_is_read_by_the_names_of_its_variables(
    network, graph, stored, tmp_path
):
    holder = tf.Module()
    holder.parts = [tf.Variable(value, name=name) for name, value in stored.items()]
    objects = tf.train.Checkpoint(model=holder).save(str(tmp_path / "objects"))
    assert load_into(build(graph), network, objects).warnings == ()


def test_only_what_is_asked_for_is_read(network, graph, stored, tmp_path):
    kept = {name: value for name, value in stored.items() if "/c/" in name}
    prefix = save(tmp_path / "model.ckpt", kept)
    node = graph.names["c"]
    assert {path for path, _ in load_weights(network.loaded, prefix, nodes=[node]).arrays} == {"c"}
