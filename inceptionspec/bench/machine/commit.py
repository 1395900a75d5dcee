"""The commit that a spec was read at, where it lies in a git repository."""

from __future__ import annotations

import subprocess
from pathlib import Path


def commit(spec: Path | None) -> str | None:
    """The commit's hash, with a plus sign where the file differs from it; None without git.

    A file that the repository does not hold has no commit.
    """
    if spec is None:
        return None
    folder, name = str(spec.parent.absolute()), spec.name
    if not _git(folder, "ls-files", "--", name):
        return None
    found = _git(folder, "rev-parse", "HEAD")
    if not found:
        return None
    return f"{found}+" if _git(folder, "status", "--porcelain", "--", name) else found


def _git(folder: str, *arguments: str) -> str:
    # A repository can name programs that git runs to watch its files: none is wanted.
    command = ["git", "-C", folder, "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
