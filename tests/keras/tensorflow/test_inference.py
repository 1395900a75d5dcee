"""`Network.to_inference`: from a model or a checkpoint to a function that can be saved."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from support import REFERENCE, spec

import inceptionspec
from inceptionspec.backends.engines import ENGINES
from inceptionspec.diagnostics.diagnostic import SpecError

CHECKPOINT = str(REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt")
TENSORFLOW = [name for name, one in ENGINES.items() if one.in_tensorflow]
OPTIMIZED = {"engine": "optimized"}
NETWORK = """
- {op: conv, name: c, kernel: 3x3, filters: 6, norm: batch_norm, activation: relu}
- name: m
  merge: concat
  branches:
    a: [{op: conv, name: p, kernel: 1x1, filters: 4, activation: relu}]
    b:
      - {op: avg_pool, kernel: 3x3}
      - {op: conv, name: q, kernel: 1x1, filters: 2, norm: batch_norm, activation: relu}
"""
HEADS = """
main: Logits
heads:
  Aux: {from: c, layers: [{op: global_avg_pool}, {op: dense, name: fc, units: 3}]}
  Logits: {from: m, layers: [{op: global_avg_pool}, {op: dense, name: fc, units: 5}]}
"""


@pytest.fixture(scope="module")
def network():
    return inceptionspec.load(spec(NETWORK, rest=HEADS))


@pytest.fixture(scope="module")
def model(network):
    model = network.to_keras()
    generator = np.random.default_rng(5)
    for variable in model.weights:
        value = generator.normal(size=variable.shape)
        variable.assign(np.abs(value) + 0.5 if "variance" in variable.name else value)
    return model


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(3).normal(size=(2, 16, 16, 3)).astype("float32")


def same(got, expected):
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= 1e-4 * np.abs(expected).max()


def finding(*arguments, **options):
    with pytest.raises(SpecError) as raised:
        arguments[0](*arguments[1:], **options)
    (one,) = raised.value.findings
    return one


@pytest.mark.parametrize("engine", TENSORFLOW)
def test_every_engine_of_tensorflow_gives_what_the_model_gives(network, model, images, engine):
    inference = network.to_inference(model, engine=engine)
    expected, got = model(images), inference(images)
    assert inference.outputs == tuple(got) == ("Aux", "Logits")
    for name, value in expected.items():
        same(got[name], value)
    assert bool(inference.steps) == bool(ENGINES[engine].passes)
    assert inference.precision == "float32"


def test_one_output_is_a_tensor_and_pulls_no_other_head(network, model, images):
    inference = network.to_inference(model, outputs="Logits", **OPTIMIZED)
    same(inference(images), model(images)["Logits"])
    assert {node.head for node in inference.graph.nodes} == {"", "Logits"}
    assert (
        "batch_norm"
        not in inference.function.get_concrete_function()
        .graph.as_graph_def()
        .SerializeToString()
        .decode("latin-1")
    )


def test_an_end_point_inside_may_be_asked_for(network, model, images):
    inference = network.to_inference(model, outputs=["m/b", "Logits"])
    expected = network.to_keras(["m/b", "Logits"])
    for variable in expected.weights:
        variable.assign(next(one for one in model.weights if one.path == variable.path))
    got = inference(images)
    for name, value in expected(images).items():
        same(got[name], value)


def test_without_weights_it_starts_as_a_new_model_does(network, images):
    logits = network.to_inference(outputs="Logits")(images)
    assert np.isfinite(logits).all()
    assert np.ptp(logits) > 0


def test_the_batch_may_be_open_or_known(network, model, images):
    assert network.to_inference(model, outputs="Aux")(images[:1]).shape == (1, 3)
    known = network.to_inference(model, outputs="Aux", batch=2)
    assert known(images).shape == (2, 3)
    one = finding(known, images[:1])
    assert one.code == "E0805"
    assert one.message == (
        "the images must have the shape 2x16x16x3 (batch x height x width x channels), "
        "not 1x16x16x3"
    )
    assert one.helps == ()
    one = finding(known, images[0])
    assert one.message.endswith("not 16x16x3")
    assert one.helps == ("this is one image: pass a batch, 2 images",)


@pytest.mark.parametrize("count", [8, 9])
def test_a_large_batch_is_two_halves(network, model, count):
    images = np.random.default_rng(count).normal(size=(count, 16, 16, 3)).astype("float32")
    halved = network.to_inference(model, outputs="Logits", batch=count, **OPTIMIZED)
    same(halved(images), model(images)["Logits"])
    graph = halved.function.get_concrete_function().graph
    kinds = [one.type for one in graph.get_operations()]
    whole = network.to_inference(model, outputs="Logits", batch=count, engine="graph")
    assert kinds.count("Conv2D") == 2 * sum(
        one.type == "Conv2D"
        for one in whole.function.get_concrete_function().graph.get_operations()
    )
    # Both halves read the same constants.
    kernels = [one for one in graph.get_operations() if one.type == "Conv2D"]
    assert len({one.inputs[1].name for one in kernels}) == len(kernels) // 2


def test_an_open_size_takes_images_of_any(model, images):
    network = inceptionspec.load(spec(NETWORK, rest=HEADS, size="any"))
    inference = network.to_inference(model, outputs="Logits")
    same(inference(images), model(images)["Logits"])
    assert inference(images[:, :9, :12]).shape == (2, 5)


def test_a_checkpoint_is_read_without_a_model():
    network = inceptionspec.load("inception_v3", width=0.125, min_filters=8, classes=11)
    inference = network.to_inference(CHECKPOINT, outputs=["Logits", "AuxLogits", "PreLogits"])
    images = np.random.default_rng(7).uniform(-1, 1, (2, 299, 299, 3)).astype("float32")
    expected = np.load(REFERENCE / "slim_v3_tiny" / "outputs.npz")
    for name, value in inference(images).items():
        same(value, expected[name])


@pytest.mark.parametrize("name", ["inception_v3_keras", "inception_resnet_v2", "mobilenet_v2"])
def test_a_built_in_network_at_a_quarter_of_its_width(name):
    network = inceptionspec.load(name, width=0.25, input=160)
    model = network.to_keras()
    generator = np.random.default_rng(5)
    for variable in model.weights:
        if variable.name in ("beta", "moving_mean", "bias"):
            variable.assign(generator.normal(size=variable.shape) * 0.1)
    images = generator.uniform(-1, 1, (2, 160, 160, 3)).astype("float32")
    expected, got = model(images), network.to_inference(model)(images)
    if not isinstance(expected, dict):
        expected, got = {"": expected}, {"": got}
    for head, value in expected.items():
        same(got[head], value)


# Saving

LOAD_ELSEWHERE = """
import sys
import numpy as np
import tensorflow as tf
images = np.load(sys.argv[2])
loaded = tf.saved_model.load(sys.argv[1])
served = loaded.signatures["serving_default"](images=tf.constant(images))
called = loaded(tf.constant(images))
assert not [name for name in sys.modules if name.startswith("inceptionspec")]
np.savez(sys.argv[3], called=called["Logits"], served=served["Logits"])
"""


def test_a_saved_network_runs_where_this_package_is_not(network, model, images, tmp_path):
    expected = model(images)["Logits"]
    for engine in ("optimized", "keras"):
        network.to_inference(model, engine=engine).save(str(tmp_path / engine))
    np.save(tmp_path / "images.npy", images)
    subprocess.run(
        [sys.executable, "-c", LOAD_ELSEWHERE, "optimized", "images.npy", "outputs.npz"],
        cwd=tmp_path,
        check=True,
    )
    outputs = np.load(tmp_path / "outputs.npz")
    same(outputs["called"], expected)
    same(outputs["served"], expected)
    same(tf.saved_model.load(str(tmp_path / "keras"))(images)["Logits"], expected)


def test_one_output_is_saved_under_its_name(network, model, images, tmp_path):
    network.to_inference(model, outputs="Logits").save(str(tmp_path / "saved"))
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    same(loaded(images), model(images)["Logits"])
    assert set(loaded.signatures["serving_default"](images=tf.constant(images))) == {"Logits"}


def test_what_cannot_be_saved_leaves_nothing(network, model, tmp_path, monkeypatch):
    inference = network.to_inference(model, outputs="Aux", **OPTIMIZED)
    one = finding(inference.save, str(tmp_path / "none" / "saved"))
    assert (one.code, one.helps) == ("E0803", ("make it first",))
    (tmp_path / "taken").mkdir()
    one = finding(inference.save, str(tmp_path / "taken"))
    assert one.message == f"`{tmp_path / 'taken'}` already exists"

    def full(*arguments, **options):
        Path(arguments[1]).mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", full)
    one = finding(inference.save, str(tmp_path / "saved"))
    assert one.message == f"`{tmp_path / 'saved'}` cannot be written: no space left on device"
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


# What does not fit


def test_unknown_names(network, model):
    one = finding(network.to_inference, model, outputs="Logit")
    assert (one.code, one.helps) == ("E0806", ("did you mean `Logits`?",))
    one = finding(network.to_inference, model, engine="optimised")
    assert (one.code, one.message) == ("E0806", "there is no engine `optimised`")
    assert one.helps == ("did you mean `optimized`?",)
    one = finding(network.to_inference, model, engine="gpu")
    assert one.helps == (
        "the engines are `keras`, `graph`, `optimized`, `xla`, `onnxruntime`, `openvino` and "
        "`litert`",
    )
    one = finding(network.to_inference, model, engine="keras", tune=True)
    assert (one.code, one.helps) == ("E0805", ("leave `engine` out",))


def test_a_model_of_another_network(network):
    other = inceptionspec.load(spec("- {op: conv, name: c, kernel: 1x1, filters: 6}")).to_keras()
    with pytest.raises(SpecError) as raised:
        network.to_inference(other, outputs="Aux")
    missing, misshaped = raised.value.findings
    assert missing.code == "E0701"
    assert missing.message == (
        "the model lacks `c/beta`, `c/gamma`, `c/moving_mean`, `c/moving_variance`, "
        "`Aux/fc/kernel` and 1 more"
    )
    assert misshaped.code == "E0702"
    assert misshaped.message == "`c/kernel` is 1x1x3x6 in the model, the network needs 3x3x3x6"


def test_a_model_without_the_head_that_is_asked_for(network):
    one = finding(network.to_inference, network.to_keras("Aux"))
    assert one.code == "E0701"
    assert one.message.endswith("and 4 more")
    assert "with the outputs that are asked for here" in one.helps[0]


def test_weights_of_another_kind(network):
    one = finding(network.to_inference, 5)
    assert one.code == "E0805"
    assert one.message == "the weights must be the path of a checkpoint or a Keras model"
    assert finding(network.to_inference, "absent.ckpt").code == "E0703"


@pytest.mark.parametrize(
    ("batch", "must"),
    [("8", "a whole number, not '8'"), (2.5, "a whole number, not 2.5"),
     (True, "a whole number, not True"), (0, "at least 1, not 0")],
)  # fmt: skip
def test_a_batch_is_a_count(network, batch, must):
    for call in (
        network.to_inference,
        network.to_onnx,
        lambda batch: network.export("x.onnx", batch=batch),
        lambda batch: network.predict("x.png", batch=batch),
        lambda batch: network.evaluate("x", batch=batch),
        lambda batch: network.layer_times(batch=batch),
    ):
        one = finding(call, batch=batch)
        assert (one.code, one.message) == ("E0805", f"the batch must be {must}")
        assert one.primary.span.source.name == f"batch={batch!r}"
