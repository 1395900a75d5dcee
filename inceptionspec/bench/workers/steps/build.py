"""Steps without a batch: from a spec to a model, and from a spec to its figures."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

from inceptionspec.analysis.summary import summarize
from inceptionspec.bench.request.job import unpacked
from inceptionspec.bench.workers.steps.step import PreparedStep


def build(packed: Mapping[str, Any], outputs: tuple[str, ...]) -> PreparedStep:
    """The spec's text to a Keras model with its first weights, anew each time.

    Raises:
        SpecError: TensorFlow is not installed.
    """
    import inceptionspec.backends.keras as backend  # first, since it explains a lack of Keras

    import keras  # isort: skip

    def step() -> Any:
        return backend.build(unpacked(packed).graph, outputs)

    def after() -> None:
        # What the last model leaves behind would slow down the next one.
        keras.backend.clear_session()
        gc.collect()

    facts = {"a step": "reads the spec's text, links it, builds the Keras model with its weights"}
    return PreparedStep(step, after=after, facts=facts)


def application(make: Any) -> PreparedStep:
    """A model of ``keras.applications`` with its first weights, anew each time."""
    import keras

    def after() -> None:
        keras.backend.clear_session()
        gc.collect()

    return PreparedStep(
        make, after=after, facts={"a step": "builds the Keras model with its weights"}
    )


def analyze(packed: Mapping[str, Any]) -> PreparedStep:
    """The spec's text to a graph and all figures of a summary, without TensorFlow."""

    def step() -> Any:
        return summarize(unpacked(packed))

    return PreparedStep(
        step, facts={"a step": "reads the spec's text, links it, counts all figures"}
    )
