"""Packages that a test fetches from PyPI; where that cannot be reached, the test is skipped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def fetched_wheel(package: str, folder: Path) -> Path:
    """The wheel of a package, given as ``name==version``, without what it depends on."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet",
               "--disable-pip-version-check", "-d", str(folder), package]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip("PyPI does not answer")
    if done.returncode:
        pytest.skip(f"PyPI cannot be reached, or has no {package}")
    (wheel,) = folder.glob(f"{package.partition('=')[0]}-*.whl")
    return wheel
