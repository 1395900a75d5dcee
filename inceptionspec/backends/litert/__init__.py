"""The LiteRT backend: a graph and the values of its weights as a `.tflite` file.

It is written with the schema that comes with ``ai-edge-litert``; TensorFlow takes no part.

Raises:
    SpecError: a package is not installed (E0704).
"""

from __future__ import annotations

from inceptionspec.diagnostics.optional_packages import packages

with packages(
    "ai_edge_litert", "flatbuffers", "numpy", extra="litert", use="LiteRT models need it"
):
    from inceptionspec.backends.litert.metadata import read_metadata
    from inceptionspec.backends.litert.model import litert_model

__all__ = ["litert_model", "read_metadata"]
