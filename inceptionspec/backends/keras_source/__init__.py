"""The text of a module that builds a network with Keras alone. Nothing is imported for it."""

from __future__ import annotations

from inceptionspec.backends.keras_source.module import keras_module

__all__ = ["keras_module"]
