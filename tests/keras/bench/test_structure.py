"""Which layer of a Keras model is which of another."""

from __future__ import annotations

from typing import Any

import keras
import pytest

from inceptionspec.bench.workers.structure import keras_part, matching_weights


def model(merge: Any) -> Any:
    images = keras.Input((4, 4, 3))
    one = keras.layers.Conv2D(4, 1)(images)
    three = keras.layers.Conv2D(4, 3, padding="same")(images)
    return keras_part(merge(one, three))


@pytest.mark.parametrize(
    "operation", [lambda one, three: one + three, lambda one, three: keras.ops.add(three, one)]
)
def test_a_sum_may_be_an_operation_or_a_layer(operation: Any) -> None:
    layer = model(lambda one, three: keras.layers.Add()([one, three]))
    pairs = matching_weights(layer, model(operation))
    assert pairs is not None
    assert sorted(tuple(first.shape) for first, _ in pairs) == [
        (1, 1, 3, 4), (3, 3, 3, 4), (4,), (4,),
    ]  # fmt: skip


def test_a_concatenation_is_no_sum() -> None:
    layer = model(lambda one, three: keras.layers.Concatenate()([one, three]))
    assert matching_weights(layer, model(lambda one, three: one + three)) is None
