"""Memory as the operating system tells it: of this process, and what is still to be had."""

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
"""Limit and use of the control group of a container, of version 2 and of version 1."""
_UNLIMITED = 1 << 60


def peak_bytes(status: Path = STATUS) -> int | None:
    """The most memory of this process that was resident at one time."""
    peak = _kib(status, "VmHWM")
    if peak is not None:
        return peak
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def available_bytes(
    meminfo: Path = MEMINFO, groups: Iterable[tuple[Path, Path]] = CGROUPS
) -> int | None:
    """What a new process can get without swapping, or before its container's limit."""
    found = [_kib(meminfo, "MemAvailable")]
    for limit, current in groups:
        most, used = _number(limit), _number(current)
        if most is not None and used is not None and most < _UNLIMITED:
            found.append(max(most - used, 0))
    return min((one for one in found if one is not None), default=None)


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
