"""Files of weights that are written, each whole or not at all.

Every writer takes arrays in TensorFlow's layout, by a layer's path and a weight's name.
"""

from __future__ import annotations

from inceptionspec.weights.writers.keras_weights import write_keras_weights
from inceptionspec.weights.writers.safetensors import write_safetensors
from inceptionspec.weights.writers.slim_checkpoint import write_slim_checkpoint

__all__ = ["write_keras_weights", "write_safetensors", "write_slim_checkpoint"]
