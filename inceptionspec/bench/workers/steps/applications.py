"""A model of ``keras.applications``, run as its users run it."""

from __future__ import annotations

from typing import Any

from inceptionspec.backends.applications import APPLICATIONS, unknown_application
from inceptionspec.bench.request.job import Job
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.training import Term, loss_terms, optimizer
from inceptionspec.bench.workers.data import WeightArrays, images
from inceptionspec.bench.workers.steps import backward, build, forward
from inceptionspec.bench.workers.steps.step import Model, PreparedStep, outputs_of
from inceptionspec.bench.workers.structure import graph_part, keras_part, matching_weights
from inceptionspec.ir.graph import Graph


def prepare(job: Job, graph: Graph, weights: WeightArrays) -> PreparedStep:
    """Make a step of the model, with the images and the number of classes of the network.

    Raises:
        SpecError: TensorFlow is not installed (E0704), or Keras has no such model (E0806).
    """
    make = _maker(job, graph)
    if job.mode == "build":
        return build.application(make)
    model = make()
    transferred = _transfer(model, job, graph, weights)
    noise = images(graph, job.batch)
    if MODES[job.mode].trains:
        prepared = _training(job, graph, model, loss_terms(graph, job.head), noise)
    elif job.mode == "predict":
        prepared = _predict(model, noise)
    else:
        prepared = forward.forward(Model(model), noise, jit=False)
    return prepared if transferred else prepared.without_outputs()


def _maker(job: Job, graph: Graph) -> Any:
    import keras

    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)

    known = job.application in APPLICATIONS
    make = getattr(keras.applications, job.application, None) if known else None
    if make is None:  # or the installed Keras does not have it
        raise unknown_application(job.application, f"--compare keras:{job.application}")
    logits = graph.head(graph.main).output if graph.heads else len(graph.nodes) - 1
    predicts = bool(graph.heads) and graph.head(graph.main).predictions is not None
    softmax = predicts and not MODES[job.mode].trains

    def make_model() -> Any:
        return make(
            weights=None,
            input_shape=graph.nodes[0].shape,
            classes=graph.nodes[logits].shape[-1],
            classifier_activation="softmax" if softmax else None,
        )

    return make_model


def _transfer(model: Any, job: Job, graph: Graph, weights: WeightArrays) -> bool:
    """Give the model the network's weights; False where its structure differs."""
    if not graph.heads or job.head not in (None, graph.main):
        return False
    logits = graph.nodes[graph.head(graph.main).output].path
    matches = matching_weights(keras_part(model.outputs[0]), graph_part(graph, logits))
    if matches is None:
        return False
    for variable, key in matches:
        variable.assign(weights[key].reshape(tuple(variable.shape)))
    from inceptionspec.backends.keras.variables import refresh

    refresh(model)
    return True


def _training(
    job: Job, graph: Graph, model: Any, terms: tuple[Term, ...], noise: Any
) -> PreparedStep:
    if job.mode != "train-step":
        return backward.gradients(Model(model), graph, terms[:1], job.batch, jit=False)
    import keras
    import tensorflow as tf

    term = terms[0]
    inputs = tf.constant(noise)
    labels = backward.one_hot(graph, term, job.batch)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer(), loss=loss, loss_weights=[term.weight])
    return PreparedStep(
        lambda: model.train_on_batch(inputs, labels),
        outputs=lambda: outputs_of(Model(model), noise),
        facts={"a step": "`train_on_batch`, which Keras compiles as it chooses"},
    )


def _predict(model: Any, noise: Any) -> PreparedStep:
    def step() -> list[Any]:
        return [model.predict_on_batch(noise)]

    return PreparedStep(step, outputs=step, facts={"a step": "`predict_on_batch`"})
