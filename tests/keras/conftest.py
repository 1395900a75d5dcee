"""These tests need TensorFlow; without it they are left out."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("tensorflow") is None:
    collect_ignore_glob = ["*"]
else:
    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)
