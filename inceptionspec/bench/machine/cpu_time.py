"""Processor time as Linux counts it: of a process, and of the whole machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
THROTTLED = Path("/sys/fs/cgroup/cpu.stat")
THERMAL = Path("/sys/devices/system/cpu")
_IDLE = (3, 4)
"""The columns of /proc/stat that are not work: idle, and waiting for a disk."""
_STEAL = 7
_GUEST = 8
"""From this column on, time is already counted in earlier columns."""


class MachineCounters(NamedTuple):
    """Counters since the machine started; None where the system has none.

    Attributes:
        busy: seconds in which processors worked, summed over them, stolen ones left out.
        stolen: seconds in which the host of a virtual machine gave its processors to others.
        throttled: how often heat, or the quota of a container, slowed processors down.
    """

    busy: float | None
    stolen: float | None
    throttled: int | None


def process_seconds(pid: int, proc: Path = PROC) -> float | None:
    """Processor time of a process and its threads until now, in seconds."""
    try:
        text = (proc / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The second field is the program's name in parentheses and may hold anything.
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _ticks()


def ended_children_seconds() -> float:
    """Processor time of all child processes that have ended, in seconds."""
    times = os.times()
    return times.children_user + times.children_system


def machine_counters(
    proc: Path = PROC, throttled: Path = THROTTLED, thermal: Path = THERMAL
) -> MachineCounters:
    """The counters of the whole machine now."""
    try:
        lines = (proc / "stat").read_text().splitlines()
        columns = [int(column) for column in lines[0].split()[1:]] if lines else []
    except (OSError, ValueError):
        columns = []
    busy = stolen = None
    if len(columns) > _STEAL:
        work = [ticks for number, ticks in enumerate(columns[:_GUEST]) if number not in _IDLE]
        stolen = columns[_STEAL] / _ticks()
        busy = sum(work) / _ticks() - stolen
    counts = [
        *_counts(thermal.glob("cpu*/thermal_throttle/core_throttle_count")),
        *_quota(throttled),
    ]
    return MachineCounters(busy, stolen, sum(counts) if counts else None)


def _counts(files: Iterable[Path]) -> list[int]:
    counts = []
    for file in files:
        try:
            counts.append(int(file.read_text()))
        except (OSError, ValueError):
            continue
    return counts


def _quota(file: Path) -> list[int]:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return []
    pairs = (line.split() for line in lines)
    return [int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] == "nr_throttled"]


def _ticks() -> int:
    return os.sysconf("SC_CLK_TCK")
