"""`specbuild sweep` through the installed program: processes, interruptions, files."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sysconfig
import time
from pathlib import Path

import pytest
from support import ROOT

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.sweep.bases import open_base_spec
from inceptionspec.sweep.evaluate import Task
from inceptionspec.sweep.knobs import find_knobs, parse_setting
from inceptionspec.sweep.share import Share
from inceptionspec.sweep.space import space_of
from inceptionspec.sweep.teams import Alone, LocalTeam

SPECBUILD = Path(sysconfig.get_path("scripts")) / "specbuild"
SMALL = """\
spec: 1
name: small
input: {size: 32x32, channels: 3}
args: {wide: 8, idle: 1}
network:
  - {op: conv, name: one, kernel: 3x3, filters: $wide, stride: 2, padding: valid}
  - {op: conv, name: two, kernel: 3x3, filters: 24, stride: 2, padding: valid}
  - {op: global_avg_pool}
  - {op: dense, units: 10}
"""
SETTINGS = ("--vary", "wide=1..40", "--vary", "input=3..40", "--vary", "idle=1,2")
FILES = {"sweep.json", "sweep.csv", "sweep.md", "sweep.txt", "sweep.html", "front.svg"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SMALL)
    return tmp_path


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SPECBUILD, "sweep", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
        timeout=600,
    )


@pytest.mark.parametrize("option", ["--out", "--specs"])
def test_a_folder_is_never_standard_output(folder: Path, option: str) -> None:
    done = run("small.yaml", *SETTINGS, option, "-", cwd=folder)
    assert done.returncode == 2
    assert f"  --> {option} -\n" in done.stderr
    assert "error[E0803]: `-` is standard output, which cannot hold a folder" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["small.yaml"]
    assert run("small.yaml", "--vary", "wide=1,2", option, "./-", cwd=folder).returncode == 0
    assert (folder / "-").is_dir()


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_any_number_of_workers_and_any_interruption_ends_in_the_same_bytes(folder: Path) -> None:
    for workers in ("1", "2", "4"):
        result = run("small.yaml", *SETTINGS, "--workers", workers, "--out", workers, cwd=folder)
        assert result.returncode == 0, result.stderr
    expected = contents(folder / "1")
    assert {name for name in expected if "/" not in name} == FILES
    assert any(name.startswith("front/") for name in expected)
    assert contents(folder / "2") == contents(folder / "4") == expected
    command = [SPECBUILD, "sweep", "small.yaml", *SETTINGS, "--workers", "2", "--out", "cut"]
    journal = folder / "cut.journal"
    kills = 0
    for lines in (1, 500, 1_500):
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None:
            if journal.exists() and journal.read_bytes().count(b"\n") > lines:
                process.send_signal(signal.SIGKILL)
                kills += process.wait() == -signal.SIGKILL
            time.sleep(0.01)
        assert not (folder / "cut").exists() or process.returncode == 0
    if not (folder / "cut").exists():
        assert kills
        result = run(*map(str, command[2:]), cwd=folder)
        assert result.returncode == 0, result.stderr
    assert contents(folder / "cut") == expected
    assert not journal.exists()


def test_a_worker_that_dies_is_replaced_and_its_share_done_again() -> None:
    base = open_base_spec("inception_v1")
    knobs = find_knobs(list(map(parse_setting, ("width=0.25..1:0.25", "input=192..256:4"))), [base])
    task = Task((base.texts,), knobs)
    space = space_of([knob for knob, _ in knobs])
    shares: list[Share] = [(space.at(index),) for index in range(space.size)]
    expected = list(Alone(task).answers(shares))
    with LocalTeam(task, 2) as team:
        found = []
        for number, answer in enumerate(team.answers(shares)):
            if number in (3, 20):
                next(iter(team._children)).send_signal(signal.SIGKILL)
            found.append(answer)
    assert found == expected
    assert not team._children


def test_a_share_of_which_workers_die_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    base = open_base_spec("inception_v1")
    knobs = find_knobs([parse_setting("width=0.5")], [base])
    monkeypatch.setattr("inceptionspec.sweep.teams.MODULE", "inceptionspec._version")
    with LocalTeam(Task((base.texts,), knobs), 1) as team, pytest.raises(SpecError) as error:
        list(team.answers([((0,),)]))
    assert error.value.findings[0].code == "E0937"


def test_results_hold_every_variant(folder: Path) -> None:
    result = run(
        "small.yaml", "--vary", "wide=8,16", "--vary", "input=2,32", "--vary", "idle=1,2",
        "--digests", "--out", "found", cwd=folder,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    data = json.loads((folder / "found/sweep.json").read_text())
    assert data["schema"] == "inceptionspec.sweep/1"
    assert data["counts"] == {
        "space": 8, "tried": 8, "rows": 2, "repeated": 2, "excluded": 0, "refused": 4,
        "codes": {"E0401": 4},
    }  # fmt: skip
    assert [one["status"] for one in data["variants"]] == [
        "refused", "refused", "row", "repeated", "refused", "refused", "row", "repeated",
    ]  # fmt: skip
    with open(folder / "found/sweep.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, one in zip(rows, data["variants"], strict=True):
        assert int(row["number"]) == one["number"]
        assert row["status"] == one["status"]
        assert row["macs"] == str(one.get("figures", {}).get("macs", ""))
        assert row["code"] == one.get("refusal", {}).get("code", "")
    summary = subprocess.run(
        [SPECBUILD, "summary", "small.yaml", "--set", "wide=16", "--format", "json"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    total = json.loads(summary.stdout)["totals"]
    assert data["variants"][6]["figures"]["macs"] == total["macs"]
    assert data["variants"][6]["figures"]["params"] == total["params"]
    assert data["front"] == [3]
    again = run("small.yaml", "--vary", "wide=8", "--out", "found", cwd=folder)
    assert again.returncode == 2
    assert "E0803" in again.stderr


def test_the_table_fits_eighty_columns() -> None:
    result = run(
        "inception_v3", "--vary", "width=0.5,1", "--vary", "input=224,299",
        "--vary", "Mixed_6b.filters_7=96..160:32", "--workers", "1",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "27.18M  5.719G" in result.stdout


def test_a_sweep_file_is_checked_and_run(folder: Path) -> None:
    text = "sweep: 1\nspec: small.yaml\nvary: {wide: [8, 16]}\nwhere: macs < 1\n"
    (folder / "s.yaml").write_text(text)
    check = subprocess.run(
        [SPECBUILD, "check", "s.yaml"], cwd=folder, capture_output=True, text=True
    )
    assert (check.returncode, check.stdout) == (0, "s.yaml: ok (1 knob)\n")
    result = run("s.yaml", cwd=folder)
    assert result.returncode == 1
    assert "E0934" in result.stderr
    assert "2 tried: 0 rows, 2 without macs < 1" in result.stdout
    (folder / "s.yaml").write_text(text.replace("wide", "wdie"))
    check = subprocess.run(
        [SPECBUILD, "check", "s.yaml"], cwd=folder, capture_output=True, text=True
    )
    assert check.returncode == 2
    assert "help: did you mean `wide`?" in check.stdout
