"""These tests need TensorFlow; without it they are left out."""

from __future__ import annotations

import importlib.util

import pytest

if importlib.util.find_spec("tensorflow") is None:
    collect_ignore_glob = ["*"]
else:
    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Weights and images are random, and the same in every run."""
    import keras

    keras.utils.set_random_seed(1)


@pytest.fixture(autouse=True)
def untuned(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was tuned on this machine decides nothing."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
