"""The ONNX backend: a graph and the values of its weights as a model for ONNX Runtime.

Importing this package imports onnx and NumPy; nothing outside it does.

Raises:
    SpecError: one of them is not installed (E0704).
"""

from __future__ import annotations

from inceptionspec.diagnostics.optional_packages import packages

with packages("onnx", "numpy", extra="onnxruntime", use="ONNX models need it"):
    from inceptionspec.backends.onnx.metadata import read_metadata, with_metadata
    from inceptionspec.backends.onnx.model import onnx_model, reading_bytes

__all__ = ["onnx_model", "read_metadata", "reading_bytes", "with_metadata"]
