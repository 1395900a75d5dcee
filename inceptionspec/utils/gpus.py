"""The GPUs that a driver shows, without a framework."""

from __future__ import annotations

import os
from pathlib import Path

NVIDIA = Path("/proc/driver/nvidia/gpus")
VISIBLE = "CUDA_VISIBLE_DEVICES"
"""The variable that hides GPUs from CUDA: its programs see those that it lists before a ``-1``."""


def nvidia_gpus(folder: Path = NVIDIA) -> tuple[str, ...]:
    """The models of NVIDIA's GPUs by the driver's files; none where the variable hides all."""
    if os.environ.get(VISIBLE, "0").strip().startswith("-1") or os.environ.get(VISIBLE) == "":
        return ()
    models = []
    for file in sorted(folder.glob("*/information")):
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        models += [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]
    return tuple(models)
