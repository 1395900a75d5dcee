"""Files of weights alone: safetensors, Keras' `.weights.h5`, TF-Slim checkpoints."""

from __future__ import annotations
