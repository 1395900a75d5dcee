"""Graphs as TensorFlow functions for inference, by engines that the user or a measurement picks."""

from __future__ import annotations

from inceptionspec.backends.tensorflow.bound_layer import Values
from inceptionspec.backends.tensorflow.inference import Inference
from inceptionspec.backends.tensorflow.program import Program, program
from inceptionspec.backends.tensorflow.weight_arrays import values_for

__all__ = ["Inference", "Program", "Values", "program", "values_for"]
