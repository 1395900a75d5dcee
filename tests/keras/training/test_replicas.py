"""Two replicas do what one does with the whole batch."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from support import ROOT


def test_clipping_and_means_are_of_the_whole_batch_however_it_is_shared() -> None:
    """Shares of four and two images; one process, since TensorFlow counts devices once."""
    script = ROOT / "tests" / "helpers" / "two_replicas.py"
    paths = os.pathsep.join([str(ROOT), str(script.parent)])
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert max(found["float32"].values()) < 1e-6, found
    assert max(found["float16"].values()) < 2e-3, found
