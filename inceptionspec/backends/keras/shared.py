"""What emitters share: names of layers, composites of operations, and their one refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from inceptionspec.backends.names import NORM, layer_name, model_name
from inceptionspec.backends.undecided import undecided_padding

__all__ = ["NORM", "composite", "layer_name", "model_name", "undecided_padding"]


def composite(name: str, tensor: Any, compute: Callable[[Any], Any]) -> Any:
    """The result of `keras.ops` under one name.

    Operations name themselves (``pad``, ``add_1``), which could be the name of a layer of
    the spec; in a functional model of their own it cannot.
    """
    inside = keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name="map")
    return keras.Model(inside, compute(inside), name=name)(tensor)
