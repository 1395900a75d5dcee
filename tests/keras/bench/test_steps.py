"""What a step computes, by TensorFlow, in this process."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from support import do_without
from support import loaded as load

from inceptionspec.analysis.summary import summarize
from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.bench.request.training import loss_terms
from inceptionspec.bench.workers.data import images, labels, random_weights
from inceptionspec.bench.workers.prepare import prepare
from inceptionspec.engines.available import lacking
from inceptionspec.frontend.load import LoadedSpec

if importlib.util.find_spec("tensorflow") is None:
    pytest.skip("TensorFlow is not installed", allow_module_level=True)

import keras
import numpy as np

from inceptionspec.bench.workers.steps import backward
from inceptionspec.bench.workers.steps.step import spec_model

NORMED = """
spec: 1
name: Normed
input: {size: 8x8, channels: 3, range: [0, 2]}
main: Logits
defaults: {conv: {kernel: 3x3, norm: batch_norm, l2: 1e-3}}
network:
  - {op: conv, name: Stem, filters: 4, stride: 2}
  - {op: conv, name: Last, filters: 6}
heads:
  Aux:
    from: Stem
    loss_weight: 0.3
    label_smoothing: 0.1
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Dense, units: 5}
  Logits:
    from: Last
    loss_weight: 1
    layers:
      - {op: global_avg_pool, name: Pool}
      - {op: dense, name: Dense, units: 3}
"""


@pytest.fixture
def normed() -> LoadedSpec:
    """A network with batch norms, penalties and two heads."""
    return load(NORMED)


def prepared(network: LoadedSpec, **request: Any) -> Any:
    return prepare(BenchRequest(batch=2, **request).job(network, same_weights=True))


def expected(network: LoadedSpec, outputs: tuple[str, ...]) -> list[Any]:
    model = spec_model(network.graph, outputs, random_weights(network.graph))
    return [np.asarray(one) for one in model(images(network.graph, 2))]


@pytest.mark.parametrize(
    ("engine", "mode"),
    [(engine, mode) for engine in ENGINES for mode in ("forward", "predict")],
)
def test_every_engine_puts_out_the_networks_outputs(
    normed: LoadedSpec, engine: str, mode: str
) -> None:
    if lacking(ENGINES[engine]):
        do_without(engine)
    step = prepared(normed, engine=engine, mode=mode, head="all")
    step.step()
    assert (step.trace_seconds is not None) == ENGINES[engine].in_tensorflow
    assert step.precision == "float32"
    assert ("runtime" in step.facts) == (not ENGINES[engine].in_tensorflow)
    wanted = expected(normed, ("Aux/Dense", "Logits/Dense"))
    for one, other in zip(step.outputs(), wanted, strict=True):
        assert np.abs(one - other).max() < 1e-5 * np.abs(other).max()


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_makes_a_step(normed: LoadedSpec, mode: str) -> None:
    step = prepared(normed, mode=mode)
    step.step()
    assert (step.outputs is not None) == MODES[mode].batched
    assert (step.trace_seconds is not None) == MODES[mode].batched


def test_a_prediction_is_numpy(normed: LoadedSpec) -> None:
    [yielded] = prepared(normed, mode="predict").step().values()
    assert type(yielded) is np.ndarray
    assert yielded.shape == (2, 3)


def test_images_fill_the_networks_range(normed: LoadedSpec) -> None:
    noise = images(normed.graph, 50)
    assert noise.shape == (50, 8, 8, 3)
    assert noise.dtype == np.float32
    assert 0 <= noise.min() < 0.01
    assert 1.99 < noise.max() <= 2
    assert (noise == images(normed.graph, 50)).all()


def test_weights_neither_vanish_nor_explode() -> None:
    network = load("resnet50", input=64, classes=10)
    [logits] = expected(network, ("Logits",))
    assert 0.01 < np.abs(logits).max() < 100
    assert np.abs(logits[0] - logits[1]).max() > 1e-3 * np.abs(logits).max()


def by_hand(network: LoadedSpec, model: Any) -> float:
    """The loss, with NumPy: cross-entropy by the definition, and the penalties."""
    total = 0.0
    logits = model(images(network.graph, 2), training=True)
    for term, one in zip(loss_terms(network.graph), logits, strict=True):
        values = np.asarray(one, "float64")
        classes = values.shape[-1]
        shares = np.eye(classes)[labels(network.graph, term.path, 2)]
        shares = shares * (1 - term.label_smoothing) + term.label_smoothing / classes
        logs = values - np.log(np.exp(values).sum(axis=-1, keepdims=True))
        total += term.weight * -(shares * logs).sum(axis=-1).mean()
    for layer in model.keras.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += 1e-3 * float((np.asarray(layer.kernel, "float64") ** 2).sum())
    return total


def test_gradients_change_no_weight(normed: LoadedSpec) -> None:
    graph = normed.graph
    found = loss_terms(graph)
    model = spec_model(graph, [one.path for one in found], random_weights(graph))
    before = [np.array(one) for one in model.keras.trainable_variables]
    step = backward.gradients(model, graph, found, 2, jit=False)
    wanted = by_hand(normed, model)
    assert float(step.step()) == pytest.approx(wanted, rel=1e-5)
    assert float(step.step()) == pytest.approx(wanted, rel=1e-5)
    for one, old in zip(model.keras.trainable_variables, before, strict=True):
        assert (np.asarray(one) == old).all()
    assert "Aux x 0.3, Logits x 1" in step.facts["loss"]


def test_a_training_step_is_that_of_keras(normed: LoadedSpec) -> None:
    """Three steps by us and three of `train_on_batch`: the same losses, the same weights."""
    graph = normed.graph
    found = loss_terms(graph)
    paths = [one.path for one in found]
    ours, theirs = (spec_model(graph, paths, random_weights(graph)) for _ in range(2))
    step = backward.train(ours, graph, found, 2, jit=False)
    made = keras.losses.CategoricalCrossentropy
    theirs.keras.compile(
        optimizer=keras.optimizers.RMSprop(0.045, rho=0.9, epsilon=1.0, global_clipnorm=2.0),
        loss={
            one.path: made(from_logits=True, label_smoothing=one.label_smoothing) for one in found
        },
        loss_weights={one.path: one.weight for one in found},
    )
    hot = {
        one.path: np.eye(graph.nodes[graph.names[one.path]].shape[-1], dtype="float32")[
            labels(graph, one.path, 2)
        ]
        for one in found
    }
    losses = [
        (float(step.step()), theirs.keras.train_on_batch(images(graph, 2), hot, return_dict=True))
        for _ in range(3)
    ]
    # Keras reports means over the steps since the last reset: the first is the step's own.
    assert losses[0][0] == pytest.approx(losses[0][1]["loss"], rel=1e-5)
    assert losses[2][0] < losses[0][0]
    pairs = zip(ours.keras.variables, theirs.keras.variables, strict=True)
    for one, other in pairs:
        if "seed" not in one.path:
            assert np.allclose(one, other, rtol=1e-4, atol=1e-6), one.path


def test_a_model_is_built_anew_each_time(normed: LoadedSpec) -> None:
    step = prepared(normed, mode="build")
    first, second = step.step(), step.step()
    assert first is not second
    assert [one.name for one in first.layers] == [one.name for one in second.layers]
    assert step.after is not None


def test_an_analysis_counts_all_figures(normed: LoadedSpec) -> None:
    report = prepared(normed, mode="analyze").step()
    assert report.total.macs == summarize(normed).total.macs


def test_a_model_of_keras_gets_the_networks_weights() -> None:
    from inceptionspec.bench.request.opponent import opponent

    network = load("mobilenet_v2", input=32, classes=7)
    request = BenchRequest(batch=2)
    theirs = prepare(opponent("keras:MobileNetV2", network, request, load).job)
    assert theirs.outputs is not None
    [found] = theirs.outputs()
    [wanted] = prepare(request.job(network, same_weights=True)).outputs()  # type: ignore[misc]
    assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()
    other = prepare(opponent("keras:MobileNet", network, request, load).job)
    assert other.outputs is None
