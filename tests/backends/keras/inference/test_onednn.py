"""With oneDNN, which is switched on before TensorFlow is imported: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from support import spec

#: A sum that both a ReLU and the next sum read, as in the middle of Xception.
BLOCKS = """
blocks:
  middle:
    residual: {}
    layers:
      - {op: activation, function: relu}
      - {op: conv, name: d, kernel: 3x3, filters: input, norm: batch_norm}
"""
RESIDUALS = """
- {op: conv, name: c, kernel: 3x3, filters: 8, norm: batch_norm}
- {block: middle, name: one}
- {block: middle, name: two}
- {block: middle, name: three}
- {op: activation, function: relu}
"""
SCRIPT = """
import sys
import inceptionspec
import inceptionspec.backends.keras
import numpy as np
network = inceptionspec.load(sys.stdin.read())
model = network.to_keras()
generator = np.random.default_rng(5)
for variable in model.weights:
    value = generator.normal(size=variable.shape)
    variable.assign(np.abs(value) + 0.5 if "variance" in variable.name else value)
images = generator.normal(size=(2, 16, 16, 3)).astype("float32")
expected = np.asarray(model(images))
for engine in ("graph", "optimized"):
    got = np.asarray(network.to_inference(model, engine=engine)(images))
    assert np.abs(got - expected).max() <= 1e-4 * np.abs(expected).max(), engine
"""


def test_residual_sums_are_computed_and_fused() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=spec(RESIDUALS, rest=BLOCKS),
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "1", "TF_CPP_MIN_LOG_LEVEL": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # TensorFlow's optimiser says so where it gives up and fuses nothing.
    assert "remapper failed" not in done.stderr
