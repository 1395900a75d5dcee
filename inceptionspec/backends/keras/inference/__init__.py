"""Graphs as TensorFlow functions for inference, by engines that the user or a measurement picks."""

from __future__ import annotations

from inceptionspec.backends.keras.inference.inference import Inference
from inceptionspec.backends.keras.inference.program import Program, program
from inceptionspec.backends.keras.inference.values import values_for

__all__ = ["Inference", "Program", "program", "values_for"]
