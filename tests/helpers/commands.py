"""The installed command, run as a user runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sysconfig
from pathlib import Path

from support import spec

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"
SMALL = spec(
    "- {op: conv, name: c, kernel: 3, filters: 4}",
    rest="args: {classes: 5}\n"
    "heads: {Logits: {from: c, predictions: softmax, layers: [{op: global_avg_pool}, "
    "{op: dense, units: $classes}]}}\nexpect: {c: 16x16x4, Logits: 5}\n",
)
"""A network that every command takes."""


def with_signals() -> None:
    """Let signals end a new process: where tests run in the background, they are ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def run(
    *arguments: str, cwd: Path | None = None, stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    """One call of ``specbuild``, on a terminal of 80 columns."""
    return subprocess.run(
        [SPECBUILD, *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80", **env},
        timeout=600,
    )
