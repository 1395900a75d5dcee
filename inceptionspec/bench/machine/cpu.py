"""The processor, as far as the operating system tells."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
TOPOLOGY = Path("/sys/devices/system/cpu")


def model_name(cpuinfo: Path = CPUINFO) -> str:
    """What the maker calls the processor, or its architecture where nothing says so."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return _sysctl("machdep.cpu.brand_string") or platform.processor() or platform.machine()


def usable() -> frozenset[int] | None:
    """The logical cores that this process may run on; None where the system does not tell."""
    if sys.platform == "linux":
        return frozenset(os.sched_getaffinity(0))
    return None


def logical_cores() -> int | None:
    """How many logical cores this process may run on, or else how many there are."""
    cores = usable()
    return os.cpu_count() if cores is None else len(cores)


def physical_cores(topology: Path = TOPOLOGY, logical: frozenset[int] | None = None) -> int | None:
    """How many physical cores lie under some logical ones, those of this process by default.

    Logical cores of one package that share a core number are threads of one core. None
    where the system does not tell.
    """
    logical = usable() if logical is None else logical
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
    """A figure that macOS gives by name; empty elsewhere."""
    if sys.platform != "darwin":
        return ""
    done = subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, check=False)
    return done.stdout.strip()
