"""Memory as the operating system reports it: of this process, and what is available."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

STATUS = Path("/proc/self/status")
MEMINFO = Path("/proc/meminfo")
CGROUPS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)
"""Limit and use of a container's control group, of version 2 and of version 1."""
_UNLIMITED = 1 << 60


def peak_bytes(status: Path = STATUS) -> int | None:
    """The peak of this process's resident memory, in bytes."""
    peak = _kib(status, "VmHWM")
    if peak is not None:
        return peak
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def available_bytes(
    meminfo: Path = MEMINFO, groups: Iterable[tuple[Path, Path]] = CGROUPS
) -> int | None:
    """The bytes that a new process can have without swapping and within its container's limit."""
    bounds = [_kib(meminfo, "MemAvailable")]
    for limit_file, use_file in groups:
        limit, used = _number(limit_file), _number(use_file)
        if limit is not None and used is not None and limit < _UNLIMITED:
            bounds.append(max(limit - used, 0))
    return min((bound for bound in bounds if bound is not None), default=None)


def _kib(file: Path, name: str) -> int | None:
    """A line of a file such as ``VmHWM:   1234 kB``, in bytes."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    return None


def _number(file: Path) -> int | None:
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdecimal() else None
