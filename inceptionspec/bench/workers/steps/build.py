"""Steps without a batch: from a spec to a model, and from a spec to its figures."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

from inceptionspec.analysis.summary import summarize
from inceptionspec.bench.request.job import deserialize_spec
from inceptionspec.bench.workers.steps.step import PreparedStep


def build(serialized: Mapping[str, Any], outputs: tuple[str, ...]) -> PreparedStep:
    """From the spec's text to a new Keras model with initial weights.

    Raises:
        SpecError: TensorFlow is not installed (E0704).
    """
    import inceptionspec.backends.keras as backend  # first, since it explains a missing Keras

    def step() -> Any:
        return backend.build(deserialize_spec(serialized).graph, outputs)

    facts = {"a step": "reads the spec's text, links it, builds the Keras model with its weights"}
    return PreparedStep(step, after=_clear, facts=facts)


def application(make: Any) -> PreparedStep:
    """A new model of ``keras.applications`` with initial weights."""
    facts = {"a step": "builds the Keras model with its weights"}
    return PreparedStep(make, after=_clear, facts=facts)


def analyze(serialized: Mapping[str, Any]) -> PreparedStep:
    """From the spec's text to a graph and all figures of a summary, without TensorFlow."""

    def step() -> Any:
        return summarize(deserialize_spec(serialized))

    return PreparedStep(
        step, facts={"a step": "reads the spec's text, links it, counts all figures"}
    )


def _clear() -> None:
    """Remove what the last model leaves, which would slow down the next one."""
    import keras

    keras.backend.clear_session()
    gc.collect()
