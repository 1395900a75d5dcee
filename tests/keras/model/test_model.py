"""The functional model: its outputs, its names, what a saved file needs, training."""

from __future__ import annotations

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from support import spec

import inceptionspec
from inceptionspec.backends.keras import build
from inceptionspec.diagnostics.diagnostic import SpecError

BODY = """
- {op: conv, name: stem, kernel: 3x3, filters: 4, stride: 2, norm: batch_norm, activation: relu}
- name: Mixed
  branches:
    Branch_0:
      - {op: conv, name: a, kernel: 1x1, filters: 3}
    Branch_1:
      - {op: max_pool, name: b, kernel: 3x3}
- {op: dropout, name: drop, rate: 0.5}
"""
HEADS = """
main: Logits
heads:
  Aux: {from: Mixed, layers: [{op: global_max_pool, name: pool}, {op: dense, name: fc, units: 2}]}
  Logits:
    from: drop
    predictions: softmax
    layers: [{op: global_avg_pool, name: pool}, {op: dense, name: fc, units: 2}]
end_points: {Inner: Mixed/Branch_0/a}
"""
#: A network of everything that takes more than one stock layer.
ODD = """
- {op: conv, name: c, kernel: 3x3, filters: 8, padding: 1, norm: batch_norm, activation: silu}
- {op: lrn, name: pad, radius: 2}
- {op: max_pool, name: max_pool, kernel: 3x3, stride: 2, padding: 1}
- {op: avg_pool, name: multiply, kernel: 3x3, padding: 1}
- {op: avg_pool, name: conv, kernel: 3x3, stride: 2, count_padding: true}
- {op: conv, name: d, kernel: 3x3, filters: 8, dilation: 2, stride: 2, padding: 2}
- {op: depthwise_conv, name: e, kernel: 3x3, stride: 1x2, padding: 1, l2: 0.1}
- {op: separable_conv, name: f, kernel: 3x3, filters: 8}
- name: add
  merge: {op: add, scale: 0.5, activation: relu}
  branches: [[{op: activation, function: leaky_relu}], []]
- name: se
  merge: multiply
  branches: [[], [{op: global_avg_pool}]]
- {op: global_avg_pool, name: pool, keep_dims: true}
- {op: squeeze, name: squeeze}
- {op: dropout, name: drop, rate: 0.1}
"""
ODD_HEAD = "heads: {Logits: {from: squeeze, layers: [{op: dense, units: 2}]}}"


def images(*shape):
    return np.random.default_rng(1).normal(size=(2, *shape)).astype("float32")


def graph(body=BODY, rest=HEADS, **settings):
    return inceptionspec.load(spec(body, rest=rest), **settings).graph


def test_without_outputs_a_model_yields_the_logits_of_every_head():
    model = build(graph())
    assert list(model.output) == ["Aux", "Logits"]
    result = model(images(16, 16, 3))
    assert {name: tuple(tensor.shape) for name, tensor in result.items()} == {
        "Aux": (2, 2),
        "Logits": (2, 2),
    }


def test_without_heads_it_yields_the_last_tensor():
    model = build(graph(rest=""))
    assert tuple(model.output.shape) == (None, 8, 8, 7)


@pytest.mark.parametrize("name", sorted(graph().names))
def test_every_name_can_be_the_output(name):
    network = graph()
    shape = network.nodes[network.names[name]].shape
    model = build(network, name)
    assert tuple(model.output.shape) == (None, *shape)
    assert tuple(model(images(16, 16, 3)).shape) == (2, *shape)


def test_several_outputs_are_a_dictionary_in_the_order_of_asking():
    model = build(graph(), ["Predictions", "Mixed/Branch_0", "Inner", "Mixed/Branch_0/a"])
    result = model(images(16, 16, 3))
    assert list(model.output) == ["Predictions", "Mixed/Branch_0", "Inner", "Mixed/Branch_0/a"]
    np.testing.assert_array_equal(result["Inner"], result["Mixed/Branch_0"])
    np.testing.assert_allclose(np.sum(result["Predictions"], -1), 1, rtol=1e-5)


def test_one_name_in_a_list_is_a_dictionary_still():
    assert list(build(graph(), ["stem"]).output) == ["stem"]


def test_only_what_the_outputs_need_is_built():
    names = {layer.name for layer in build(graph(), "Aux").layers}
    assert "Aux.fc" in names
    assert not {"drop", "Logits.fc", "Predictions"} & names
    assert len(build(graph(), "stem").layers) == 4  # input, convolution, norm, activation


def test_layers_are_named_by_their_paths():
    names = [layer.name for layer in build(graph()).layers]
    assert len(set(names)) == len(names)
    assert {
        "input",
        "stem",
        "stem.BatchNorm",
        "stem.relu",
        "Mixed.Branch_0.a",
        "Mixed.concat",
        "Logits.pool",
    } <= set(names)


def test_names_of_operations_do_not_meet_names_of_layers():
    build(graph(ODD, ""))  # Keras would refuse two of one name


@pytest.mark.parametrize(
    ("outputs", "messages", "helps"),
    [
        ("Logit", ["`t` has no end point `Logit`"], ("did you mean `Logits`?",)),
        (["stem", "x", "y"], ["`t` has no end point `x`", "`t` has no end point `y`"], ()),
        ([], ["no output is named"], ("leave `outputs` out for the logits of every head",)),
    ],
)
def test_an_unknown_output_is_a_finding(outputs, messages, helps):
    with pytest.raises(SpecError) as raised:
        build(graph(), outputs)
    found = raised.value.findings
    assert [one.message for one in found] == messages
    assert {one.code for one in found} == {"E0806"}
    assert found[0].primary.span.source.name == f"outputs={outputs!r}"
    assert found[0].helps == helps


def test_input_of_any_size():
    model = build(graph(input="any"))
    assert tuple(model.input.shape) == (None, None, None, 3)
    for side in (9, 32):
        assert tuple(model(images(side, side + 1, 3))["Logits"].shape) == (2, 2)


def test_training_moves_the_statistics_and_drops_out():
    model = build(graph())
    mean = model.get_layer("stem.BatchNorm").moving_mean
    x = images(16, 16, 3)
    before = mean.numpy()
    same = [np.asarray(model(x, training=False)["Logits"]) for _ in range(2)]
    np.testing.assert_array_equal(*same)
    np.testing.assert_array_equal(before, mean.numpy())
    different = [np.asarray(model(x, training=True)["Logits"]) for _ in range(2)]
    assert np.any(different[0] != different[1])
    assert np.any(before != mean.numpy())


def test_it_trains_on_every_head():
    model = build(graph())
    model.compile(
        "sgd",
        loss={
            name: keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            for name in model.output
        },
    )
    labels = np.array([0, 1])
    model.fit(images(16, 16, 3), {"Aux": labels, "Logits": labels}, verbose=0)


LOADER = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "inceptionspec":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import keras
import numpy as np
model = keras.saving.load_model(sys.argv[1])
given = np.load(sys.argv[2])
result = model(given["images"])
assert {"images", *result} == set(given.files)
for name, tensor in result.items():
    np.testing.assert_allclose(np.asarray(tensor), given[name], rtol=1e-5, atol=1e-6)
assert "inceptionspec" not in sys.modules
"""


# Keras 3.15 itself reads variables in a way that NumPy 2 calls deprecated.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("size", ["16x16", "any"])
@pytest.mark.parametrize(("body", "rest"), [(BODY, HEADS), (ODD, ODD_HEAD)], ids=["usual", "odd"])
def test_a_saved_model_loads_where_inceptionspec_is_not_installed(tmp_path, body, rest, size):
    model = build(graph(body, rest, input=size))
    x = images(16, 16, 3)
    model.save(tmp_path / "model.keras")
    np.savez(
        tmp_path / "given.npz",
        images=x,
        **{name: np.asarray(tensor) for name, tensor in model(x).items()},
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", LOADER, tmp_path / "model.keras", tmp_path / "given.npz"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


BLOCKED = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")
sys.meta_path.insert(0, Absent())
from inceptionspec.diagnostics.diagnostic import SpecError
try:
    import inceptionspec.backends.keras
except SpecError as error:
    (finding,) = error.findings
    print(finding.code, finding.message, *finding.helps, error.exit_code, sep="; ")
"""


def test_without_tensorflow_there_is_a_finding():
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=True, timeout=600
    )
    assert done.stdout == (
        "E0704; the package `tensorflow` is not installed; "
        "pip install 'inceptionspec[tensorflow]'; 3\n"
    )


def test_the_import_is_silent():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import inceptionspec.backends.keras as b, keras; "
            "keras.ops.ones(3); import os; os.write(2, b'end')",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    assert (done.stdout, done.stderr) == ("", "end")


def test_a_network_may_have_any_name():
    text = (
        'spec: 1\nname: "/a b <x> \u00e9"\ninput: {size: 8x8}\n'
        "network: [{op: conv, kernel: 3, filters: 2}]\n"
    )
    model = inceptionspec.load(text).to_keras()
    assert model.name == "model_a_b__x___"
    assert tf.function(model)(np.zeros((1, 8, 8, 3), "float32")).shape == (1, 8, 8, 2)
