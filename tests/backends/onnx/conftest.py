"""These tests need TensorFlow and ONNX Runtime; without them they are left out."""

from __future__ import annotations

import importlib.util

if not all(importlib.util.find_spec(name) for name in ("tensorflow", "onnx", "onnxruntime")):
    collect_ignore_glob = ["test_*.py"]
else:
    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)
