"""The processor, as the operating system describes it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
TOPOLOGY = Path("/sys/devices/system/cpu")


def model_name(cpuinfo: Path = CPUINFO) -> str:
    """The maker's name for the processor, or its architecture where the system has no name."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return _sysctl("machdep.cpu.brand_string") or platform.processor() or platform.machine()


def usable_cores() -> frozenset[int] | None:
    """The logical cores that this process may run on; None where the system does not say."""
    if sys.platform == "linux":
        return frozenset(os.sched_getaffinity(0))
    return None


def logical_cores() -> int | None:
    """The number of logical cores that this process may run on, or else of all."""
    cores = usable_cores()
    return os.cpu_count() if cores is None else len(cores)


def physical_cores(topology: Path = TOPOLOGY, logical: frozenset[int] | None = None) -> int | None:
    """The number of physical cores that some logical cores belong to.

    Logical cores of one package with the same core number are threads of one core.

    Args:
        topology: the folder of the system's files.
        logical: numbers of logical cores; by default those of this process.

    Returns:
        the number, or None where the system does not say.
    """
    logical = usable_cores() if logical is None else logical
    if logical is None:
        count = _sysctl("hw.physicalcpu")
        return int(count) if count.isdecimal() else None
    try:
        places = {
            tuple(
                (topology / f"cpu{number}" / "topology" / name).read_text().strip()
                for name in ("physical_package_id", "core_id")
            )
            for number in logical
        }
    except OSError:
        return None
    return len(places)


def _sysctl(name: str) -> str:
    """A figure that macOS gives by name; empty on other systems."""
    if sys.platform != "darwin":
        return ""
    done = subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, check=False)
    return done.stdout.strip()
