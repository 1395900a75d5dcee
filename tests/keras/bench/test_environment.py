"""What is told of the machine where TensorFlow is installed."""

from __future__ import annotations

import json

import pytest

from inceptionspec.backends.engines import FROZEN
from inceptionspec.bench.machine.environment import environment
from inceptionspec.bench.request.request import ONEDNN


def test_environment_is_sorted_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--a=b")
    monkeypatch.delenv("TF_XLA_FLAGS", raising=False)
    found = environment()
    assert json.dumps(found) == json.dumps(found, sort_keys=True)
    assert found["xla"] == {"TF_XLA_FLAGS": None, "XLA_FLAGS": "--a=b"}
    assert found["onednn"].keys() == {ONEDNN, FROZEN, "effective"}
    assert found["dtype"] == "float32"
    assert found["cores"]["logical"] >= 1
    assert isinstance(found["onednn"]["effective"], bool)
    assert all(found[key] for key in ("cpu", "keras", "platform", "python", "tensorflow"))
