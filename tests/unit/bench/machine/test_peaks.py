"""The machine's peaks: how they are taken, on products that are too small to be any."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import IO, Any

import pytest

from inceptionspec.bench.machine import numpy_peaks, peaks
from inceptionspec.bench.machine.peaks import Rate, best_product, shortest_call


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock of which a step takes so long off as it likes."""
    now = [0.0]
    monkeypatch.setattr("inceptionspec.bench.machine.peaks.time.perf_counter", lambda: now[0])
    return now


def test_the_shortest_of_repeated_calls(clock: list[float]) -> None:
    left = [9.0, 3.0, 2.0, 4.0, 1.0]

    def step() -> None:
        clock[0] += left.pop(0)

    assert shortest_call(step, 8.0) == 2.0  # the first does not count, and 3 + 2 + 4 are enough
    assert left == [1.0]


def test_two_calls_at_least(clock: list[float]) -> None:
    left = [9.0, 5.0, 4.0, 1.0]

    def step() -> None:
        clock[0] += left.pop(0)

    assert shortest_call(step, 0.1) == 4.0


def test_the_best_size_wins_and_a_slow_machine_skips_large_ones(clock: list[float]) -> None:
    made: list[int] = []

    def make(size: int) -> Any:
        made.append(size)

        def step() -> None:
            clock[0] += 2 * size**3 / {10: 8000.0, 20: 10000.0, 30: 9000.0}[size]

        return step

    assert best_product(make, "some", (10, 20), 0.0) == Rate(10_000.0, "some", "20 x 20")
    assert best_product(make, "some", (10, 20, 30), 0.0).what == "20 x 20"
    assert made == [10, 20, 10, 20]  # 54,000 FLOPs at 10,000 a second last longer than 3 s


def test_numpy_and_memory() -> None:

    rate = numpy_peaks.product((32, 64), 0.001)
    assert rate.per_second > 1e6
    assert rate.kernel.startswith("NumPy ")
    assert rate.what in ("32 x 32", "64 x 64")
    memory = numpy_peaks.memory(2, 1 << 20, 0.001)
    assert memory.per_second > 1e6
    assert memory.what in ("STREAM Copy, arrays of 1 MiB", "STREAM Add, arrays of 1 MiB")


def test_the_last_cache(tmp_path: Path) -> None:
    for index, size in enumerate(("32K", "512K", "32768K", "strange")):
        (tmp_path / f"index{index}").mkdir()
        (tmp_path / f"index{index}" / "size").write_text(f"{size}\n")
    assert numpy_peaks.last_cache(tmp_path) == 32 << 20
    assert numpy_peaks.last_cache(tmp_path / "none") == numpy_peaks.USUAL_CACHE_BYTES


class Child:
    """A process that has printed something and ended."""

    def __init__(self, printed: str) -> None:
        self.stdout = io.StringIO(printed)

    def wait(self) -> int:
        return 0

    def kill(self) -> None: ...

    def communicate(self) -> None: ...


def test_numpy_is_measured_without_what_slows_it_down(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    told = {"product": [3e9, "NumPy 2, blas", "2048 x 2048"], "memory": [1e9, "NumPy 2", "Copy"]}

    def start(module: str, *arguments: str, environment: dict[str, str], errors: IO[str]) -> Child:
        seen.update(environment, module=module, arguments=arguments)
        errors.write("Core: Zen\nmore\n")
        return Child(json.dumps(told))

    monkeypatch.setattr(peaks, "start_child", start)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    found = peaks.peaks(Rate(2e9, "TensorFlow", "4096 x 4096"), 3)
    assert found.matrix == (3e9, "NumPy 2, blas, kernels for Zen", "2048 x 2048")
    assert found.others == ((2e9, "TensorFlow", "4096 x 4096"),)
    assert (found.memory.per_second, found.threads) == (1e9, 3)
    assert seen["module"] == "inceptionspec.bench.machine.numpy_peaks"
    assert seen["arguments"] == ("3",)
    assert not {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"} & set(seen)
    assert seen["OMP_NUM_THREADS"] == seen["OPENBLAS_NUM_THREADS"] == "3"


def test_the_best_of_two_measurements() -> None:
    slow, fast = Rate(1e9, "NumPy", "a"), Rate(2e9, "NumPy", "b")
    own, disturbed = Rate(3e9, "TensorFlow", "c"), Rate(5e8, "TensorFlow", "d")
    copy, add = Rate(1e8, "NumPy", "Copy"), Rate(2e8, "NumPy", "Add")
    first = peaks.Peaks(fast, copy, 2, (disturbed,))
    found = peaks.best_of(first, peaks.Peaks(own, add, 2, (slow,)))
    assert found == peaks.Peaks(own, add, 2, (fast,))
