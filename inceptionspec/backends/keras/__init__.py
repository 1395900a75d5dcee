"""The Keras backend: a graph as a functional model, and the model's weights.

Importing this package imports TensorFlow, which takes seconds.

Raises:
    SpecError: TensorFlow is not installed (E0704).
"""

from __future__ import annotations

from inceptionspec.backends.keras.import_keras import import_tensorflow

import_tensorflow()

from inceptionspec.backends.keras.model import build, save  # noqa: E402
from inceptionspec.backends.keras.variables import (  # noqa: E402
    assign,
    built_nodes,
    weight_values,
)

__all__ = ["assign", "build", "built_nodes", "save", "weight_values"]
