"""What the layers of a Keras model compute in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from inceptionspec.backends.engines import FLOAT32


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Keras' policy for layers that are made meanwhile; their variables stay float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision if precision == FLOAT32 else f"mixed_{precision}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
