"""Checkpoints: what fits is read, what does not is said, all of it, before anything changes."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from support import spec
from weights_into import load_into

import inceptionspec
from inceptionspec.backends.keras import build
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.ir.slim_names import stored_variables

NETWORK = """
- {op: conv, name: c, kernel: 3x3, filters: 4, norm: {op: batch_norm, scale: true}}
- {op: depthwise_conv, name: d, kernel: 3x3}
- {op: separable_conv, name: s, kernel: 3x3, filters: 5}
- {op: batch_norm, name: b}
"""
REST = """
checkpoint_scope: Scope
args: {classes: 10}
main: Logits
heads:
  Aux: {from: s, layers: [{op: global_avg_pool}, {op: dense, name: fc, units: $classes}]}
  Logits: {from: b, layers: [{op: global_avg_pool}, {op: dense, name: fc, units: $classes}]}
"""


@pytest.fixture(scope="module")
def network():
    return inceptionspec.load(spec(NETWORK, rest=REST))


@pytest.fixture(scope="module")
def graph(network):
    return network.graph


@pytest.fixture
def stored(graph):
    """A value for every variable of the network, by its name in a checkpoint."""
    generator = np.random.default_rng(2)
    return {
        one.name: generator.uniform(0.5, 1, one.shape).astype("float32")
        for one in stored_variables(graph)
    }


@pytest.fixture
def saved(tmp_path):
    """Write a checkpoint, and return its prefix."""

    def save(values):
        prefix = str(tmp_path / "model.ckpt")
        tf.raw_ops.SaveV2(
            prefix=prefix,
            tensor_names=list(values),
            shape_and_slices=[""] * len(values),
            tensors=list(values.values()),
        )
        return prefix

    return save


def refused(model, network, prefix, **options):
    """The findings of a checkpoint that does not fit; the model must be as it was."""
    before = [one.numpy() for one in model.weights]
    with pytest.raises(SpecError) as raised:
        load_into(model, network, prefix, **options)
    for one, old in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(one.numpy(), old)
    for finding in raised.value.findings:
        assert finding.primary.span.source.name == f"--weights {prefix}"
    return raised.value.findings


def test_every_variable_is_read(network, graph, stored, saved):
    model = build(graph)
    assert load_into(model, network, saved(stored)).warnings == ()
    for layer, variable, name in [
        ("c", "kernel", "c/weights"),
        ("c.BatchNorm", "gamma", "c/BatchNorm/gamma"),
        ("c.BatchNorm", "beta", "c/BatchNorm/beta"),
        ("c.BatchNorm", "moving_mean", "c/BatchNorm/moving_mean"),
        ("c.BatchNorm", "moving_variance", "c/BatchNorm/moving_variance"),
        ("d", "kernel", "d/depthwise_weights"),
        ("d", "bias", "d/biases"),
        ("s", "depthwise_kernel", "s/depthwise_weights"),
        ("s", "pointwise_kernel", "s/pointwise_weights"),
        ("s", "bias", "s/biases"),
        ("b", "gamma", "b/gamma"),
        ("b", "beta", "b/beta"),
        ("b", "moving_mean", "b/moving_mean"),
        ("b", "moving_variance", "b/moving_variance"),
        ("Aux.fc", "kernel", "Aux/fc/weights"),
        ("Logits.fc", "bias", "Logits/fc/biases"),
    ]:
        (found,) = (one for one in model.get_layer(layer).weights if one.name == variable)
        np.testing.assert_array_equal(found, stored[f"Scope/{name}"])


def test_missing_variables_are_one_finding(network, graph, stored, saved):
    del stored["Scope/c/weights"]
    (finding,) = refused(build(graph), network, saved(stored))
    assert (finding.code, finding.message) == (
        "E0701",
        "the file lacks the weight `c/kernel`",
    )
    assert finding.notes == ("by the names of `tf_slim` the first is `Scope/c/weights`",)
    kept = {name: value for name, value in stored.items() if name.startswith("Scope/c/")}
    (finding,) = refused(build(graph), network, saved(kept))
    assert finding.message == (
        "the file lacks 14 weights: `c/kernel`, `d/depthwise_kernel`, `d/bias`, "
        "`s/depthwise_kernel`, `s/pointwise_kernel` and 9 more"
    )


def test_a_head_that_the_checkpoint_lacks_can_be_left_out(network, graph, stored, saved):
    prefix = saved({name: value for name, value in stored.items() if "/Aux/" not in name})
    (finding,) = refused(build(graph), network, prefix)
    assert finding.message == ("the file lacks 2 weights: `Aux/fc/kernel` and `Aux/fc/bias`")
    assert finding.helps == (
        "it holds nothing of `Aux`: add `--without Aux` to start it fresh",
        "add `--head Logits` to leave it out of the network",
    )
    kept = load_into(build(graph), network, prefix, without=("Aux",)).report
    assert [(one.path, one.why) for one in kept.fresh] == [("Aux/fc", "--without Aux")] * 2
    assert load_into(build(graph, "Logits"), network, prefix).warnings == ()


def test_the_network_under_another_scope_is_read_with_a_note(network, graph, stored, saved):
    other = {name.replace("Scope/", "Other/"): value for name, value in stored.items()}
    found = load_into(build(graph), network, saved(other))
    assert (found.warnings, found.notes) == ((), ("the arrays are under `Other/`",))


def test_the_network_under_two_scopes_is_a_tie_unless_one_is_its_own(network, graph, stored, saved):
    """Nothing tells which of two is meant."""
    two = {name.replace("Scope/", f"{scope}/"): value + (scope == "B")
           for scope in "AB" for name, value in stored.items()}  # fmt: skip
    (finding,) = refused(build(graph), network, saved(two))
    assert (finding.code, finding.message) == (
        "E0711",
        "the file holds the weights of `t` in 2 ways, and which is meant cannot be told",
    )
    assert finding.notes == (
        "`c/kernel` would be `A/c/weights` by tf_slim, or `B/c/weights` by tf_slim",
    )
    own = two | stored
    found = load_into(build(graph), network, saved(own))
    np.testing.assert_array_equal(found.arrays["c", "kernel"], stored["Scope/c/weights"])


def test_misshaped_variables_are_a_finding_each(network, graph, stored, saved):
    stored["Scope/c/weights"] = np.zeros((1, 3, 3, 4), "float32")
    stored["Scope/b/beta"] = np.float32(0)
    stored["Scope/b/gamma"] = np.arange(5)
    del stored["Scope/d/biases"]
    found = refused(build(graph), network, saved(stored))
    assert [(one.code, one.message) for one in found] == [
        ("E0701", "the file lacks the weight `d/bias`"),
        ("E0702", "`Scope/b/beta` is a scalar in the file, `b/beta` needs 5"),
        (
            "E0702",
            "`Scope/b/gamma` holds int64 in the file, the network needs floating-point numbers",
        ),
        ("E0702", "`Scope/c/weights` is 1x3x3x4 in the file, `c/kernel` needs 3x3x3x4"),
    ]
    assert not any(one.helps for one in found[1:])


def test_weights_with_a_background_class_are_recognized(network, graph, stored, saved):
    for name in ("Scope/Logits/fc/weights", "Scope/Logits/fc/biases"):
        shape = (*stored[name].shape[:-1], 11)
        stored[name] = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    prefix = saved(stored)
    (finding,) = refused(build(graph), network, prefix)
    assert (finding.code, finding.message) == (
        "E0702",
        "`Scope/Logits/fc/weights` is 5x11 in the file, for 11 classes; the network has 10",
    )
    assert finding.helps == (
        "add `--drop-background` if the first class is the background",
        "add `--set classes=11` for all of its classes",
        "add `--fresh Logits` to start `Logits` fresh",
    )
    dropped = load_into(build(graph), network, prefix, drop_background=True)
    kernel = stored["Scope/Logits/fc/weights"]
    np.testing.assert_array_equal(dropped.arrays["Logits/fc", "kernel"], kernel[:, 1:])
    assert dropped.report.conversions == {"background class dropped": 2}
    fresh = load_into(build(graph), network, prefix, fresh=("Logits",)).report
    assert {one.path for one in fresh.fresh} == {"Logits/fc"}


def test_other_misfits_are_not_taken_for_classes(network, graph, stored, saved):
    stored["Scope/c/BatchNorm/beta"] = np.zeros(5, "float32")  # 4 filters and one more
    (finding,) = refused(build(graph), network, saved(stored))
    assert finding.helps == ()


def test_an_absent_or_broken_checkpoint_is_a_finding(
    network, graph, stored, saved, tmp_path, monkeypatch
):
    model = build(graph)
    monkeypatch.chdir(tmp_path)
    (finding,) = refused(model, network, "absent.ckpt")
    assert finding.code == "E0703"
    assert finding.message == "there is no checkpoint `absent.ckpt`"
    (finding,) = refused(model, network, str(tmp_path))  # a folder without a checkpoint
    assert finding.code == "E0703"
    text = tmp_path / "text.ckpt"
    text.write_text("not a checkpoint\n" * 100)
    (finding,) = refused(model, network, str(text))
    assert finding.code == "E0703"
    prefix = saved(stored)
    data = tmp_path / "model.ckpt.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:100])
    (finding,) = refused(model, network, prefix)
    assert finding.code == "E0703"
    data.unlink()
    (finding,) = refused(model, network, prefix)
    assert finding.code == "E0703"


def test_what_is_not_read_is_counted_by_kind(network, graph, stored, saved):
    more = dict(stored)
    for slot in ("RMSProp", "RMSProp_1", "Momentum", "Adam", "Adam_1"):
        more[f"Scope/c/weights/{slot}"] = stored["Scope/c/weights"]
    more["Scope/c/weights/ExponentialMovingAverage"] = stored["Scope/c/weights"]
    more["global_step"] = np.int64(7)
    more["Scope/Third/fc/weights"] = np.zeros(2, "float32")
    more["Scope/Third/fc/biases"] = np.zeros(2, "float32")
    more["Scope/c/strange"] = more["stranger"] = np.zeros(2, "float32")
    prefix = saved(more)
    (warning,) = load_into(build(graph), network, prefix).warnings
    assert (warning.code, warning.level) == ("W0109", "warning")
    assert warning.message == (
        "the file holds 11 arrays that the network does not read: "
        "5 of the optimizer, 1 of moving averages, 1 `global_step`, "
        "2 of `Third`, which is not built, 2 unknown"
    )
    assert warning.notes == ("unknown: `Scope/c/strange` and `stranger`",)
    assert warning.primary.span.source.name == f"--weights {prefix}"


def test_layers_that_a_model_leaves_out_are_counted_too(network, graph, stored, saved):
    (warning,) = load_into(build(graph, "c"), network, saved(stored)).warnings
    assert warning.message.endswith(": 13 of layers that the model leaves out")
    alone = inceptionspec.load(spec(NETWORK, rest=REST), head="Logits")
    (warning,) = load_into(build(alone.graph), alone, saved(stored)).warnings
    assert warning.message.endswith(": 2 of `Aux`, which is not built")


def test_averages_take_the_place_of_trainable_variables(network, graph, stored, saved):
    averages = {
        f"{one.name}/ExponentialMovingAverage": stored[one.name] + 1
        for one in stored_variables(graph)
        if one.weight.trainable
    }
    prefix = saved({**stored, **averages})
    model = build(graph)
    assert load_into(model, network, prefix, average=True).warnings == ()
    norm = {one.name: one.numpy() for one in model.get_layer("b").weights}
    np.testing.assert_array_equal(norm["beta"], stored["Scope/b/beta"] + 1)
    np.testing.assert_array_equal(norm["moving_mean"], stored["Scope/b/moving_mean"])
    (warning,) = load_into(model, network, prefix).warnings
    assert warning.message.endswith(" 14 of moving averages")


def test_an_absent_average_is_a_finding(network, graph, stored, saved):
    (finding,) = refused(build(graph), network, saved(stored), average=True)
    assert (finding.code, finding.message) == ("E0701", "the file holds no moving averages")
    assert finding.helps == ("read it without `--weights-average`",)


def test_an_average_that_one_variable_lacks_is_missing_and_not_made_up(
    network, graph, stored, saved
):
    averages = {
        f"{one.name}/ExponentialMovingAverage": stored[one.name]
        for one in stored_variables(graph)
        if one.weight.name != "gamma"
    }
    (finding,) = refused(build(graph), network, saved(stored | averages), average=True)
    assert finding.message == "the file lacks 2 weights: `c/gamma` and `b/gamma`"
    assert finding.notes[0].endswith("`Scope/c/BatchNorm/gamma/ExponentialMovingAverage`")
