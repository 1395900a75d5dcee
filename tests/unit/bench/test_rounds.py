"""What is seen of the machine while sides take turns."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from inceptionspec.bench import rounds
from inceptionspec.bench.machine.cpu_time import MachineCounters
from inceptionspec.bench.measure.noise import noise


class Session:
    """Has used much before it is watched, and three seconds of the processor since."""

    used = 100.0

    def watch(self) -> None:
        self.used = 3.0

    def used_seconds(self) -> float:
        return self.used


@pytest.mark.parametrize(("busy", "said"), [(8.0, ""), (11.0, "other processes used 20%")])
def test_the_work_of_the_sides_is_no_noise(
    busy: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = [MachineCounters(busy=50.0 + each, stolen=0.0, throttled=0) for each in (0.0, busy)]
    clock, ended = [100.0, 110.0], [7.0, 8.0]
    monkeypatch.setattr(rounds, "machine_counters", lambda: machine.pop(0))
    monkeypatch.setattr(rounds, "ended_children_seconds", lambda: ended.pop(0))
    monkeypatch.setattr(rounds, "usable_cores", lambda: 2)
    monkeypatch.setattr(rounds, "time", SimpleNamespace(monotonic=lambda: clock.pop(0)))
    watch = rounds.Watch([SimpleNamespace(session=Session()) for _ in range(2)])
    signs = noise((1.0,) * 4, watch.observed())
    assert [sign.partition(" of the")[0] for sign in signs] == ([said] if said else [])
