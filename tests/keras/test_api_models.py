"""The models that a network gives in Python print themselves and can be saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support import spec

import inceptionspec

TEXT = spec(
    "- {op: conv, name: c, kernel: 3, filters: 4}\n- {op: global_avg_pool, name: p}",
    size="8x8",
)


def test_an_onnx_model_is_saved_and_run(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    network = inceptionspec.loads(TEXT)
    keras_model = network.to_keras()
    model = network.to_onnx(keras_model)
    assert repr(model) == f"<OnnxModel t: {len(bytes(model)):,} bytes>"
    model.save(str(tmp_path / "t.onnx"))
    session = onnxruntime.InferenceSession(
        str(tmp_path / "t.onnx"), providers=["CPUExecutionProvider"]
    )
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    found = session.run(None, {"images": images.transpose(0, 3, 1, 2)})[0]
    np.testing.assert_allclose(found, keras_model.predict(images, verbose=0), atol=1e-6)


def test_an_onnx_model_that_cannot_be_saved_is_a_finding(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    model = inceptionspec.loads(TEXT).to_onnx()
    with pytest.raises(inceptionspec.UsageError, match="no folder"):
        model.save(str(tmp_path / "nowhere" / "t.onnx"))


def test_what_answers_prints_itself() -> None:
    network = inceptionspec.load("inception_resnet_v2")
    for shown in (network.to_inference(outputs="Mixed_5b"), network.to_onnx(outputs="Mixed_5b")):
        assert len(repr(shown)) <= 200
        assert str(shown).splitlines()[0] in repr(shown)
        assert str(shown) in shown._repr_html_()
