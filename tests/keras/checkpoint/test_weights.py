"""Checkpoints: what fits is read, what does not is said, all of it, before anything changes."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from support import spec

import inceptionspec
from inceptionspec.backends.keras import build
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.ir.slim_names import stored_variables
from inceptionspec.weights import load_checkpoint

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
def graph():
    return inceptionspec.load(spec(NETWORK, rest=REST)).graph


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


def refused(model, graph, prefix, **options):
    """The findings of a checkpoint that does not fit; the model must be as it was."""
    before = [one.numpy() for one in model.weights]
    with pytest.raises(SpecError) as raised:
        load_checkpoint(model, graph, prefix, **options)
    for one, old in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(one.numpy(), old)
    for finding in raised.value.findings:
        assert finding.primary.span.source.name == f"--weights {prefix}"
    return raised.value.findings


def test_every_variable_is_read(graph, stored, saved):
    model = build(graph)
    assert load_checkpoint(model, graph, saved(stored)).warnings == ()
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


def test_missing_variables_are_one_finding(graph, stored, saved):
    del stored["Scope/c/weights"]
    (finding,) = refused(build(graph), graph, saved(stored))
    assert (finding.code, finding.message) == (
        "E0701",
        "the checkpoint lacks the variable `Scope/c/weights`",
    )
    kept = {name: value for name, value in stored.items() if name.startswith("Scope/c/")}
    (finding,) = refused(build(graph), graph, saved(kept))
    assert finding.message == (
        "the checkpoint lacks 14 variables: `Scope/c/weights`, `Scope/d/depthwise_weights`, "
        "`Scope/d/biases`, `Scope/s/depthwise_weights`, `Scope/s/pointwise_weights` and 9 more"
    )


def test_a_head_that_the_checkpoint_lacks_can_be_left_out(graph, stored, saved):
    prefix = saved({name: value for name, value in stored.items() if "/Aux/" not in name})
    (finding,) = refused(build(graph), graph, prefix)
    assert finding.message == (
        "the checkpoint lacks 2 variables: `Scope/Aux/fc/weights` and `Scope/Aux/fc/biases`"
    )
    assert finding.helps == ("it holds nothing of `Aux`: keep `Logits` alone",)
    assert load_checkpoint(build(graph, "Logits"), graph, prefix).warnings == ()


def test_a_checkpoint_of_another_network_is_told_by_its_scope(graph, stored, saved):
    other = {name.replace("Scope/", "Other/"): value for name, value in stored.items()}
    (finding,) = refused(build(graph), graph, saved(other))
    assert finding.code == "E0701"
    assert finding.helps == (
        "its variables are under `Other`, the network's under `Scope`; if it is this network, "
        "set `checkpoint_scope: Other`",
    )


def test_misshaped_variables_are_a_finding_each(graph, stored, saved):
    stored["Scope/c/weights"] = np.zeros((1, 3, 3, 4), "float32")
    stored["Scope/b/beta"] = np.float32(0)
    stored["Scope/b/gamma"] = np.arange(5)
    del stored["Scope/d/biases"]
    found = refused(build(graph), graph, saved(stored))
    assert [(one.code, one.message) for one in found] == [
        ("E0701", "the checkpoint lacks the variable `Scope/d/biases`"),
        ("E0702", "`Scope/b/beta` is a scalar in the checkpoint, the network needs 5"),
        (
            "E0702",
            "`Scope/b/gamma` holds int64 in the checkpoint, "
            "the network needs floating-point numbers",
        ),
        ("E0702", "`Scope/c/weights` is 1x3x3x4 in the checkpoint, the network needs 3x3x3x4"),
    ]
    assert not any(one.helps for one in found)


def test_weights_with_a_background_class_are_recognized(graph, stored, saved):
    for name in ("Scope/Logits/fc/weights", "Scope/Logits/fc/biases"):
        stored[name] = np.zeros((*stored[name].shape[:-1], 11), "float32")
    found = refused(build(graph), graph, saved(stored))
    assert [one.message for one in found] == [
        "`Scope/Logits/fc/biases` is 11 in the checkpoint, the network needs 10",
        "`Scope/Logits/fc/weights` is 5x11 in the checkpoint, the network needs 5x10",
    ]
    assert {one.helps for one in found} == {
        ("these look like weights for 11 classes: add `--set classes=11`",)
    }


def test_other_misfits_are_not_taken_for_classes(graph, stored, saved):
    stored["Scope/c/BatchNorm/beta"] = np.zeros(5, "float32")  # 4 filters and one more
    (finding,) = refused(build(graph), graph, saved(stored))
    assert finding.helps == ()


def test_an_absent_or_broken_checkpoint_is_a_finding(graph, stored, saved, tmp_path, monkeypatch):
    model = build(graph)
    monkeypatch.chdir(tmp_path)
    (finding,) = refused(model, graph, "absent.ckpt")
    assert finding.code == "E0703"
    assert finding.message == "there is no checkpoint `absent.ckpt`"
    (finding,) = refused(model, graph, str(tmp_path))  # a folder without a checkpoint
    assert finding.code == "E0703"
    text = tmp_path / "text.ckpt"
    text.write_text("not a checkpoint\n" * 100)
    (finding,) = refused(model, graph, str(text))
    assert finding.code == "E0703"
    prefix = saved(stored)
    data = tmp_path / "model.ckpt.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:100])
    (finding,) = refused(model, graph, prefix)
    assert finding.code == "E0703"
    data.unlink()
    (finding,) = refused(model, graph, prefix)
    assert finding.code == "E0703"


def test_what_is_not_read_is_counted_by_kind(graph, stored, saved):
    more = dict(stored)
    for slot in ("RMSProp", "RMSProp_1", "Momentum", "Adam", "Adam_1"):
        more[f"Scope/c/weights/{slot}"] = stored["Scope/c/weights"]
    more["Scope/c/weights/ExponentialMovingAverage"] = stored["Scope/c/weights"]
    more["global_step"] = np.int64(7)
    more["Scope/Third/fc/weights"] = np.zeros(2, "float32")
    more["Scope/Third/fc/biases"] = np.zeros(2, "float32")
    more["Scope/c/strange"] = more["stranger"] = np.zeros(2, "float32")
    prefix = saved(more)
    (warning,) = load_checkpoint(build(graph), graph, prefix).warnings
    assert (warning.code, warning.level) == ("W0109", "warning")
    assert warning.message == (
        "the checkpoint holds 11 variables that the network does not read: "
        "5 of the optimizer, 1 of moving averages, 1 `global_step`, "
        "2 of `Third`, which is not built, 2 unknown"
    )
    assert warning.notes == ("unknown: `Scope/c/strange` and `stranger`",)
    assert warning.primary.span.source.name == f"--weights {prefix}"


def test_layers_that_a_model_leaves_out_are_counted_too(graph, stored, saved):
    (warning,) = load_checkpoint(build(graph, "c"), graph, saved(stored)).warnings
    assert warning.message.endswith(": 13 of layers that the model leaves out")
    alone = inceptionspec.load(spec(NETWORK, rest=REST), head="Logits").graph
    (warning,) = load_checkpoint(build(alone), alone, saved(stored)).warnings
    assert warning.message.endswith(": 2 of `Aux`, which is not built")


def test_averages_take_the_place_of_trainable_variables(graph, stored, saved):
    averages = {
        f"{one.name}/ExponentialMovingAverage": stored[one.name] + 1
        for one in stored_variables(graph)
        if one.weight.trainable
    }
    prefix = saved({**stored, **averages})
    model = build(graph)
    assert load_checkpoint(model, graph, prefix, average=True).warnings == ()
    norm = {one.name: one.numpy() for one in model.get_layer("b").weights}
    np.testing.assert_array_equal(norm["beta"], stored["Scope/b/beta"] + 1)
    np.testing.assert_array_equal(norm["moving_mean"], stored["Scope/b/moving_mean"])
    (warning,) = load_checkpoint(model, graph, prefix).warnings
    assert warning.message.endswith(" 14 of moving averages")


def test_an_absent_average_is_a_finding(graph, stored, saved):
    (finding,) = refused(build(graph), graph, saved(stored), average=True)
    assert finding.code == "E0701"
    assert finding.message.startswith(
        "the checkpoint lacks 14 variables: `Scope/c/weights/ExponentialMovingAverage`"
    )
    assert finding.helps == ("it holds no averages for these: read it without them",)
