"""Graphs as TensorFlow functions for inference, by engines that the user or a measurement picks.

Raises:
    SpecError: TensorFlow is not installed (E0704).
"""

from __future__ import annotations

import inceptionspec.backends.keras  # noqa: F401  (silences TensorFlow, or raises)
from inceptionspec.backends.tensorflow.bound_layer import Values
from inceptionspec.backends.tensorflow.inference import InferenceFunction
from inceptionspec.backends.tensorflow.program import Program, kept_as, program
from inceptionspec.backends.tensorflow.weight_arrays import values_for

__all__ = ["InferenceFunction", "Program", "Values", "kept_as", "program", "values_for"]
