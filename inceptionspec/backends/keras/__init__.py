"""The TensorFlow backend: a graph as a Keras functional model, started from a checkpoint.

Importing this package imports TensorFlow, which takes seconds; nothing outside it does.

Raises:
    SpecError: TensorFlow is not installed (E0704).
"""

from __future__ import annotations

from inceptionspec.backends.keras.import_keras import import_tensorflow

import_tensorflow()

from inceptionspec.backends.keras.checkpoint import load_checkpoint, weight_values  # noqa: E402
from inceptionspec.backends.keras.model import build  # noqa: E402
from inceptionspec.backends.keras.save import save  # noqa: E402

__all__ = ["build", "load_checkpoint", "save", "weight_values"]
