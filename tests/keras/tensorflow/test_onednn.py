"""With oneDNN, which is switched on before TensorFlow is imported: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import spec

from inceptionspec.backends.engines import FROZEN

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
    # TensorFlow's optimizer says so where it gives up and fuses nothing.
    assert "remapper failed" not in done.stderr


FROZEN_SCRIPT = """
import sys
import inceptionspec
import inceptionspec.backends.keras
import numpy as np
import tensorflow as tf
network = inceptionspec.load(sys.argv[1])
model = network.to_keras()
images = np.random.default_rng(5).normal(size=(2, 16, 16, 3)).astype("float32")
expected = np.asarray(model(images))
sizes = {}
for engine in ("graph", "optimized"):
    infer = network.to_inference(model, engine=engine)
    definition = infer.function.get_concrete_function().graph.as_graph_def()
    sizes[engine] = definition.ByteSize()
    for _ in range(2):  # the second time kernels are packed already
        got = np.asarray(infer(images))
        assert np.abs(got - expected).max() <= 1e-4 * np.abs(expected).max(), engine
infer.save("saved")
loaded = np.asarray(tf.saved_model.load("saved")(images))
assert np.abs(loaded - expected).max() <= 1e-4 * np.abs(expected).max()
print(*sizes.values())
"""


@pytest.mark.parametrize("told", ["0", "1"])
def test_kernels_stay_outside_where_the_process_says_that_none_changes(
    told: str, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(
        spec(
            "- {op: conv, name: c, kernel: 3x3, filters: 64, norm: batch_norm}\n"
            "- {op: separable_conv, name: s, kernel: 3x3, filters: 64}\n"
            "- {op: conv, name: g, kernel: 3x3, filters: 64, groups: 2}\n"
            "- {op: global_avg_pool}\n- {op: dense, name: d, units: 64}\n"
        )
    )
    done = subprocess.run(
        [sys.executable, "-c", FROZEN_SCRIPT, "a.yaml"],
        cwd=tmp_path,
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "1", FROZEN: told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    graph, optimized = map(int, done.stdout.split())
    kernels = 4 * (3 * 3 * 3 * 64 + 3 * 3 * 64 + 64 * 64 + 3 * 3 * 32 * 64 + 64 * 64)
    assert graph > kernels
    assert (optimized < kernels) == (told == "1")
