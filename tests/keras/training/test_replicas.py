"""Two replicas do what one does with the whole batch."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

from support import ROOT


def test_clipping_and_means_are_of_the_whole_batch_however_it_is_shared() -> None:
    """Shares differ by an image; one process, since TensorFlow counts devices once."""
    script = ROOT / "tests" / "helpers" / "two_replicas.py"
    paths = os.pathsep.join([str(ROOT), str(script.parent)])
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert max(found["half_precision"].values()) < 2e-3, found
    # Dropout, mixed images, phases, averages, validation: all that a run has.
    assert max(found["mirrored_run"].values()) < 1e-5, found
    named = re.match(r"E0914: step [45]: `[\w.]+(/\w+)?` (yields|holds) numbers", found["fault"])
    assert named, found
