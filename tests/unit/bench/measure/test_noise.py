"""Signs of noise: each appears beyond its threshold and not before."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from inceptionspec.bench.machine.cpu_time import MachineCounters, machine_counters, process_seconds
from inceptionspec.bench.measure.noise import Observation, noise

CALM = Observation(
    seconds=10.0,
    before=MachineCounters(busy=100.0, stolen=5.0, throttled=3),
    after=MachineCounters(busy=119.0, stolen=5.0, throttled=3),
    own=18.0,
    cores=2,
    steady=True,
    idle=0.01,
)
EVEN = [1.0] * 30


def test_a_calm_machine_has_none() -> None:
    assert noise(EVEN, CALM) == ()


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        (
            {"after": MachineCounters(121.0, 5.0, 3)},
            "other processes used 15% of the cores (threshold 10%)",
        ),
        (
            {"after": MachineCounters(119.0, 5.6, 3)},
            "the host took 3% of this virtual machine's cores (threshold 2%)",
        ),
        (
            {"after": MachineCounters(119.0, 5.0, 7)},
            "heat or a quota slowed the processors down 4 times",
        ),
        ({"idle": 0.2}, "the side that waited used 20% of a core (threshold 5%)"),
        ({"steady": False}, "the warm-up was given up before steps became steady"),
    ],
)
def test_a_sign_of_the_machine(change: dict[str, Any], sign: str) -> None:
    assert noise(EVEN, dataclasses.replace(CALM, **change)) == (sign,)


def test_what_the_system_does_not_tell_is_no_sign() -> None:
    unknown = MachineCounters(None, None, None)
    assert noise(EVEN, Observation(10.0, unknown, unknown, None, 2)) == ()


def test_a_wide_spread() -> None:
    assert noise([1.0, 1.2] * 10, CALM) == (
        "the interquartile range is 18% of the median (threshold 10%)",
    )
    assert noise([1.0, 1.05] * 10, CALM) == ()


@pytest.mark.parametrize(("last", "word"), [(1.08, "8% slower"), (0.92, "8% faster")])
def test_a_drift(last: float, word: str) -> None:
    drifting = [1.0] * 10 + [1.0] * 10 + [last] * 10
    assert noise(drifting, CALM) == (f"the last third was {word} than the first (threshold 5%)",)
    assert noise(drifting[12:26], CALM) == ()  # too few steps to say


def test_counters_of_linux(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu  100 200 300 9999 9999 10 20 50 7 7\ncpu0 1 2\n")
    stat = tmp_path / "cpu.stat"
    stat.write_text("usage_usec 1\nnr_throttled 4\n")
    folder = tmp_path / "cpu0" / "thermal_throttle"
    folder.mkdir(parents=True)
    (folder / "core_throttle_count").write_text("3\n")
    found = machine_counters(tmp_path, stat, tmp_path)
    assert found.busy == pytest.approx(6.30)
    assert found.stolen == pytest.approx(0.50)
    assert found.throttled == 7
    empty = tmp_path / "none"
    assert machine_counters(empty, empty, empty) == MachineCounters(None, None, None)


def test_time_of_a_process_whose_name_is_odd(tmp_path: Path) -> None:
    folder = tmp_path / "7"
    folder.mkdir()
    (folder / "stat").write_text("7 (a) b ) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0\n")
    assert process_seconds(7, tmp_path) == pytest.approx(2.0)
    assert process_seconds(8, tmp_path) is None
