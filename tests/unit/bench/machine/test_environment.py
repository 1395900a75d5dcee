"""What is told of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from inceptionspec.backends.engines import FROZEN
from inceptionspec.bench.machine import cpu
from inceptionspec.bench.machine.environment import ONEDNN
from inceptionspec.bench.request.request import BenchRequest, worker_variables


@pytest.mark.parametrize(
    ("asked", "variables"),
    [
        (BenchRequest(engine="optimized"), {FROZEN: "1"}),
        (BenchRequest(engine="optimized", mode="predict", onednn=True), {FROZEN: "1", ONEDNN: "1"}),
        (BenchRequest(engine="optimized", mode="build"), {}),
        (BenchRequest(engine="graph"), {}),
        (BenchRequest(engine="xla", mode="train-step", onednn=False), {ONEDNN: "0"}),
        (BenchRequest(), {}),
    ],
)
def test_only_a_worker_that_trains_nothing_is_told_so(
    asked: BenchRequest, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FROZEN, raising=False)
    assert worker_variables(asked) == variables


def test_one_that_trains_is_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FROZEN, "1")
    assert worker_variables(BenchRequest(mode="train-step")) == {FROZEN: "0"}
    assert worker_variables(BenchRequest()) == {}


def test_model_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu.platform, "processor", lambda: "x86")  # which may ask `uname`
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel\t\t: 1\nmodel name\t: Some CPU @ 2: fast\n")
    assert cpu.model_name(info) == "Some CPU @ 2: fast"
    assert cpu.model_name(tmp_path / "none") == "x86"


def test_threads_of_one_core_count_once(tmp_path: Path) -> None:
    for number, (package, core) in enumerate([(0, 0), (0, 1), (0, 0), (0, 1), (1, 0)]):
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        (folder / "physical_package_id").write_text(f"{package}\n")
        (folder / "core_id").write_text(f"{core}\n")
    assert cpu.physical_cores(tmp_path, frozenset(range(5))) == 3
    assert cpu.physical_cores(tmp_path, frozenset({0, 2})) == 1
    assert cpu.physical_cores(tmp_path, frozenset({7})) is None
